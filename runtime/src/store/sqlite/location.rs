//! The location of the database file: a path, or a `sqlite:` URL.

use std::path::{Path, PathBuf};

/// Parses `planner.db`, `sqlite:planner.db`, `sqlite://planner.db` or `sqlite:///var/lib/planner.db`.
///
/// The error is for the operator who configures the server.
pub(super) fn file_of(location: &Path) -> Result<PathBuf, &'static str> {
    let path = match location
        .to_str()
        .and_then(|text| text.strip_prefix("sqlite:"))
    {
        Some(url) => path_of(url)?,
        None => location,
    };
    let name = path.to_string_lossy();
    if name.is_empty() {
        return Err("no file is named");
    }
    if name.starts_with(":memory:") {
        return Err(
            "a database in memory can't be shared by the writer and the readers: name a file",
        );
    }
    Ok(path.to_owned())
}

fn path_of(url: &str) -> Result<&Path, &'static str> {
    let url = url.strip_prefix("//").unwrap_or(url);
    match url.split_once('?') {
        None | Some((_, "" | "mode=rwc")) => Ok(Path::new(url.split('?').next().unwrap_or(url))),
        Some(_) => Err("parameters after `?` are not supported; settings belong into `Options`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(location: &str) -> Result<PathBuf, &'static str> {
        file_of(Path::new(location))
    }

    #[test]
    fn paths_and_urls_name_the_same_file() {
        for location in [
            "planner.db",
            "sqlite:planner.db",
            "sqlite://planner.db",
            "sqlite:planner.db?mode=rwc",
        ] {
            assert_eq!(
                file(location),
                Ok(PathBuf::from("planner.db")),
                "{location}"
            );
        }
        assert_eq!(
            file("sqlite:///var/planner.db"),
            Ok(PathBuf::from("/var/planner.db"))
        );
    }

    #[test]
    fn memory_and_unknown_parameters_are_rejected() {
        for location in [
            "",
            "sqlite:",
            ":memory:",
            "sqlite::memory:",
            "sqlite:a.db?cache=shared",
        ] {
            assert!(file(location).is_err(), "{location}");
        }
    }
}

//! Brings a folder in line with what was rendered, touching only what differs.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::output::{HASH_MARK, MARK, OutputFile, RUNTIME_FOLDER, RUNTIME_SOURCE};

/// What was done to a file, or would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It was not there.
    Created,
    /// It had another text.
    Changed,
    /// It is no longer emitted.
    Removed,
}

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: PathBuf,
    /// What must be done to it.
    pub action: Action,
    /// What it says now; empty if it is not there.
    pub current: String,
    /// What it should say; empty if it should not be there.
    pub wanted: String,
}

/// Why a folder can't be brought in line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The disk refused.
    #[error("{path}: {source}")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Files stand in the way that were not generated.
    #[error(
        "{} would be overwritten, but {} not generated (the first line lacks `{MARK}`)\n  help: move your own files out of the folder, or choose another one in rowcast.toml",
        list(.0), if .0.len() == 1 { "it was" } else { "they were" }
    )]
    Foreign(
        /// The files.
        Vec<PathBuf>,
    ),
}

fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Finds what in `folder` differs from `files`, in the order of their paths.
///
/// # Errors
/// When a file can't be read, or a file that was not generated has the name of one that would be.
pub fn compare(folder: &Path, files: &[OutputFile]) -> Result<Vec<Difference>, WriteError> {
    let mut differences = Vec::new();
    let mut foreign = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        match read(&path)? {
            None => differences.push(Difference {
                path,
                action: Action::Created,
                current: String::new(),
                wanted: file.text.clone(),
            }),
            Some(current) if current == file.text => {}
            Some(current) if !is_ours(&current) => foreign.push(path),
            Some(current) => differences.push(Difference {
                path,
                action: Action::Changed,
                current,
                wanted: file.text.clone(),
            }),
        }
    }
    if !foreign.is_empty() {
        return Err(WriteError::Foreign(foreign));
    }
    let wanted: BTreeSet<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
    for (path, current) in generated_files(folder, &wanted)? {
        differences.push(Difference {
            path,
            action: Action::Removed,
            current,
            wanted: String::new(),
        });
    }
    differences.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(differences)
}

/// Does what [`compare`] found. A file is replaced as a whole, so that half of one is never read.
///
/// # Errors
/// When the disk refuses.
pub fn apply(differences: &[Difference]) -> Result<(), WriteError> {
    for difference in differences {
        let path = &difference.path;
        let done = match difference.action {
            Action::Removed => remove(path),
            Action::Created | Action::Changed => replace(path, &difference.wanted),
        };
        done.map_err(|source| WriteError::Disk {
            path: path.clone(),
            source,
        })?;
    }
    Ok(())
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

/// Removes a file, and the folders of the client runtime that are empty then.
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    let folders: Vec<&Path> = path.ancestors().skip(1).take(RUNTIME_DEPTH).collect();
    let depth = folders
        .iter()
        .position(|folder| folder.ends_with(RUNTIME_FOLDER));
    for folder in folders.iter().take(depth.map_or(0, |depth| depth + 1)) {
        // Fails where something is left, as it should.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

fn is_ours(text: &str) -> bool {
    text.starts_with(MARK) || text.starts_with(HASH_MARK)
}

fn read(path: &Path) -> Result<Option<String>, WriteError> {
    match fs::read(path) {
        // A file that is no text is certainly none of ours.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Disk {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Whether a folder has code that was not generated.
pub(crate) fn has_foreign_code(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut code = entries
        .map(|entry| entry.path())
        .filter(|path| is_code(path));
    code.any(|path| read(&path).is_ok_and(|text| text.is_some_and(|text| !is_ours(&text))))
}

fn is_code(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending == "rs" || ending == "ts") && path.is_file()
}

/// How deep the client runtime is: its folder, and one for each part.
const RUNTIME_DEPTH: usize = 2;

/// The files that bear our mark, without those that are `wanted`: in a folder, and of the client runtime in it. Other
/// subfolders may belong to another target.
pub(crate) fn generated_files(
    folder: &Path,
    wanted: &BTreeSet<PathBuf>,
) -> Result<Vec<(PathBuf, String)>, WriteError> {
    let Entries {
        files: mut found,
        mut folders,
    } = marked_files(folder, wanted, is_ours)?;
    folders.retain(|folder| folder.ends_with(RUNTIME_FOLDER));
    for _ in 0..RUNTIME_DEPTH {
        let mut below = Vec::new();
        for folder in folders {
            let entries = marked_files(&folder, wanted, is_of_runtime)?;
            found.extend(entries.files);
            below.extend(entries.folders);
        }
        folders = below;
    }
    Ok(found)
}

/// Whether a file is one of the client runtime, as its first line says.
fn is_of_runtime(text: &str) -> bool {
    let source = text
        .strip_prefix(MARK)
        .and_then(|rest| rest.strip_prefix(" from "));
    source.is_some_and(|source| source.starts_with(&format!("{RUNTIME_SOURCE}.")))
}

/// What is in a folder.
#[derive(Default)]
struct Entries {
    files: Vec<(PathBuf, String)>,
    folders: Vec<PathBuf>,
}

/// The files in a folder whose text is one that was looked for, without those that are `wanted`; and its folders.
fn marked_files(
    folder: &Path,
    wanted: &BTreeSet<PathBuf>,
    is_marked: fn(&str) -> bool,
) -> Result<Entries, WriteError> {
    let disk = |source| WriteError::Disk {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Entries::default()),
        Err(error) => return Err(disk(error)),
    };
    let mut found = Entries::default();
    for entry in entries {
        let entry = entry.map_err(disk)?;
        let path = entry.path();
        // Not what a link leads to: that is elsewhere.
        if entry.file_type().map_err(disk)?.is_dir() {
            found.folders.push(path);
            continue;
        }
        if is_code(&path)
            && !wanted.contains(&path)
            && let Some(text) = read(&path)?.filter(|text| is_marked(text))
        {
            found.files.push((path, text));
        }
    }
    Ok(found)
}

/// Whether there is no such folder, or a file of that name.
fn is_absent(error: &io::Error) -> bool {
    [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, body: &str) -> OutputFile {
        OutputFile::new(path, "a test", &[], body)
    }

    #[test]
    fn a_second_run_finds_nothing_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let files = [file("a.rs", "fn a() {}"), file("b.ts", "export {};")];
        let differences = compare(folder.path(), &files).unwrap();
        assert_eq!(differences.len(), 2);
        apply(&differences).unwrap();
        assert_eq!(compare(folder.path(), &files).unwrap(), []);
    }

    #[test]
    fn what_is_no_longer_emitted_is_removed_only_if_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.rs"), "fn mine() {}").unwrap();
        apply(&compare(folder.path(), &[file("old.rs", "")]).unwrap()).unwrap();
        apply(&compare(folder.path(), &[file("new.rs", "")]).unwrap()).unwrap();
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["mine.rs", "new.rs"]);
    }

    fn runtime(path: &str) -> OutputFile {
        OutputFile::new(path, RUNTIME_SOURCE, &[], "export {};")
    }

    /// All files below a folder, sorted.
    fn files_below(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let below = files_below(&path);
                found.push(format!("{name}/"));
                found.extend(below.into_iter().map(|path| format!("{name}/{path}")));
            } else {
                found.push(name);
            }
        }
        found.sort();
        found
    }

    #[test]
    fn modules_of_the_runtime_that_are_no_longer_emitted_go_with_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let write = |files: &[OutputFile]| {
            apply(&compare(folder.path(), files).unwrap()).unwrap();
            files_below(folder.path())
        };
        let all = [
            file("rowcast.ts", ""),
            runtime("rowcast/index.ts"),
            runtime("rowcast/react/index.ts"),
        ];
        assert_eq!(write(&all).len(), 5);
        let client = [file("index.ts", ""), runtime("rowcast/index.ts")];
        assert_eq!(write(&client), ["index.ts", "rowcast/", "rowcast/index.ts"]);
        assert_eq!(write(&[file("index.ts", "")]), ["index.ts"]);
    }

    #[test]
    fn nothing_in_subfolders_is_removed_but_modules_of_the_runtime() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let kept = [
            ("rowcast/mine.ts", "export {};".to_owned()),
            ("rowcast/coaches.ts", file("coaches.ts", "").text),
            ("rowcast/react/mine.ts", "export {};".to_owned()),
            ("rowcast/a/b/index.ts", runtime("index.ts").text),
            ("admin/index.ts", file("index.ts", "").text),
            ("admin/rowcast/index.ts", runtime("index.ts").text),
        ];
        for (path, text) in &kept {
            put(path, text);
        }
        put("rowcast/wire.ts", &runtime("wire.ts").text);
        put("rowcast/react/rows.ts", &runtime("rows.ts").text);
        let before = files_below(folder.path());
        let differences = compare(folder.path(), &[file("index.ts", "")]).unwrap();
        apply(&differences).unwrap();
        let after = files_below(folder.path());
        let gone: Vec<&String> = before.iter().filter(|path| !after.contains(path)).collect();
        assert_eq!(gone, ["rowcast/react/rows.ts", "rowcast/wire.ts"]);
    }

    #[test]
    fn a_file_of_ones_own_in_the_folder_of_the_runtime_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("rowcast")).unwrap();
        fs::write(folder.path().join("rowcast/index.ts"), "export {};").unwrap();
        let error = compare(folder.path(), &[runtime("rowcast/index.ts")]).unwrap_err();
        assert!(
            error.to_string().contains("index.ts would be overwritten"),
            "{error}"
        );
    }

    #[test]
    fn a_file_with_the_name_of_the_runtimes_folder_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rowcast"), "mine").unwrap();
        assert!(compare(folder.path(), &[file("index.ts", "")]).is_ok());
        assert!(compare(folder.path(), &[runtime("rowcast/index.ts")]).is_err());
        assert_eq!(files_below(folder.path()), ["rowcast"]);
    }

    #[test]
    fn a_file_without_the_mark_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mod.rs"), "fn mine() {}").unwrap();
        let error =
            compare(folder.path(), &[file("mod.rs", ""), file("other.rs", "")]).unwrap_err();
        assert!(
            error.to_string().contains("mod.rs would be overwritten"),
            "{error}"
        );
        assert!(!folder.path().join("other.rs").exists());
    }
}

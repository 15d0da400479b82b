//! `rowcast.toml`: what is written where.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::Deserialize;
use syn::parse::Parser as _;

use crate::write::has_foreign_code;
use crate::{AsyncApiOptions, ClientRuntime, ImportExtension};

/// The name of the file.
pub(crate) const FILE_NAME: &str = "rowcast.toml";

const SCHEMA_HELP: &str = "write the path by which the server's crate reaches the schema's types: `schema = \"planner_schema\"` for the package `planner-schema`, or `schema = \"crate::schema\"` for a module";

/// What `rowcast.toml` says. Each target is optional; folders are relative to the file.
///
/// ```toml
/// [rust]
/// out = "server/src/generated"
/// schema = "planner_schema"
///
/// [typescript]
/// out = "web/src/generated"
/// zod = true                      # validation schemas too; the front end depends on zod 4
/// react = true                    # hooks too; the front end depends on react
/// tanstack_db = true              # lists as collections of @tanstack/db
/// branded_ids = true              # a CoachId is no RoomId
/// import_extension = "js"         # relative imports end so, for Node.js; bundlers want "none"
/// runtime = "package"             # the client runtime is @rowcast/client, not the folder `rowcast` below `out`
///
/// [asyncapi]
/// out = "docs/events"
/// version = "1.0.0"
/// host = "planner.example.org"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder that the file stands in.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The server.
    pub rust: Option<RustTarget>,
    /// The client.
    pub typescript: Option<TypeScriptTarget>,
    /// The documentation of all events.
    pub asyncapi: Option<AsyncApiTarget>,
}

/// Where the server goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RustTarget {
    /// The folder; it holds nothing else.
    pub out: PathBuf,
    /// The path under which the server's crate finds the types of the schema.
    #[serde(default)]
    pub schema: String,
}

/// Where the client goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeScriptTarget {
    /// The folder; it holds nothing else.
    pub out: PathBuf,
    /// Whether validation schemas for zod are written beside the client.
    #[serde(default)]
    pub zod: bool,
    /// Whether hooks for React are written beside the client.
    #[serde(default)]
    pub react: bool,
    /// Whether an adapter for TanStack DB is written beside the client.
    #[serde(default)]
    pub tanstack_db: bool,
    /// Whether the ids of each resource are of a type of their own, such as `CoachId`.
    #[serde(default)]
    pub branded_ids: bool,
    /// What relative imports end in; nothing if it is not said.
    #[serde(default)]
    pub import_extension: ImportExtension,
    /// Where the client runtime is; in a folder beside the client if it is not said.
    #[serde(default)]
    pub runtime: ClientRuntime,
}

/// Where the documentation of all events goes, as an AsyncAPI document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsyncApiTarget {
    /// The folder; it holds nothing else.
    pub out: PathBuf,
    /// The version of the events; `1.0.0` if it is not said.
    pub version: Option<String>,
    /// The host, and port, of a server; `localhost:5555` if it is not said.
    pub host: Option<String>,
}

impl AsyncApiTarget {
    /// What the document says besides the contract.
    pub fn options(&self) -> AsyncApiOptions {
        let default = AsyncApiOptions::default();
        AsyncApiOptions {
            version: self.version.clone().unwrap_or(default.version),
            host: self.host.clone().unwrap_or(default.host),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no file.
    #[error("no {FILE_NAME} in {} or a folder above it\n  help: add one, or name it by --config", .0.display())]
    Missing(
        /// Where the search began.
        PathBuf,
    ),
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// The file says something that can't be understood.
    #[error("{}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the place.
        message: String,
    },
    /// `rust.schema` is missing.
    #[error("{}: there is no `schema` in [rust]\n  help: {SCHEMA_HELP}", .0.display())]
    NoSchema(
        /// The file.
        PathBuf,
    ),
    /// `rust.schema` is no path of modules.
    #[error(
        "{}: `schema = \"{schema}\"` in [rust] is no path that Rust code can import from\n  help: {help}",
        path.display()
    )]
    SchemaPath {
        /// The file.
        path: PathBuf,
        /// What it says.
        schema: String,
        /// What to write.
        help: String,
    },
    /// A folder of sources has files that were not generated.
    #[error(
        "{}: `out = \"{}\"` in [{target}] is a folder of your own sources\n  help: generated files have one for themselves: `out = \"{}\"`",
        path.display(), out.display(), out.join("generated").display()
    )]
    SourceFolder {
        /// The file.
        path: PathBuf,
        /// The section of the target.
        target: &'static str,
        /// The folder.
        out: PathBuf,
    },
    /// The file names no target.
    #[error("{}: nothing would be generated\n  help: add [rust], [typescript] or [asyncapi]", .0.display())]
    Empty(
        /// The file.
        PathBuf,
    ),
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read or understood, or names no target.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        if config.rust.is_none() && config.typescript.is_none() && config.asyncapi.is_none() {
            return Err(ConfigError::Empty(path.to_owned()));
        }
        if let Some(rust) = &config.rust {
            check_schema_path(path, &rust.schema)?;
        }
        config.check_folders(path)?;
        config.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(config)
    }

    /// Refuses folders of sources that were written by hand.
    fn check_folders(&self, path: &Path) -> Result<(), ConfigError> {
        let beside = path.parent().unwrap_or(Path::new(""));
        let rust = self.rust.as_ref().map(|rust| ("rust", &rust.out));
        let typescript = self.typescript.as_ref().map(|web| ("typescript", &web.out));
        for (target, out) in rust.into_iter().chain(typescript) {
            let is_src = out.file_name().is_some_and(|name| name == "src");
            if is_src && has_foreign_code(&beside.join(out)) {
                let (path, out) = (path.to_owned(), out.clone());
                return Err(ConfigError::SourceFolder { path, target, out });
            }
        }
        Ok(())
    }

    /// Finds the file: in the package that `cargo run` runs, or else the current folder, or a folder above.
    ///
    /// # Errors
    /// When there is none, or it can't be used.
    pub fn find() -> Result<Self, ConfigError> {
        let start =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let start = start.canonicalize().unwrap_or(start);
        match start
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file())
        {
            Some(path) => Self::read(&path),
            None => Err(ConfigError::Missing(start)),
        }
    }
}

/// Refuses what would be no import in the generated server, such as the name of a package with hyphens.
fn check_schema_path(path: &Path, schema: &str) -> Result<(), ConfigError> {
    if schema.is_empty() {
        return Err(ConfigError::NoSchema(path.to_owned()));
    }
    if syn::Path::parse_mod_style.parse_str(schema).is_ok() {
        return Ok(());
    }
    let in_code = schema.replace('-', "_");
    let help = match syn::Path::parse_mod_style.parse_str(&in_code) {
        Ok(_) => format!(
            "write `schema = \"{in_code}\"`: the crate of the package `{schema}` has that name in Rust code"
        ),
        Err(_) => SCHEMA_HELP.to_owned(),
    };
    Err(ConfigError::SchemaPath {
        path: path.to_owned(),
        schema: schema.to_owned(),
        help,
    })
}

#[cfg(test)]
mod tests;

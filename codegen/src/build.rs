//! Generating from a build script, so that the emitted Rust need not be committed.
//!
//! The schema and this crate are `[build-dependencies]` of the server's package (the schema is a dependency, too), and
//! `rowcast.toml`, in that package or a folder above it, sends the Rust target into cargo's folder for build output:
//!
//! ```toml
//! [rust]
//! out = "$OUT_DIR/generated"
//! schema = "planner_schema"
//! ```
//!
//! All of `build.rs`:
//!
//! ```ignore
//! fn main() -> Result<(), rowcast_codegen::build::BuildError> {
//!     rowcast_codegen::build::generate(&planner_schema::schema())?;
//!     Ok(())
//! }
//! ```
//!
//! What is emitted is a module with a file for each resource. A second file, `generated.rs` beside the folder
//! `generated`, declares that module by its path; it is what `main.rs` or `lib.rs` includes, at the root of the crate or
//! in any other module:
//!
//! ```ignore
//! include!(concat!(env!("OUT_DIR"), "/generated.rs"));   // is `mod generated;`
//!
//! use generated::NoHooks;
//! ```
//!
//! Targets whose folder is not below `$OUT_DIR`, such as the TypeScript client, are written where the configuration says,
//! when they differ. The command line leaves targets below `$OUT_DIR` alone, and the lock is the command line's.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rowcast_schema::{Description, Findings, resolve};

use crate::OutputFile;
use crate::config::{Config, ConfigError, FILE_NAME};
use crate::generate::{GenerateError, OUT_DIR, Rendered, add, differences, render};
use crate::lock;
use crate::write::{Action, WriteError, apply};

/// Why a build script could not generate. It prints the same for programmers as for people, so that a build script may
/// return it from `main`.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The schema is wrong.
    #[error("{0}")]
    Schema(#[from] Findings),
    /// There is no configuration that can be used.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// Something can't be rendered or written.
    #[error("{0}")]
    Generate(#[from] GenerateError),
    /// Something can't be written.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// What Cargo is to watch can't be printed.
    #[error("cargo can't be told what to watch: {0}")]
    Print(#[from] io::Error),
    /// The configuration wants output where cargo has it, but this is no build script.
    #[error(
        "`{OUT_DIR}` is not set\n  help: call this from `build.rs`, or name the folder by `out_dir`"
    )]
    NoOutDir,
    /// The folder of the Rust target can't be the name of a module.
    #[error(
        "`{}` can't be included as a module\n  help: name a folder right below, such as `out = \"{OUT_DIR}/generated\"`", .0.display()
    )]
    Folder(
        /// The folder, as the configuration has it.
        PathBuf,
    ),
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Generates what `rowcast.toml` asks for and tells cargo what to watch; gives the files that were written.
///
/// See the [module](self) for the whole way.
///
/// # Errors
/// When the schema is wrong, or there is no configuration, or a file can't be written.
pub fn generate(description: &Description) -> Result<Vec<PathBuf>, BuildError> {
    Build::new(description).run(&mut io::stdout().lock())
}

/// Generating with settings of one's own, where [`generate`] takes those of cargo.
#[derive(Debug)]
pub struct Build<'a> {
    description: &'a Description,
    config: Option<PathBuf>,
    out_dir: Option<PathBuf>,
}

impl<'a> Build<'a> {
    /// Takes its settings from cargo.
    pub fn new(description: &'a Description) -> Self {
        Self {
            description,
            config: None,
            out_dir: std::env::var_os("OUT_DIR").map(PathBuf::from),
        }
    }

    /// Takes another configuration than that of the package or a folder above it.
    #[must_use]
    pub fn config(mut self, path: impl Into<PathBuf>) -> Self {
        self.config = Some(path.into());
        self
    }

    /// Takes another folder for what the configuration puts below `$OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(path.into());
        self
    }

    /// Generates, and writes to `cargo` what cargo is to watch; gives the files that were written.
    ///
    /// # Errors
    /// See [`generate`].
    pub fn run(self, cargo: &mut dyn Write) -> Result<Vec<PathBuf>, BuildError> {
        let (path, config) = match self.config {
            Some(path) => (path.clone(), Config::read(&path)?),
            None => {
                let config = Config::find()?;
                (config.folder.join(FILE_NAME), config)
            }
        };
        // The schema needs no watching: a build script runs again when one of its dependencies was compiled again. Nor
        // does what is written: it is newer than the run that wrote it, so the script would run every time.
        writeln!(cargo, "cargo::rerun-if-changed={}", path.display())?;
        let lock = config.folder.join(lock::FILE_NAME);
        // Cargo would run the script every time for a file that is not there.
        if lock.is_file() {
            writeln!(cargo, "cargo::rerun-if-changed={}", lock.display())?;
        }
        let contract = resolve(self.description)?;
        let mut rendered: Vec<Rendered> = Vec::new();
        if let Some(rust) = config
            .rust
            .as_ref()
            .filter(|rust| rust.out.starts_with(OUT_DIR))
        {
            let out_dir = self.out_dir.clone().ok_or(BuildError::NoOutDir)?;
            add(&mut rendered, out_dir, vec![declaration(&rust.out)?]);
        }
        for (folder, files) in render(&config, &contract, self.out_dir.as_deref())? {
            add(&mut rendered, folder, files);
        }
        let mut differences = differences(&rendered)?;
        // What stands right in cargo's folder may be the declaration of another schema.
        differences.retain(|found| {
            found.action != Action::Removed || found.path.parent() != self.out_dir.as_deref()
        });
        apply(&differences)?;
        Ok(differences.into_iter().map(|done| done.path).collect())
    }
}

/// The file that declares the emitted module where it is included.
fn declaration(out: &Path) -> Result<OutputFile, BuildError> {
    let name = out
        .strip_prefix(OUT_DIR)
        .ok()
        .and_then(Path::to_str)
        .filter(|name| syn::parse_str::<syn::Ident>(name).is_ok())
        .ok_or_else(|| BuildError::Folder(out.to_owned()))?;
    let body = format!("#[rustfmt::skip]\n#[path = \"{name}/mod.rs\"]\nmod {name};");
    let path = format!("{name}.rs");
    Ok(OutputFile::new(path, "the configuration", &[], &body))
}

//! All targets of a configuration at once.

use std::path::{Path, PathBuf};

use rowcast_schema::{Contract, Description, Findings, resolve};

use crate::cache::Memory;
use crate::config::Config;
use crate::lock::{self, Lock, LockError};
use crate::output::OutputFile;
use crate::write::{Difference, WriteError, apply, compare};
use crate::{
    RenderError, RustOptions, TypeScriptOptions, render_asyncapi, render_rust, render_typescript,
};

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The schema is wrong.
    #[error(transparent)]
    Schema(#[from] Findings),
    /// The contract could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A file could not be compared or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The contract lock can't be read.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// Writes what differs from the output of a schema, and tells what it wrote.
///
/// A run after one of the same program about the same schema only looks whether the files are still as they were.
///
/// # Errors
/// See [`GenerateError`]. Nothing is written unless all can be rendered.
pub fn generate(
    config: &Config,
    description: &Description,
) -> Result<Vec<Difference>, GenerateError> {
    let memory = Memory::of(config, description);
    if memory.as_ref().is_some_and(Memory::is_fresh) {
        return Ok(Vec::new());
    }
    let rendered = render(config, &resolve(description)?, None)?;
    let differences = differences(&rendered)?;
    apply(&differences)?;
    if let Some(memory) = memory {
        memory.keep(rendered.iter().flat_map(|(folder, files)| {
            files
                .iter()
                .map(|file| (folder.join(&file.path), file.text.as_str()))
        }));
    }
    Ok(differences)
}

/// The files of a folder.
pub(crate) type Rendered = (PathBuf, Vec<OutputFile>);

/// Adds the files of a target; those of targets in one folder must not take each other for stale.
pub(crate) fn add(rendered: &mut Vec<Rendered>, folder: PathBuf, files: Vec<OutputFile>) {
    match rendered.iter_mut().find(|(other, _)| *other == folder) {
        Some((_, known)) => known.extend(files),
        None => rendered.push((folder, files)),
    }
}

/// How a configuration names cargo's folder for the output of build scripts.
pub(crate) const OUT_DIR: &str = "$OUT_DIR";

/// The files of all targets; those below `$OUT_DIR` only where it is known.
pub(crate) fn render(
    config: &Config,
    contract: &Contract,
    out_dir: Option<&Path>,
) -> Result<Vec<Rendered>, GenerateError> {
    let mut rendered = Vec::new();
    let lock = Lock::of(contract);
    let lock = match Lock::read(&config.folder.join(lock::FILE_NAME))? {
        Some(earlier) => lock.following(&earlier),
        None => lock,
    };
    let folder = |out: &Path| match out.strip_prefix(OUT_DIR) {
        Ok(below) => out_dir.map(|folder| folder.join(below)),
        Err(_) => Some(config.folder.join(out)),
    };
    let rust = || {
        let rust = config.rust.as_ref()?;
        let options = RustOptions {
            schema: rust.schema.clone(),
            serves: lock.compatible,
        };
        Some((folder(&rust.out)?, render_rust(contract, &options)))
    };
    let typescript = || {
        let typescript = config.typescript.as_ref()?;
        let options = TypeScriptOptions {
            zod: typescript.zod,
            react: typescript.react,
            tanstack_db: typescript.tanstack_db,
            branded_ids: typescript.branded_ids,
            import_extension: typescript.import_extension,
            runtime: typescript.runtime,
        };
        let folder = folder(&typescript.out)?;
        Some((folder, render_typescript(contract, &options)))
    };
    let asyncapi = || {
        let asyncapi = config.asyncapi.as_ref()?;
        let folder = folder(&asyncapi.out)?;
        Some((folder, render_asyncapi(contract, &asyncapi.options())))
    };
    let (rust, (typescript, asyncapi)) = rayon::join(rust, || rayon::join(typescript, asyncapi));
    for (folder, files) in [rust, typescript, asyncapi].into_iter().flatten() {
        add(&mut rendered, folder, files?);
    }
    Ok(rendered)
}

/// What differs from what is there, in all targets.
pub(crate) fn differences(rendered: &[Rendered]) -> Result<Vec<Difference>, GenerateError> {
    let mut found = Vec::new();
    for (folder, files) in rendered {
        found.extend(compare(folder, files)?);
    }
    Ok(found)
}

//! All targets of a configuration at once.

use std::path::Path;

use rowcast_schema::{Contract, Description, Findings, resolve};

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
/// # Errors
/// See [`GenerateError`]. Nothing is written unless all can be rendered.
pub fn generate(
    config: &Config,
    description: &Description,
) -> Result<Vec<Difference>, GenerateError> {
    let differences = differences(config, &resolve(description)?)?;
    apply(&differences)?;
    Ok(differences)
}

/// What differs in all targets.
pub(crate) fn differences(
    config: &Config,
    contract: &Contract,
) -> Result<Vec<Difference>, GenerateError> {
    let mut found = Vec::new();
    let mut add = |out: &Path, files: &[OutputFile]| {
        compare(&config.folder.join(out), files).map(|differences| found.extend(differences))
    };
    let lock = Lock::of(contract);
    let lock = match Lock::read(&config.folder.join(lock::FILE_NAME))? {
        Some(earlier) => lock.following(&earlier),
        None => lock,
    };
    if let Some(rust) = &config.rust {
        let options = RustOptions {
            schema: rust.schema.clone(),
            serves: lock.compatible.clone(),
        };
        add(&rust.out, &render_rust(contract, &options)?)?;
    }
    if let Some(typescript) = &config.typescript {
        let options = TypeScriptOptions {
            zod: typescript.zod,
        };
        add(&typescript.out, &render_typescript(contract, &options)?)?;
    }
    if let Some(asyncapi) = &config.asyncapi {
        add(
            &asyncapi.out,
            &render_asyncapi(contract, &asyncapi.options())?,
        )?;
    }
    Ok(found)
}

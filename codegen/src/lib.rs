//! Renders a contract into files: a Rust server with its store, a TypeScript client, and documentation of its events.
//!
//! The way is `resolve` (in `rowcast-schema`), then [`render_rust`] and [`render_typescript`], which know no disk and give
//! [`OutputFile`]s, then [`mod@write`], which touches only files that differ and bear our mark. [`run`] is the command
//! line over all of it:
//!
//! ```no_run
//! use rowcast_schema::prelude::*;
//!
//! /// Something to do.
//! #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
//! pub struct Todo {
//!     #[resource(id)]
//!     pub id: i64,
//!     pub title: String,
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     rowcast_codegen::run(&Schema::new("Todos").resource::<Todo>().describe())
//! }
//! ```

mod asyncapi;
pub mod build;
mod cache;
mod command_line;
mod config;
mod doc;
mod english;
mod events;
#[allow(unreachable_pub, reason = "the filter attribute emits `pub` items")]
mod filters;
mod generate;
pub mod lock;
mod output;
mod rust;
mod typescript;
pub mod write;

pub use asyncapi::AsyncApiOptions;
pub use command_line::{run, run_with};
pub use config::{Config, ConfigError, RustTarget, TypeScriptTarget};
pub use generate::{GenerateError, generate};
pub use output::{MARK, OutputFile};
pub use rust::RustOptions;
pub use typescript::{ClientRuntime, ImportExtension, TypeScriptOptions};

use rowcast_schema::Contract;

/// Why a contract could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A template did not print.
    #[error("a template could not be printed: {0}")]
    Template(#[from] askama::Error),
    /// A document could not be written as YAML.
    #[error("a document could not be written as YAML: {0}")]
    Yaml(String),
    /// A template printed something that is no Rust.
    #[error("what was rendered for {path} is no Rust: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// What the parser says.
        message: String,
    },
}

/// Renders the Rust server.
///
/// # Errors
/// See [`RenderError`].
pub fn render_rust(
    contract: &Contract,
    options: &RustOptions,
) -> Result<Vec<OutputFile>, RenderError> {
    rust::render(contract, options)
}

/// Renders the TypeScript client.
///
/// # Errors
/// See [`RenderError`].
pub fn render_typescript(
    contract: &Contract,
    options: &TypeScriptOptions,
) -> Result<Vec<OutputFile>, RenderError> {
    typescript::render(contract, options)
}

/// Renders the AsyncAPI document.
///
/// # Errors
/// See [`RenderError`].
pub fn render_asyncapi(
    contract: &Contract,
    options: &AsyncApiOptions,
) -> Result<Vec<OutputFile>, RenderError> {
    asyncapi::render(contract, options)
}

/// The source files of a schema, sorted, each once.
fn declared_in(contract: &Contract) -> Vec<&str> {
    let resources = contract
        .resources()
        .iter()
        .map(|item| item.declared_at.file.as_str());
    let commands = contract
        .commands()
        .iter()
        .map(|item| item.declared_at.file.as_str());
    let events = contract
        .events()
        .iter()
        .map(|item| item.declared_at.file.as_str());
    let mut files: Vec<&str> = resources.chain(commands).chain(events).collect();
    files.sort_unstable();
    files.dedup();
    files
}

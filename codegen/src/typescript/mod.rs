//! The TypeScript target: types, events, and a client, one file a resource, on the client runtime.
//!
//! Takes a contract, gives files; knows no disk. `view.rs` has what the templates print, the other files fill it.

mod client;
mod codecs;
mod declarations;
mod events;
mod expression;
mod imports;
mod layout;
mod names;
mod paths;
mod react;
mod resource;
mod runtime;
mod specifiers;
mod types;
mod view;
mod zod;

use askama::Template;
use rayon::prelude::*;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Resource, Shape};

use crate::lock::Lock;
use crate::output::OutputFile;
use crate::{RenderError, declared_in};
use client::{client, index};
use codecs::Codecs;
use declarations::shared_type;
use events::{commands, events};
use imports::{Imports, Modules};
use names::pascal;
use paths::Paths;
use resource::resource_file;
pub use runtime::ClientRuntime;
use runtime::Part;
pub use specifiers::ImportExtension;
use specifiers::with_specifiers;
use view::{ContractFile, TanstackFile, TypesFile};

/// What is rendered beside the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TypeScriptOptions {
    /// Whether there is a `zod.ts` with validation schemas.
    pub zod: bool,
    /// Whether there is a `react.ts` with hooks.
    pub react: bool,
    /// Whether there is a `tanstack.ts`, by which the lists are collections of TanStack DB.
    pub tanstack_db: bool,
    /// Whether the ids of each resource are of a type of their own.
    pub branded_ids: bool,
    /// What relative imports end in.
    pub import_extension: ImportExtension,
    /// Where the client runtime is.
    pub runtime: ClientRuntime,
}

/// Renders the client.
///
/// # Errors
/// Only when a template fails to print, which is a fault of this crate.
pub(crate) fn render(
    contract: &Contract,
    options: &TypeScriptOptions,
) -> Result<Vec<OutputFile>, RenderError> {
    let fingerprint = Lock::of(contract).fingerprint;
    let branded = options.branded_ids.then(|| contract.with_branded_ids());
    let ruled = branded.as_ref().unwrap_or(contract);
    let contract = &ruled.without_rules();
    let modules = Modules::of(contract);
    let codecs = Codecs::of(contract);
    let paths = Paths::of(contract);
    let mut files = vec![
        index(contract, &modules)?,
        client(contract, &codecs)?,
        events(contract, &modules, &codecs)?,
    ];
    let mut parts = vec![Part::Client];
    if codecs.are_needed() {
        files.push(codecs.render(contract)?);
        parts.push(Part::Codec);
    }
    let contract_file = ContractFile {
        fingerprint,
        runtime: runtime::wanted_version(),
    };
    files.push(OutputFile::new(
        "contract.ts",
        "all its items",
        &declared_in(contract),
        &contract_file.render()?,
    ));
    let of_resources: Result<Vec<OutputFile>, RenderError> = contract
        .resources()
        .par_iter()
        .map(|resource| resource_file(resource, &modules, &paths, options))
        .collect();
    files.extend(of_resources?);
    if !contract.commands().is_empty() {
        files.push(commands(contract, &modules, &paths)?);
    }
    if !modules.types_in("types").is_empty() {
        files.push(types_file(contract, &modules)?);
    }
    if options.zod {
        files.extend(zod::render(ruled, &modules)?);
        parts.push(Part::Zod);
    }
    if options.react {
        files.push(react::render(contract, &modules)?);
        parts.push(Part::React);
    }
    if options.tanstack_db {
        let source = "its lists as collections of TanStack DB";
        let text = TanstackFile.render()?;
        files.push(OutputFile::new("tanstack.ts", source, &[], &text));
        parts.push(Part::TanstackDb);
    }
    if options.runtime == ClientRuntime::Vendored {
        files.extend(parts.into_iter().flat_map(Part::files));
    }
    for file in &mut files {
        file.text = with_specifiers(&file.text, options.import_extension, options.runtime);
    }
    Ok(files)
}

/// A type as TypeScript writes it, on one line.
pub(crate) fn type_text(shape: &Shape) -> String {
    types::one_line(shape)
}

fn types_file(contract: &Contract, modules: &Modules<'_>) -> Result<OutputFile, RenderError> {
    let mut definitions = modules.types_in("types").to_vec();
    definitions.sort_by(|left, right| left.name.cmp(&right.name));
    let mut imports = Imports::default();
    for definition in &definitions {
        imports.shape(&definition.shape, "types", modules);
    }
    let declarations = definitions
        .into_iter()
        .map(|definition| shared_type(contract, definition))
        .collect();
    let body = TypesFile {
        imports: imports.statements(),
        declarations,
    }
    .render()?;
    Ok(OutputFile::new(
        "types.ts",
        "the types that its items share",
        &declared_in(contract),
        &body,
    ))
}

fn client_type(resource: &Resource) -> String {
    format!("{}List", resource.name)
}

fn open_function(resource: &Resource) -> String {
    format!("open{}", pascal(&resource.plural))
}

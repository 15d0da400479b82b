//! The Rust target: a server for socketioxide with its SQLite store, one file a resource.
//!
//! Takes a contract, gives files; knows no disk. `view.rs` has what the templates print, `resource/`, `sql/` and
//! `values.rs` fill it.

mod ids;
mod layout;
mod names;
mod resource;
mod sql;
mod values;
mod view;

use askama::DynTemplate;
use rayon::prelude::*;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Command, Event, Resource};
use rowcast_schema::description::Verb;

use crate::RenderError;
use crate::english::{one, words};
use crate::lock::Lock;
use crate::output::OutputFile;
use layout::laid_out;
use names::{constant, ident, pascal, string_literal};
use view::{
    CommandView, CommandsFile, ContractFile, EventView, EventsFile, HookedResource, HooksFile,
    ModFile, Module, TablesFile,
};

/// What the server is rendered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustOptions {
    /// The path under which the server's crate finds the types of the schema: `planner_schema`.
    pub schema: String,
    /// The fingerprints of earlier contracts whose clients are served too; see [`Lock`].
    pub serves: Vec<String>,
}

impl RustOptions {
    /// Options for a server without a past.
    pub fn new(schema: &str) -> Self {
        Self {
            schema: schema.to_owned(),
            serves: Vec::new(),
        }
    }
}

/// Renders the server.
///
/// # Errors
/// When what a template printed is no Rust, which is a fault of this crate or of `schema`.
pub(crate) fn render(
    contract: &Contract,
    options: &RustOptions,
) -> Result<Vec<OutputFile>, RenderError> {
    let schema = options.schema.as_str();
    let all = crate::declared_in(contract);
    let of_resources: Result<Vec<OutputFile>, RenderError> = contract
        .resources()
        .par_iter()
        .enumerate()
        .map(|(index, resource)| {
            let path = format!("{}.rs", resource.plural);
            let view = resource::resource_file(contract, index, schema);
            let body = laid_out(&path, &view.dyn_render()?)?;
            let source = format!("`{}`", resource.name);
            Ok(OutputFile::new(
                path,
                &source,
                &[&resource.declared_at.file],
                &body,
            ))
        })
        .collect();
    let mut files = of_resources?;
    let mut add =
        |path: String, source: &str, declared: &[&str], template: &dyn askama::DynTemplate| {
            let body = laid_out(&path, &template.dyn_render()?)?;
            files.push(OutputFile::new(path, source, declared, &body));
            Ok::<_, RenderError>(())
        };
    add("mod.rs".into(), "all its items", &all, &mod_file(contract))?;
    let contract_file = ContractFile {
        fingerprint: &Lock::of(contract).fingerprint,
        serves: &options.serves,
    };
    add("contract.rs".into(), "all its items", &all, &contract_file)?;
    add(
        "tables.rs".into(),
        "all its resources",
        &all,
        &tables_file(contract),
    )?;
    add(
        "hooks.rs".into(),
        "all its resources",
        &all,
        &hooks_file(contract, schema),
    )?;
    add(
        "commands.rs".into(),
        "its commands",
        &all,
        &commands_file(contract, schema),
    )?;
    if !contract.events().is_empty() {
        add(
            "events.rs".into(),
            "its events",
            &all,
            &events_file(contract, schema),
        )?;
    }
    Ok(files)
}

/// `workout plans` becomes `Workout plans`.
fn title(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

fn module(resource: &Resource) -> Module {
    Module {
        module: ident(&resource.plural),
        many: words(&resource.plural),
        accessor_type: pascal(&resource.plural),
        list_event: string_literal(resource.list_event.as_str()),
        is_scoped: resource.scope.is_some(),
    }
}

fn mod_file(contract: &Contract) -> ModFile {
    ModFile {
        title: contract.name().to_owned(),
        resources: contract.resources().iter().map(module).collect(),
        has_events: !contract.events().is_empty(),
    }
}

fn tables_file(contract: &Contract) -> TablesFile {
    let table = |resource: &Resource| {
        let module = ident(&resource.plural);
        let tables = sql::tables(contract, resource).into_iter();
        tables
            .map(move |table| format!("{module}::{}_TABLE", constant(&table.name)))
            .collect::<Vec<_>>()
    };
    TablesFile {
        resources: contract.resources().iter().map(module).collect(),
        tables: contract.resources().iter().flat_map(table).collect(),
    }
}

fn hooks_file(contract: &Contract, schema: &str) -> HooksFile {
    let mut schema_types = Vec::new();
    let mut resources = Vec::new();
    for resource in contract.resources() {
        let name = &resource.name;
        let has = |verb| resource.call(verb).is_some();
        let (creates, updates, deletes) = (has(Verb::Create), has(Verb::Update), has(Verb::Delete));
        if !(creates || updates || deletes) {
            continue;
        }
        if creates || updates {
            schema_types.push(name.clone());
        }
        schema_types.extend(creates.then(|| format!("New{name}")));
        schema_types.extend(updates.then(|| format!("{name}Patch")));
        let (singular, one) = (resource.singular.clone(), one(&resource.singular));
        resources.push(HookedResource {
            id: ids::view(resource).argument,
            name: name.clone(),
            singular,
            one,
            creates,
            updates,
            deletes,
        });
    }
    schema_types.sort();
    HooksFile {
        schema: schema.to_owned(),
        schema_types,
        resources,
    }
}

fn commands_file(contract: &Contract, schema: &str) -> CommandsFile {
    let commands: Vec<CommandView> = contract
        .commands()
        .iter()
        .map(|command| command_view(command, schema))
        .collect();
    let has_transactions = commands.iter().any(|command| command.transaction);
    let mut runtime_types = vec!["Route"];
    if !commands.is_empty() {
        runtime_types.extend(["Action", "Call", "Caller", "Reading", "Error", "Verb"]);
    }
    let has_field_rules = commands.iter().any(|command| !command.seen_by.is_empty());
    if has_field_rules {
        runtime_types.push("FieldRule");
    }
    if has_field_rules || commands.iter().any(|command| command.access.is_some()) {
        runtime_types.push("Access");
    }
    if commands.iter().any(|command| !command.transaction) {
        runtime_types.push("route");
    }
    if has_transactions {
        runtime_types.push("write_route");
    }
    runtime_types.sort_unstable();
    CommandsFile {
        schema: schema.to_owned(),
        has_transactions,
        runtime_types,
        commands,
    }
}

fn command_view(command: &Command, schema: &str) -> CommandView {
    CommandView {
        name: ident(&command.name),
        method: ident(&command.method),
        plain: command.method.clone(),
        event_literal: string_literal(command.event.as_str()),
        data_key: string_literal(&command.data_key),
        transaction: command.transaction,
        access: command.access.as_ref().map(resource::plain_rule),
        event: one_line(command.event.as_str()),
        seen_by_name: format!("{}_SEEN_BY", constant(&command.method)),
        seen_by: resource::field_rules(&command.seen_by),
        reading: resource::reading(command.lenient),
        doc: doc_lines(
            &command.doc,
            &format!("Answers `{}`.", one_line(command.event.as_str())),
        ),
        ack: names::qualified(&command.ack_type, schema),
    }
}

fn events_file(contract: &Contract, schema: &str) -> EventsFile {
    let event_view = |event: &Event| EventView {
        name: format!("{schema}::{}", ident(&event.name)),
        function: ident(&format!("emit_{}", event.method)),
        event_literal: string_literal(event.event.as_str()),
        doc: doc_lines(
            &event.doc,
            &format!("Tells `{}`.", one_line(event.event.as_str())),
        ),
    };
    EventsFile {
        events: contract.events().iter().map(event_view).collect(),
    }
}

/// A text that stands in a comment.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The user's doc comment as it stood, or what can be said without one.
fn doc_lines(doc: &str, otherwise: &str) -> Vec<String> {
    let text = if doc.trim().is_empty() {
        otherwise
    } else {
        doc.trim()
    };
    text.lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!(" {line}")
            }
        })
        .collect()
}

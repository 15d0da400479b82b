//! The files of all events, and of the commands among them.

use std::collections::BTreeMap;

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Call, Command, Resource, Shape, WireName};
use rowcast_schema::description::Verb as VerbKind;

use super::codecs::Codecs;
use super::declarations::{Use, declare};
use super::imports::{Imports, Modules};
use super::layout::{generic_member, generic_type};
use super::names::{property_key, string_literal};
use super::paths::{Paths, paths_type};
use super::types::{on_own_line, one_line};
use super::view::{CommandAck, CommandsFile, EventEntry, EventsFile, List};
use crate::doc::with_deprecation;
use crate::english::{one, words};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};

pub(super) fn commands(
    contract: &Contract,
    modules: &Modules<'_>,
    paths: &Paths<'_>,
) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime_types();
    let definitions = modules.types_in("commands").to_vec();
    let mut path_types = BTreeMap::new();
    for definition in &definitions {
        imports.shape(&definition.shape, "commands", modules);
    }
    for command in contract.commands() {
        imports.shape(&command.ack, "commands", modules);
        let Shape::Named(name) = &command.payload else {
            continue;
        };
        match modules.paths_in(name) {
            _ if command.empty => {}
            "commands" => {
                path_types.insert(name.as_str(), paths.declare(name));
            }
            module => imports.type_from(module, &paths_type(name)),
        }
    }
    let body = CommandsFile {
        imports: imports.statements(),
        declarations: definitions
            .into_iter()
            .map(|definition| declare(definition, Use::Input))
            .collect(),
        path_types: path_types.into_values().collect(),
        acks: contract
            .commands()
            .iter()
            .map(|command| command_ack(command, paths))
            .collect(),
    }
    .render()?;
    Ok(OutputFile::new(
        "commands.ts",
        "its commands",
        &declared_in(contract),
        &body,
    ))
}

fn command_ack<'a>(command: &'a Command, paths: &Paths<'_>) -> CommandAck<'a> {
    let head = format!("export type {}Ack = rowcast.Ack", command.name);
    let mut arguments = Vec::new();
    if !command.empty {
        arguments.push(match &command.payload {
            Shape::Named(name) => paths_type(name),
            payload => paths.members(payload).join(" | "),
        });
    }
    if command.data_key != "data" {
        arguments.resize(1, "never".to_owned());
        arguments.push(string_literal(&command.data_key));
    }
    let with_data = |data: String| {
        let arguments: Vec<String> = [data].into_iter().chain(arguments.clone()).collect();
        generic_type(&head, &arguments, 0)
    };
    let text = with_data(one_line(&command.ack));
    CommandAck {
        event: command.event.as_str(),
        text: match text.contains('\n') {
            true => with_data(on_own_line(&command.ack, 2)),
            false => text,
        },
    }
}

pub(super) fn events(
    contract: &Contract,
    modules: &Modules<'_>,
    codecs: &Codecs<'_>,
) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime_types();
    let mut called = Vec::new();
    for resource in contract.resources() {
        imports.type_from(&resource.plural, &resource.name);
        for call in &resource.calls {
            let wire = on_wire(codecs.concern_resource(resource));
            called.push(resource_event(resource, call, wire, &mut imports));
        }
    }
    for command in contract.commands() {
        let ack = format!("{}Ack", command.name);
        imports.type_from("commands", &ack);
        if !command.empty {
            imports.shape(&command.payload, "events", modules);
        }
        let key = property_key(command.event.as_str());
        let wire = on_wire(codecs.concern(&command.payload) || codecs.concern(&command.ack));
        let text = if command.empty {
            generic_member(&key, &format!("{wire}BareCall"), &[ack])
        } else {
            let arguments = [one_line(&command.payload), ack];
            generic_member(&key, &format!("{wire}Call"), &arguments)
        };
        called.push(EventEntry {
            doc: with_deprecation(&command.doc, command.deprecated.as_deref()),
            text,
        });
    }
    let mut told = Vec::new();
    let mut told_on_wire = "ServerEvents";
    for event in contract.events() {
        if codecs.concern(&event.payload) {
            told_on_wire = "rowcast.OnWire<ServerEvents>";
        }
        imports.shape(&event.payload, "events", modules);
        let key = property_key(event.event.as_str());
        let text = generic_member(&key, "rowcast.Push", &[one_line(&event.payload)]);
        told.push(EventEntry {
            doc: with_deprecation(&event.doc, event.deprecated.as_deref()),
            text,
        });
    }
    let resources = contract.resources().iter();
    let coded = |resource: &Resource| codecs.concern_resource(resource);
    let sync = match contract.resources().iter().any(coded) {
        true => "rowcast.WireCall",
        false => "rowcast.Call",
    };
    let lists = resources
        .map(|resource| list(resource, on_wire(coded(resource))))
        .collect();
    let body = EventsFile {
        imports: imports.statements(),
        lists,
        told,
        called,
        told_on_wire,
        sync,
    }
    .render()?;
    Ok(OutputFile::new(
        "events.ts",
        "all its events",
        &declared_in(contract),
        &body,
    ))
}

/// How the types of the runtime begin that a plain socket is declared with: those of values in another form or not.
fn on_wire(coded: bool) -> &'static str {
    match coded {
        true => "rowcast.Wire",
        false => "rowcast.",
    }
}

fn list<'a>(resource: &'a Resource, wire: &str) -> List<'a> {
    let row = resource.name.as_str();
    let push = |event: &WireName, payload: String| {
        let key = property_key(event.as_str());
        generic_member(&key, &format!("{wire}Push"), &[payload])
    };
    List {
        whole: push(&resource.list_event, format!("{row}[]")),
        changes: push(&resource.changes_event, format!("rowcast.Changes<{row}>")),
        key: property_key(resource.list_event.as_str()),
        row,
        many: words(&resource.plural),
        on_request: resource.refresh_on_request,
    }
}

fn resource_event(
    resource: &Resource,
    call: &Call,
    wire: &str,
    imports: &mut Imports,
) -> EventEntry {
    let Resource {
        name,
        singular,
        plural,
        ..
    } = resource;
    let (row, rows) = (one(singular), words(plural));
    let key = property_key(call.event.as_str());
    let mut writes = |doc: String, input: String| {
        let ack = format!("{name}Ack");
        imports.type_from(plural, &ack);
        imports.type_from(plural, &input);
        let paths = paths_type(&input);
        imports.type_from(plural, &paths);
        let ack = format!("{ack}<{paths}>");
        EventEntry {
            doc,
            text: generic_member(&key, &format!("{wire}Call"), &[input, ack]),
        }
    };
    let reads = |doc: String, kind: &str| EventEntry {
        doc,
        text: format!("{key}: {kind}<{name}>"),
    };
    match call.verb {
        VerbKind::Create => writes(format!("Creates {row}."), format!("New{name}")),
        VerbKind::Update => writes(format!("Changes {row}."), format!("{name}Patch")),
        VerbKind::Delete => reads(format!("Deletes {row}."), "rowcast.DeleteCall"),
        VerbKind::Get => reads(format!("Asks for {row}."), &format!("{wire}GetCall")),
        VerbKind::List => reads(
            format!("Asks for a part of the {rows}."),
            &format!("{wire}PageCall"),
        ),
    }
}

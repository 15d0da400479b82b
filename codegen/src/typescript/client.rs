//! The file with `connect()`, and the one that exports everything.

use std::collections::BTreeMap;

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Command, Shape};

use super::codecs::Codecs;
use super::imports::{Imports, Modules, Names};
use super::layout::{entry, function_member};
use super::names::{member, pascal, string_literal};
use super::paths::paths_type;
use super::runtime::Part;
use super::types::one_line;
use super::view::{ClientFile, CommandMember, IndexFile, ResourceMember};
use super::{client_type, open_function};
use crate::doc::with_deprecation;
use crate::english::words;
use crate::output::OutputFile;
use crate::{RenderError, declared_in};

/// What the runtime exports to applications.
const RUNTIME_TYPES: [&str; 21] = [
    "Accepted",
    "Ack",
    "AckCode",
    "AuthSource",
    "Base64",
    "ConnectAuth",
    "Connection",
    "ConnectionStatus",
    "ConnectOptions",
    "CreateOptions",
    "DeleteOptions",
    "FieldCode",
    "FieldCodes",
    "FieldErrors",
    "FieldPath",
    "LiveList",
    "Page",
    "PageQuery",
    "Refused",
    "Unsubscribe",
    "UpdateOptions",
];
const RUNTIME_VALUES: [&str; 10] = [
    "RowcastAccountError",
    "RowcastBacklogError",
    "RowcastCallError",
    "RowcastDisconnectedError",
    "RowcastError",
    "RowcastOutdatedError",
    "RowcastPayloadError",
    "RowcastProtocolError",
    "RowcastRefusedError",
    "RowcastTimeoutError",
];

/// The types of events.
const EVENT_TYPES: [&str; 4] = [
    "ClientToServerEvents",
    "Lists",
    "ServerEvents",
    "ServerToClientEvents",
];

pub(super) fn client(contract: &Contract, codecs: &Codecs<'_>) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime();
    imports.type_from("events", "ServerEvents");
    imports.value_from("contract", "CONTRACT");
    imports.value_from("contract", "RUNTIME_VERSION");
    if codecs.are_needed() {
        imports.value_from("codecs", "CODECS");
    }
    let mut resources = Vec::new();
    for resource in contract.resources() {
        let (client, open) = (client_type(resource), open_function(resource));
        imports.type_from(&resource.plural, &client);
        imports.value_from(&resource.plural, &open);
        let member = member(&resource.plural);
        resources.push(ResourceMember {
            entry: entry(&member, &format!("{open}(connection)")),
            member,
            doc: with_deprecation(
                &format!("The {}, live.", words(&resource.plural)),
                resource.deprecated.as_deref(),
            ),
            client,
        });
    }
    let commands: Vec<CommandMember> = contract
        .commands()
        .iter()
        .map(|command| command_member(command, &mut imports))
        .collect();
    let body = ClientFile {
        has_codecs: codecs.are_needed(),
        imports: imports.statements(),
        title: contract.name().to_owned(),
        client: client_name(contract),
        example: resources.first().map(|resource| resource.member.clone()),
        resources,
        commands,
    }
    .render()?;
    Ok(OutputFile::new(
        "client.ts",
        "all its items",
        &declared_in(contract),
        &body,
    ))
}

fn command_member(command: &Command, imports: &mut Imports) -> CommandMember {
    let ack = format!("{}Ack", command.name);
    imports.type_from("commands", &ack);
    let method = member(&command.method);
    let event = string_literal(command.event.as_str());
    let key = match command.data_key.as_str() {
        "data" => String::new(),
        key => format!(", {}", string_literal(key)),
    };
    // What is done once has a key; other calls are sent once.
    let send = match command.transaction {
        true => "connection.write",
        false => "connection.call",
    };
    let (parameters, call) = match &command.payload {
        _ if command.empty && key.is_empty() => (Vec::new(), format!("() => {send}({event})")),
        _ if command.empty => (Vec::new(), format!("() => {send}({event}, undefined{key})")),
        payload => {
            if let Shape::Named(name) = payload {
                imports.type_from("commands", name);
            }
            (
                vec![format!("input: {}", one_line(payload))],
                format!("(input) => {send}({event}, input{key})"),
            )
        }
    };
    CommandMember {
        doc: with_deprecation(&command.doc, command.deprecated.as_deref()),
        signature: function_member(&method, &parameters, &format!("Promise<{ack}>")),
        entry: entry(&method, &call),
    }
}

pub(super) fn index(contract: &Contract, modules: &Modules<'_>) -> Result<OutputFile, RenderError> {
    let types_of = |module: &str| -> Vec<String> {
        let definitions = modules.types_in(module).iter();
        definitions
            .map(|definition| definition.name.clone())
            .collect()
    };
    let mut exports: BTreeMap<&str, Names> = BTreeMap::new();
    exports.insert(
        "client",
        Names::of([client_name(contract)], ["connect".to_owned()]),
    );
    exports.insert("events", Names::of(EVENT_TYPES, []));
    exports.insert(
        Part::Client.module(),
        Names::of(RUNTIME_TYPES, RUNTIME_VALUES),
    );
    exports.insert("types", Names::of(types_of("types"), []));
    let acks = contract
        .commands()
        .iter()
        .map(|command| format!("{}Ack", command.name));
    let payloads = contract.commands().iter().filter(|command| !command.empty);
    let paths = payloads.filter_map(|command| match &command.payload {
        Shape::Named(name) => {
            Some(name.as_str()).filter(|name| modules.paths_in(name) == "commands")
        }
        _ => None,
    });
    let paths = paths.map(paths_type);
    let of_commands = types_of("commands").into_iter().chain(acks).chain(paths);
    exports.insert("commands", Names::of(of_commands, []));
    for resource in contract.resources() {
        let mut own = types_of(&resource.plural);
        let inputs = own.iter().filter(|name| modules.is_input(name));
        let paths: Vec<String> = inputs.map(|input| paths_type(input)).collect();
        own.extend(paths);
        own.extend([format!("{}Ack", resource.name), client_type(resource)]);
        exports.insert(&resource.plural, Names::of(own, []));
    }
    let exports = exports
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(module, names)| names.clause("export", module))
        .collect();
    let body = IndexFile { exports }.render()?;
    Ok(OutputFile::new(
        "index.ts",
        "all its items",
        &declared_in(contract),
        &body,
    ))
}

pub(super) fn client_name(contract: &Contract) -> String {
    format!("{}Client", pascal(contract.name()))
}

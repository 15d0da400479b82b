//! The TypeScript target: types, events, and a client, one file a resource, beside the fixed client runtime.
//!
//! Takes a contract, gives files; knows no disk. `view.rs` has what the templates print, this file fills it.

mod imports;
mod layout;
mod names;
mod types;
mod view;

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Call, Command, Property, Resource, Shape, TypeDefinition};
use rowcast_schema::description::Verb as VerbKind;

use crate::english::{one, words};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};
use imports::{Imports, Modules};
use layout::{function_head, function_member, generic_member, names_clause};
use names::{member, pascal, property_key, string_literal};
use types::{fitted, one_line};
use view::{
    Body, ClientFile, CommandAck, CommandMember, CommandsFile, Declaration, EventEntry, EventsFile,
    IndexFile, List, PropertyLine, ResourceFile, ResourceMember, TypesFile, Verb,
};

/// The client runtime, the same for every schema.
const RUNTIME: &str = include_str!("../../assets/rowcast.ts");

/// What the runtime exports to applications.
const RUNTIME_TYPES: [&str; 12] = [
    "Accepted",
    "Ack",
    "AckCode",
    "ConnectAuth",
    "Connection",
    "ConnectionStatus",
    "ConnectOptions",
    "FieldErrors",
    "FieldPath",
    "LiveList",
    "Page",
    "Unsubscribe",
];
const RUNTIME_VALUES: [&str; 4] = [
    "RowcastDisconnectedError",
    "RowcastError",
    "RowcastProtocolError",
    "RowcastTimeoutError",
];

/// Renders the client.
///
/// # Errors
/// Only when a template fails to print, which is a fault of this crate.
pub(crate) fn render(contract: &Contract) -> Result<Vec<OutputFile>, RenderError> {
    let modules = Modules::of(contract);
    let mut files = vec![
        OutputFile::new("rowcast.ts", "its client runtime", &[], RUNTIME),
        index(contract, &modules)?,
        client(contract)?,
        events(contract, &modules)?,
    ];
    for resource in contract.resources() {
        files.push(resource_file(contract, resource, &modules)?);
    }
    if !contract.commands().is_empty() {
        files.push(commands(contract, &modules)?);
    }
    if !modules.types_in(contract, "types").is_empty() {
        files.push(types_file(contract, &modules)?);
    }
    Ok(files)
}

fn resource_file(
    contract: &Contract,
    resource: &Resource,
    modules: &Modules<'_>,
) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime();
    let mut declarations = Vec::new();
    for definition in modules.types_in(contract, &resource.plural) {
        imports.shape(&definition.shape, &resource.plural, modules);
        let mut declaration = declare(definition);
        declaration.doc = input_doc(resource, definition).unwrap_or(declaration.doc);
        declarations.push(declaration);
    }
    let client = client_type(resource);
    let body = ResourceFile {
        imports: imports.statements(),
        declarations,
        name: &resource.name,
        open_signature: function_head(
            &open_function(resource),
            "connection: rowcast.OpenConnection",
            &client,
        ),
        client,
        list: string_literal(resource.list_event.as_str()),
        one: one(&resource.singular),
        many: words(&resource.plural),
        verbs: resource
            .calls
            .iter()
            .map(|call| verb(resource, call))
            .collect(),
    }
    .render()?;
    let path = format!("{}.ts", resource.plural);
    let source = format!("`{}`", resource.name);
    Ok(OutputFile::new(
        path,
        &source,
        &[&resource.declared_at.file],
        &body,
    ))
}

/// Inputs are described in the words of those who send them.
fn input_doc(resource: &Resource, definition: &TypeDefinition) -> Option<String> {
    let row = one(&resource.singular);
    if definition.name == format!("New{}", resource.name) {
        Some(format!("What creates {row}."))
    } else if definition.name == format!("{}Patch", resource.name) {
        Some(format!("What changes {row}: the fields that are given."))
    } else {
        None
    }
}

fn declare(definition: &TypeDefinition) -> Declaration<'_> {
    let name = definition.name.as_str();
    let doc = if definition.doc.trim().is_empty() {
        default_doc(name)
    } else {
        definition.doc.clone()
    };
    let body = match &definition.shape {
        Shape::Object(properties) if !properties.is_empty() => {
            Body::Interface(properties.iter().map(property_line).collect())
        }
        shape => Body::Alias(fitted(shape, "export type  =".len() + name.len(), 0, 1)),
    };
    Declaration { name, doc, body }
}

/// A type that several items use; references say what they refer to.
fn shared_type<'a>(contract: &Contract, definition: &'a TypeDefinition) -> Declaration<'a> {
    let mut declaration = declare(definition);
    let target = contract
        .resources()
        .iter()
        .find(|resource| definition.name == format!("{}Ref", resource.name));
    if let Some(resource) = target {
        declaration.doc = format!("Names {} in inputs.", one(&resource.singular));
    }
    declaration
}

fn default_doc(name: &str) -> String {
    format!("The type `{name}` of the schema.")
}

fn property_line(property: &Property) -> PropertyLine<'_> {
    let key = property_key(&property.name);
    let column = 2 + key.len() + usize::from(property.optional) + 1;
    PropertyLine {
        doc: &property.doc,
        optional: property.optional,
        text: fitted(&property.shape, column, 2, 1),
        key,
    }
}

/// A method of a resource's client. The runtime has a factory for each verb.
fn verb(resource: &Resource, call: &Call) -> Verb {
    let Resource {
        name,
        singular,
        plural,
        ..
    } = resource;
    let (row, rows) = (one(singular), words(plural));
    let event = string_literal(call.event.as_str());
    let ack = |input: &str| format!("Promise<{name}Ack<{input}>>");
    let (new, patch) = (format!("New{name}"), format!("{name}Patch"));
    let (doc, method, parameter, result, generics) = match call.verb {
        VerbKind::Create => (
            format!("Creates {row}."),
            "create",
            format!("input: {new}"),
            ack(&new),
            format!("{name}, {new}"),
        ),
        VerbKind::Update => (
            format!("Changes {row}."),
            "update",
            format!("patch: {patch}"),
            ack(&patch),
            format!("{name}, {patch}"),
        ),
        VerbKind::Delete => (
            format!("Deletes {row}."),
            "delete",
            "id: number".to_owned(),
            format!("Promise<rowcast.DeleteAck<{name}>>"),
            name.clone(),
        ),
        VerbKind::Get => (
            format!("Asks the server for {row}."),
            "get",
            "id: number".to_owned(),
            format!("Promise<rowcast.GetAck<{name}>>"),
            name.clone(),
        ),
        VerbKind::List => (
            format!("Asks the server for a part of the {rows}."),
            "list",
            format!("query?: rowcast.PageQuery<{name}>"),
            format!("Promise<rowcast.PageAck<{name}>>"),
            name.clone(),
        ),
    };
    Verb {
        doc,
        signature: function_member(method, &parameter, &result),
        factory: format!("{method}: rowcast.{method}Verb<{generics}>(list, {event})"),
    }
}

fn types_file(contract: &Contract, modules: &Modules<'_>) -> Result<OutputFile, RenderError> {
    let mut definitions = modules.types_in(contract, "types");
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

fn commands(contract: &Contract, modules: &Modules<'_>) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime_types();
    let definitions = modules.types_in(contract, "commands");
    for definition in &definitions {
        imports.shape(&definition.shape, "commands", modules);
    }
    for command in contract.commands() {
        imports.shape(&command.ack, "commands", modules);
    }
    let body = CommandsFile {
        imports: imports.statements(),
        declarations: definitions.into_iter().map(declare).collect(),
        acks: contract.commands().iter().map(command_ack).collect(),
    }
    .render()?;
    Ok(OutputFile::new(
        "commands.ts",
        "its commands",
        &declared_in(contract),
        &body,
    ))
}

fn command_ack(command: &Command) -> CommandAck<'_> {
    let data = one_line(&command.ack);
    let input = if command.empty {
        "never".to_owned()
    } else {
        one_line(&command.payload)
    };
    let arguments = match (command.data_key.as_str(), command.empty) {
        ("data", true) => data,
        ("data", false) => format!("{data}, {input}"),
        (key, _) => format!("{data}, {input}, {}", string_literal(key)),
    };
    CommandAck {
        name: format!("{}Ack", command.name),
        event: command.event.as_str(),
        text: format!("rowcast.Ack<{arguments}>"),
    }
}

fn events(contract: &Contract, modules: &Modules<'_>) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime_types();
    let mut called = Vec::new();
    for resource in contract.resources() {
        imports.type_from(&resource.plural, &resource.name);
        for call in &resource.calls {
            called.push(resource_event(resource, call, &mut imports));
        }
    }
    for command in contract.commands() {
        let ack = format!("{}Ack", command.name);
        imports.type_from("commands", &ack);
        if !command.empty {
            imports.shape(&command.payload, "events", modules);
        }
        let key = property_key(command.event.as_str());
        let text = if command.empty {
            generic_member(&key, "rowcast.BareCall", &[ack])
        } else {
            generic_member(&key, "rowcast.Call", &[one_line(&command.payload), ack])
        };
        called.push(EventEntry {
            doc: command.doc.clone(),
            text,
        });
    }
    let mut told = Vec::new();
    for event in contract.events() {
        imports.shape(&event.payload, "events", modules);
        let key = property_key(event.event.as_str());
        let text = generic_member(&key, "rowcast.Push", &[one_line(&event.payload)]);
        told.push(EventEntry {
            doc: event.doc.clone(),
            text,
        });
    }
    let lists = contract.resources().iter().map(list).collect();
    let body = EventsFile {
        imports: imports.statements(),
        lists,
        told,
        called,
    }
    .render()?;
    Ok(OutputFile::new(
        "events.ts",
        "all its events",
        &declared_in(contract),
        &body,
    ))
}

fn list(resource: &Resource) -> List<'_> {
    let key = property_key(resource.list_event.as_str());
    let row = resource.name.as_str();
    List {
        whole: format!("{key}: rowcast.Push<{row}[]>"),
        changes: format!(
            "{}: rowcast.Push<rowcast.Changes<{row}>>",
            property_key(resource.changes_event.as_str())
        ),
        key,
        row,
        many: words(&resource.plural),
    }
}

fn resource_event(resource: &Resource, call: &Call, imports: &mut Imports) -> EventEntry {
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
        let ack = format!("{ack}<{input}>");
        EventEntry {
            doc,
            text: generic_member(&key, "rowcast.Call", &[input, ack]),
        }
    };
    let reads = |doc: String, kind: &str| EventEntry {
        doc,
        text: format!("{key}: rowcast.{kind}<{name}>"),
    };
    match call.verb {
        VerbKind::Create => writes(format!("Creates {row}."), format!("New{name}")),
        VerbKind::Update => writes(format!("Changes {row}."), format!("{name}Patch")),
        VerbKind::Delete => reads(format!("Deletes {row}."), "DeleteCall"),
        VerbKind::Get => reads(format!("Asks for {row}."), "GetCall"),
        VerbKind::List => reads(format!("Asks for a part of the {rows}."), "PageCall"),
    }
}

fn client(contract: &Contract) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime();
    imports.type_from("events", "ServerEvents");
    let mut resources = Vec::new();
    for resource in contract.resources() {
        let (client, open) = (client_type(resource), open_function(resource));
        imports.type_from(&resource.plural, &client);
        imports.value_from(&resource.plural, &open);
        let member = member(&resource.plural);
        resources.push(ResourceMember {
            member,
            many: words(&resource.plural),
            client,
            open,
        });
    }
    let commands: Vec<CommandMember> = contract
        .commands()
        .iter()
        .map(|command| command_member(command, &mut imports))
        .collect();
    let body = ClientFile {
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
    let (parameter, call) = match (&command.payload, command.empty) {
        (_, true) if key.is_empty() => (
            String::new(),
            format!("{method}: () => connection.call({event})"),
        ),
        (_, true) => (
            String::new(),
            format!("{method}: () => connection.call({event}, undefined{key})"),
        ),
        (payload, false) => {
            if let Shape::Named(name) = payload {
                imports.type_from("commands", name);
            }
            let call = format!("{method}: (input) => connection.call({event}, input{key})");
            (format!("input: {}", one_line(payload)), call)
        }
    };
    CommandMember {
        doc: command.doc.clone(),
        signature: function_member(&method, &parameter, &format!("Promise<{ack}>")),
        call,
    }
}

fn index(contract: &Contract, modules: &Modules<'_>) -> Result<OutputFile, RenderError> {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let types_of = |module: &str| -> Vec<String> {
        modules
            .types_in(contract, module)
            .iter()
            .map(|definition| definition.name.clone())
            .collect()
    };
    let mut by_module: Vec<(&str, Vec<String>, Vec<String>)> = vec![
        ("client", vec![client_name(contract)], names(&["connect"])),
        (
            "events",
            names(&[
                "ClientToServerEvents",
                "Lists",
                "ServerEvents",
                "ServerToClientEvents",
            ]),
            Vec::new(),
        ),
        ("rowcast", names(&RUNTIME_TYPES), names(&RUNTIME_VALUES)),
        ("types", types_of("types"), Vec::new()),
    ];
    let acks = contract
        .commands()
        .iter()
        .map(|command| format!("{}Ack", command.name));
    by_module.push((
        "commands",
        types_of("commands").into_iter().chain(acks).collect(),
        Vec::new(),
    ));
    for resource in contract.resources() {
        let mut own = types_of(&resource.plural);
        own.extend([format!("{}Ack", resource.name), client_type(resource)]);
        by_module.push((&resource.plural, own, Vec::new()));
    }
    by_module.sort_by_key(|(module, ..)| *module);
    let mut exports = Vec::new();
    for (module, types, values) in by_module {
        for (keyword, names) in [("export type", types), ("export", values)] {
            if !names.is_empty() {
                exports.push(names_clause(keyword, &names, module));
            }
        }
    }
    let body = IndexFile { exports }.render()?;
    Ok(OutputFile::new(
        "index.ts",
        "all its items",
        &declared_in(contract),
        &body,
    ))
}

fn client_name(contract: &Contract) -> String {
    format!("{}Client", pascal(contract.name()))
}

fn client_type(resource: &Resource) -> String {
    format!("{}Client", pascal(&resource.plural))
}

fn open_function(resource: &Resource) -> String {
    format!("open{}", pascal(&resource.plural))
}

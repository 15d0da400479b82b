//! The AsyncAPI 3 target: one document with every event, its arguments and its ack.
//!
//! There is no binding for Socket.IO, so the document says what goes over its websocket: one channel for the namespace, a
//! message for each event whose payload is the list of its arguments, and the ack as the reply.

mod schema;
mod wire;

use rowcast_schema::Contract;
use rowcast_schema::contract::{IdKind, Resource, Shape};
use rowcast_schema::description::Verb;
use serde_json::{Map, Value, json};

use crate::doc;
use crate::english::{one, words};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};
use schema::{described, reference, schema, tuple};

/// What the document says besides the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsyncApiOptions {
    /// The version of the application's events.
    pub version: String,
    /// The host, and port, of a server.
    pub host: String,
}

impl Default for AsyncApiOptions {
    fn default() -> Self {
        Self {
            version: "1.0.0".to_owned(),
            host: "localhost:5555".to_owned(),
        }
    }
}

/// Renders `asyncapi.yaml`.
///
/// # Errors
/// When the document can't be written as YAML, which is a fault of this crate.
pub(crate) fn render(
    contract: &Contract,
    options: &AsyncApiOptions,
) -> Result<Vec<OutputFile>, RenderError> {
    let text = yaml_serde::to_string(&document(contract, options))
        .map_err(|error| RenderError::Yaml(error.to_string()))?;
    Ok(vec![OutputFile::with_hashes(
        "asyncapi.yaml",
        "all its items",
        &declared_in(contract),
        &text,
    )])
}

/// The document itself.
pub(crate) fn document(contract: &Contract, options: &AsyncApiOptions) -> Value {
    let mut events = Events::default();
    for resource in contract.resources() {
        add_resource(resource, &mut events);
    }
    for command in contract.commands() {
        let arguments = if command.empty {
            Vec::new()
        } else {
            vec![schema(&command.payload)]
        };
        let call = Called {
            event: command.event.as_str(),
            summary: &doc::with_warning(&command.doc, command.deprecated.as_deref()),
            arguments,
            takes_key: command.transaction,
            ack: wire::ack(schema(&command.ack), &command.data_key),
        };
        events.called(call);
    }
    add_lists(contract, &mut events);
    for event in contract.events() {
        let doc = doc::with_warning(&event.doc, event.deprecated.as_deref());
        events.told(event.event.as_str(), &doc, schema(&event.payload));
    }
    add_events_of_connections(&mut events);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": contract.name(),
            "version": options.version,
            "description": "Events over Socket.IO. A payload is the list of an event's arguments; a reply is what its acknowledgement gets.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "default": {
                "host": options.host,
                "pathname": "/socket.io",
                "protocol": "ws",
                "description": "Socket.IO 4, by websocket or long polling.",
            },
        },
        "channels": {
            "root": {
                "address": "/",
                "title": "The namespace /",
                "messages": events.references,
                "bindings": { "ws": { "method": "GET", "bindingVersion": "0.1.0" } },
            },
        },
        "operations": events.operations,
        "components": {
            "messages": events.messages,
            "schemas": schemas(contract),
        },
    })
}

/// What the server says to each socket, whatever the schema.
fn add_events_of_connections(events: &mut Events) {
    let account = json!({ "type": ["string", "null"] });
    let greeting = json!({
        "type": "object",
        "properties": { "data": { "type": "string" }, "account": account },
        "required": ["data"],
    });
    events.told(
        "connected",
        "Greets a socket, with its id. One that said `sync` in its `auth` gets what stands for its account, too.",
        greeting,
    );
    let session = json!({
        "type": "object",
        "properties": { "account": account, "ended": { "type": "boolean" }, "message": { "type": "string" } },
        "required": ["account", "ended", "message"],
    });
    events.told(
        "session",
        "Says to a socket that said `sync` in its `auth` that it was signed in or out, or that its session has ended.",
        session,
    );
    let reason = json!({
        "type": "object",
        "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
        "required": ["code", "message"],
    });
    events.told(
        "disconnected",
        "Says why the server is about to end the connection.",
        reason,
    );
}

fn schemas(contract: &Contract) -> Map<String, Value> {
    let mut schemas: Map<String, Value> = contract
        .types()
        .iter()
        .map(|definition| {
            (
                definition.name.clone(),
                described(
                    schema(&definition.shape),
                    &definition.doc,
                    definition.deprecated.as_deref(),
                ),
            )
        })
        .collect();
    schemas.extend(wire::shared().map(|(name, schema)| (name.to_owned(), schema)));
    schemas
}

/// A call with its ack.
struct Called<'a> {
    event: &'a str,
    summary: &'a str,
    arguments: Vec<Value>,
    /// Whether an object with a key may follow.
    takes_key: bool,
    ack: Value,
}

/// The events so far, in the three places of a document where they stand.
#[derive(Default)]
struct Events {
    references: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
}

impl Events {
    fn message(&mut self, id: &str, name: &str, summary: &str, payload: Value) {
        let mut message = json!({ "name": name, "title": name, "payload": payload });
        let summary = summary.lines().next().unwrap_or_default();
        if !summary.is_empty() {
            message["summary"] = json!(summary);
        }
        self.messages.insert(id.to_owned(), message);
        let reference = json!({ "$ref": format!("#/components/messages/{id}") });
        self.references.insert(id.to_owned(), reference);
    }

    /// Something that clients ask of the server.
    fn called(&mut self, call: Called<'_>) {
        let (id, reply) = (id_of("call", call.event), id_of("ack", call.event));
        let payload = if call.takes_key {
            wire::with_key(call.arguments)
        } else {
            tuple(call.arguments)
        };
        self.message(&id, call.event, call.summary, payload);
        let answered = format!("The acknowledgement of `{}`.", call.event);
        self.message(&reply, call.event, &answered, tuple(vec![call.ack]));
        let mut operation = operation("receive", call.event, &id, call.summary);
        operation["reply"] = json!({ "channel": channel(), "messages": [message(&reply)] });
        self.operations.insert(id, operation);
    }

    /// Something that the server tells.
    fn told(&mut self, event: &str, summary: &str, payload: Value) {
        let id = id_of("told", event);
        self.message(&id, event, summary, tuple(vec![payload]));
        let operation = operation("send", event, &id, summary);
        self.operations.insert(id, operation);
    }
}

/// Keys of a document have letters, digits, `.`, `-` and `_` only.
fn id_of(kind: &str, event: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => character.to_string(),
        ':' => ".".to_owned(),
        other => format!("-{:x}-", u32::from(other)),
    };
    let event: String = event.chars().map(plain).collect();
    format!("{kind}.{event}")
}

fn channel() -> Value {
    json!({ "$ref": "#/channels/root" })
}

fn message(id: &str) -> Value {
    json!({ "$ref": format!("#/channels/root/messages/{id}") })
}

fn operation(action: &str, event: &str, id: &str, summary: &str) -> Value {
    let mut operation = json!({ "action": action, "title": event, "channel": channel(), "messages": [message(id)] });
    let summary = summary.lines().next().unwrap_or_default();
    if !summary.is_empty() {
        operation["summary"] = json!(summary);
    }
    operation
}

fn add_resource(resource: &Resource, events: &mut Events) {
    let Resource {
        name,
        singular,
        plural,
        ..
    } = resource;
    let (row, rows) = (one(singular), words(plural));
    for call in &resource.calls {
        let id = || json!({ "type": "object", "properties": { "id": id_schema(resource) }, "required": ["id"] });
        let by_id = || json!({ "anyOf": [id(), id_schema(resource)] });
        let (summary, argument, data) = match call.verb {
            Verb::Create => (
                format!("Creates {row}."),
                reference(&format!("New{name}")),
                reference(name),
            ),
            Verb::Update => (
                format!("Changes {row}: the fields that are given."),
                reference(&format!("{name}Patch")),
                reference(name),
            ),
            Verb::Delete => (
                format!("Deletes {row}."),
                by_id(),
                json!({ "type": "null" }),
            ),
            Verb::Get => (format!("Reads {row}."), by_id(), reference(name)),
            Verb::List => (
                format!("Reads a part of the {rows}."),
                page_query(resource),
                wire::page(reference(name)),
            ),
        };
        events.called(Called {
            event: call.event.as_str(),
            summary: &summary,
            arguments: vec![argument],
            takes_key: matches!(call.verb, Verb::Create | Verb::Update | Verb::Delete),
            ack: wire::ack(data, "data"),
        });
    }
}

fn id_schema(resource: &Resource) -> Value {
    match resource.id_kind {
        IdKind::Counted => json!({ "type": "integer" }),
        IdKind::Uuid | IdKind::GivenUuid => json!({ "type": "string", "format": "uuid" }),
        _ => json!({ "type": "string" }),
    }
}

fn page_query(resource: &Resource) -> Value {
    let id = id_schema(resource);
    json!({
        "type": "object",
        "properties": {
            "after": { "description": "The id after which the page begins.", "anyOf": [id, { "type": "null" }] },
            "limit": { "type": ["integer", "null"], "minimum": 1, "maximum": 1000 },
        },
    })
}

/// `refresh`, `sync`, and what they ask for.
fn add_lists(contract: &Contract, events: &mut Events) {
    let by_list = |value: fn(&Resource) -> Value| -> Value {
        let lists = contract.resources().iter();
        lists
            .map(|resource| (resource.list_event.to_string(), value(resource)))
            .collect()
    };
    events.called(Called {
        event: "refresh",
        summary: "Sends all lists to this socket, and then the acknowledgement.",
        arguments: Vec::new(),
        takes_key: false,
        ack: json!({ "type": "null" }),
    });
    let position = |resource: &Resource| {
        let in_parts = wire::place_in_list(&id_schema(resource));
        json!({ "anyOf": [reference("Rowcast.Position"), in_parts, { "type": "null" }] })
    };
    events.called(Called {
        event: "sync",
        summary: "Asks for what changed since these positions, and for changes from then on.",
        arguments: vec![json!({ "type": "object", "properties": by_list(position) })],
        takes_key: false,
        ack: wire::ack(
            json!({ "type": "object", "properties": by_list(changes_of) }),
            "data",
        ),
    });
    for resource in contract.resources() {
        let rows = words(&resource.plural);
        let row = schema(&Shape::Named(resource.name.clone()));
        let whole = json!({ "type": "array", "items": row });
        events.told(
            resource.list_event.as_str(),
            &format!("All {rows}, for sockets that never called `sync`."),
            whole,
        );
        events.told(
            resource.changes_event.as_str(),
            &format!("Changes of the {rows}, for sockets that called `sync`."),
            changes_of(resource),
        );
    }
}

fn changes_of(resource: &Resource) -> Value {
    wire::changes(reference(&resource.name), &id_schema(resource))
}

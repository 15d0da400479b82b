//! Every event of a contract, with what it does: for people who look one up.

pub(crate) mod allowed;
mod consequences;
mod fields;

use rowcast_schema::Contract;
use rowcast_schema::contract::{Call, Command, Field, FieldKind, Resource, Shape};
use rowcast_schema::description::{Place, Verb};
use serde::Serialize;

use crate::english::{one, words};
use crate::typescript::type_text;
use consequences::consequences;
use fields::fields_of;

/// What an event does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Explained {
    /// Who sends it: `client` or `server`.
    pub(crate) from: &'static str,
    pub(crate) event: String,
    /// In a sentence.
    pub(crate) does: String,
    /// File and line; empty for events that every server has.
    pub(crate) declared_at: String,
    /// The type of the payload.
    pub(crate) takes: String,
    /// Its fields, each with its type and rules.
    pub(crate) fields: Vec<String>,
    /// The type of the answer.
    pub(crate) answers: String,
    /// The tables that it reads.
    pub(crate) reads: Vec<String>,
    /// The tables that it writes.
    pub(crate) writes: Vec<String>,
    /// The lists that it changes, with the views in them.
    pub(crate) refreshes: Vec<String>,
    /// Who may call it.
    pub(crate) allowed: String,
}

impl Explained {
    fn new(from: &'static str, event: impl ToString, does: impl Into<String>) -> Self {
        Self {
            from,
            event: event.to_string(),
            does: does.into(),
            declared_at: String::new(),
            takes: String::new(),
            fields: Vec::new(),
            answers: String::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            refreshes: Vec::new(),
            allowed: String::new(),
        }
    }
}

/// All events: those of clients, then those of the server, each in the order of the contract.
pub(crate) fn explain_all(contract: &Contract) -> Vec<Explained> {
    let mut all = Vec::new();
    for resource in contract.resources() {
        all.extend(
            resource
                .calls
                .iter()
                .map(|call| explain_call(contract, resource, call)),
        );
    }
    all.extend(
        contract
            .commands()
            .iter()
            .map(|command| explain_command(contract, command)),
    );
    let lists: Vec<String> = contract
        .resources()
        .iter()
        .map(|resource| format!("`{}`", resource.list_event))
        .collect();
    let mut refresh = Explained::new("client", "refresh", "asks for all lists, whole");
    refresh.answers = "null, after the lists".to_owned();
    refresh.refreshes = vec![format!("{} for the caller alone", lists.join(", "))];
    refresh.allowed = GUARD_LISTS.to_owned();
    let mut sync = Explained::new(
        "client",
        "sync",
        "asks for what changed since the positions it names",
    );
    sync.answers = "per list the changes, or the whole list, and the position".to_owned();
    sync.allowed = GUARD_LISTS.to_owned();
    all.extend([refresh, sync]);
    for resource in contract.resources() {
        all.extend(explain_lists(contract, resource));
    }
    for event in contract.events() {
        let mut explained = Explained::new(
            "server",
            &event.event,
            first_line(&event.doc, "is told by the application"),
        );
        explained.declared_at = place(&event.declared_at);
        explained.takes = type_text(&event.payload);
        explained.fields = fields_of(contract, &event.payload);
        all.push(explained);
    }
    all.push(Explained::new(
        "server",
        "connected",
        "greets a socket, with its id",
    ));
    all.push(Explained::new(
        "server",
        "disconnected",
        "says why the server is about to end the connection: `unauthenticated`, `idle`, `busy`",
    ));
    all.push(Explained::new(
        "server",
        "session",
        "says to a generated client as which account it is signed in, and that its session has ended",
    ));
    all
}

const GUARD_LISTS: &str = "whoever the server's guard lets watch the lists";

fn explain_call(contract: &Contract, resource: &Resource, call: &Call) -> Explained {
    let Resource {
        name,
        singular,
        plural,
        ..
    } = resource;
    let (row, rows) = (one(singular), words(plural));
    let (does, takes, answers) = match call.verb {
        Verb::Create => (format!("creates {row}"), format!("New{name}"), name.clone()),
        Verb::Update => (
            format!("changes {row}: the fields that are given"),
            format!("{name}Patch"),
            name.clone(),
        ),
        Verb::Delete => (
            format!("deletes {row}"),
            "{ id }, or the id alone".to_owned(),
            "null".to_owned(),
        ),
        Verb::Get => (
            format!("reads {row}"),
            "{ id }, or the id alone".to_owned(),
            name.clone(),
        ),
        Verb::List => (
            format!("reads a part of the {rows}"),
            "PageQuery".to_owned(),
            format!("Page<{name}>"),
        ),
    };
    let aliases: Vec<String> = call
        .aliases
        .iter()
        .map(|alias| format!("`{alias}`"))
        .collect();
    let does = if aliases.is_empty() {
        does
    } else {
        format!("{does}; answers {} too", aliases.join(", "))
    };
    let mut explained = Explained::new("client", &call.event, does);
    explained.declared_at = place(&resource.declared_at);
    explained.fields = fields_of(contract, &Shape::Named(takes.clone()));
    explained.takes = takes;
    explained.answers = answers;
    explained.reads = tables(contract, resource);
    if matches!(call.verb, Verb::Create | Verb::Update | Verb::Delete) {
        explained.writes = match call.verb {
            Verb::Delete => consequences(contract, resource).0,
            _ => own_tables(resource),
        };
        explained.refreshes = refreshes(contract, resource, call.verb);
    }
    let act = format!("{} `{name}`", verb(call.verb));
    explained.allowed = allowed::call(contract, resource, resource.access.of(call.verb), &act);
    if call.verb != Verb::Delete {
        if matches!(call.verb, Verb::Create | Verb::Update) {
            explained.allowed += &allowed::reads(resource, call.verb);
        }
        explained.allowed += &allowed::shown(contract, resource);
        explained.allowed += &allowed::seen(&resource.seen_by);
    }
    explained
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
        Verb::Get => "get",
        Verb::List => "list",
    }
}

fn explain_command(contract: &Contract, command: &Command) -> Explained {
    let mut explained = Explained::new(
        "client",
        &command.event,
        first_line(&command.doc, "is carried out by the application"),
    );
    explained.declared_at = place(&command.declared_at);
    if !command.empty {
        explained.takes = type_text(&command.payload);
        explained.fields = fields_of(contract, &command.payload);
    }
    explained.answers = match command.data_key.as_str() {
        "data" => type_text(&command.ack),
        key => format!("{} under `{key}`", type_text(&command.ack)),
    };
    explained.allowed = allowed::command(command);
    explained
}

fn explain_lists(contract: &Contract, resource: &Resource) -> [Explained; 2] {
    let rows = words(&resource.plural);
    let mut whole = Explained::new(
        "server",
        &resource.list_event,
        match resource.refresh_on_request {
            true => format!("the whole list of {rows}, for clients that ask for it"),
            false => format!("the whole list of {rows}, for clients that do not sync"),
        },
    );
    whole.takes = format!("{}[]", resource.name);
    let mut changes = Explained::new(
        "server",
        &resource.changes_event,
        format!("what changed in the list of {rows}, for clients that sync"),
    );
    changes.takes = format!("Changes<{}>", resource.name);
    for explained in [&mut whole, &mut changes] {
        explained.declared_at = place(&resource.declared_at);
        explained.allowed = allowed::list(contract, resource);
    }
    [whole, changes]
}

/// The lists that a write changes: its own, and those that show its rows.
fn refreshes(contract: &Contract, resource: &Resource, verb: Verb) -> Vec<String> {
    let mut found = vec![format!("`{}`", resource.list_event)];
    if verb == Verb::Delete {
        found.extend(consequences(contract, resource).1);
        return found;
    }
    for dependent in &resource.dependents {
        let other = &contract.resources()[dependent.resource];
        let field = &other.fields[dependent.field];
        // No row shows one that is not there yet, and one that others refer to can't be deleted; one that belongs to
        // another shows there as soon as it is, and as long.
        let owned = matches!(field.kind, FieldKind::HasMany { .. });
        if verb != Verb::Update && !owned {
            continue;
        }
        let shows = field
            .kind
            .relation()
            .map(|relation| relation.shows.as_str())
            .unwrap_or_default();
        let shown: Vec<&str> = dependent
            .shown
            .iter()
            .map(String::as_str)
            .filter(|name| *name != "id")
            .collect();
        let when = match verb {
            Verb::Update if !shown.is_empty() => format!(", if {} changes", shown.join(" or ")),
            _ => String::new(),
        };
        found.push(format!(
            "`{}`, where `{}` shows {shows}{when}",
            other.list_event, field.wire_name
        ));
    }
    found
}

fn own_tables(resource: &Resource) -> Vec<String> {
    let joins = resource
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            FieldKind::ManyToMany { through, .. } => Some(through.clone()),
            _ => None,
        });
    std::iter::once(resource.plural.clone())
        .chain(joins)
        .collect()
}

fn tables(contract: &Contract, resource: &Resource) -> Vec<String> {
    let mut found = own_tables(resource);
    let targets = resource
        .fields
        .iter()
        .filter_map(|field: &Field| field.kind.relation());
    for relation in targets {
        let table = &contract.resources()[relation.target].plural;
        if !found.contains(table) {
            found.push(table.clone());
        }
    }
    found
}

fn place(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

fn first_line(doc: &str, otherwise: &str) -> String {
    let line = doc.lines().next().unwrap_or_default().trim_end_matches('.');
    if line.is_empty() {
        otherwise.to_owned()
    } else {
        line.to_owned()
    }
}

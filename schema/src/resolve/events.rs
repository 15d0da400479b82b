//! Names the events and refuses those that would be mistaken for one another.

use std::collections::BTreeMap;

use heck::ToLowerCamelCase;

use super::finding::Findings;
use super::inherited::is_inherited;
use super::names::snake;
use super::styles;
use super::types::{Direction, Types};
use crate::contract::{Call, Command, Event, Resource, WireName};
use crate::description::{Description, EventStyle, Place, ResourceDescription, Verb};

/// Names that Socket.IO keeps for itself.
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// Members of the generated client object that are no resource or command.
const CLIENT_MEMBERS: [&str; 3] = ["on", "connection", "then"];

/// Every verb, in the order in which generated code has them.
const VERBS: [Verb; 5] = [
    Verb::Create,
    Verb::Update,
    Verb::Delete,
    Verb::Get,
    Verb::List,
];

pub(super) fn wire(name: &str) -> WireName {
    WireName(name.to_owned())
}

/// The calls that a resource answers: those that it lists, or all.
pub(super) fn calls(
    resource: &ResourceDescription,
    style: &EventStyle,
    singular: &str,
    plural: &str,
) -> Vec<Call> {
    let chosen = |verb: Verb| match &resource.verbs {
        None => Some((None, &[][..])),
        Some(verbs) => verbs
            .iter()
            .find(|choice| choice.verb == verb)
            .map(|choice| (choice.event.clone(), choice.aliases.as_slice())),
    };
    let call = |verb: Verb| {
        chosen(verb).map(|(event, aliases)| Call {
            verb,
            event: WireName(event.unwrap_or_else(|| styles::event(style, verb, singular, plural))),
            aliases: aliases.iter().map(|alias| wire(alias)).collect(),
        })
    };
    VERBS.into_iter().filter_map(call).collect()
}

pub(super) fn resolve_commands(description: &Description, types: &Types<'_>) -> Vec<Command> {
    let resolve = |command: &crate::description::CommandDescription| Command {
        name: command.name.clone(),
        event: wire(
            &command
                .event
                .clone()
                .unwrap_or_else(|| snake(&command.name)),
        ),
        method: snake(&command.name),
        doc: command.doc.clone(),
        deprecated: command.deprecated.clone(),
        declared_at: command.declared_at.clone(),
        data_key: command.data_key.clone(),
        empty: command.empty,
        lenient: command.lenient || description.lenient,
        transaction: command.transaction,
        access: command.access.clone(),
        payload: types.shape(Direction::Input, &command.payload),
        ack: types.shape(Direction::Output, &command.ack),
        ack_type: command.ack_type.clone(),
        seen_by: Vec::new(),
    };
    description.commands.iter().map(resolve).collect()
}

pub(super) fn resolve_events(description: &Description, types: &Types<'_>) -> Vec<Event> {
    let resolve = |event: &crate::description::EventDescription| Event {
        name: event.name.clone(),
        event: wire(&event.event.clone().unwrap_or_else(|| snake(&event.name))),
        method: snake(&event.name),
        doc: event.doc.clone(),
        deprecated: event.deprecated.clone(),
        declared_at: event.declared_at.clone(),
        payload: types.shape(Direction::Output, &event.payload),
    };
    description.events.iter().map(resolve).collect()
}

/// Refuses reserved and repeated event names, and methods of the client that would hide one another.
pub(super) fn check_events(
    resources: &[Resource],
    commands: &[Command],
    events: &[Event],
    findings: &mut Findings,
) {
    let mut calls = Names::new("client", &["refresh", "sync"]);
    let mut told = Names::new("server", &["connected", "disconnected", "session"]);
    let mut members = BTreeMap::new();
    for resource in resources {
        for call in &resource.calls {
            for event in std::iter::once(&call.event).chain(&call.aliases) {
                let (name, at) = (&resource.name, &resource.declared_at);
                calls.add(event.as_str(), name, at, findings);
            }
        }
        told.add(
            resource.list_event.as_str(),
            &resource.name,
            &resource.declared_at,
            findings,
        );
        told.add(
            resource.changes_event.as_str(),
            &resource.name,
            &resource.declared_at,
            findings,
        );
        check_member(
            &mut members,
            &resource.plural,
            &resource.name,
            &resource.declared_at,
            findings,
        );
    }
    for command in commands {
        calls.add(
            command.event.as_str(),
            &command.name,
            &command.declared_at,
            findings,
        );
        check_member(
            &mut members,
            &command.method,
            &command.name,
            &command.declared_at,
            findings,
        );
        check_data_key(command, findings);
    }
    for event in events {
        told.add(
            event.event.as_str(),
            &event.name,
            &event.declared_at,
            findings,
        );
    }
}

fn check_data_key(command: &Command, findings: &mut Findings) {
    if matches!(
        command.data_key.as_str(),
        "ok" | "errors" | "code" | "position"
    ) {
        findings.add(
            "data-key",
            &command.declared_at,
            format!(
                "the ack of `{}` can't keep its data under `{}`, which every ack has",
                command.name, command.data_key
            ),
            "choose another key by `#[command(data = \"…\")]`",
        );
    }
}

fn check_member<'a>(
    members: &mut BTreeMap<String, &'a str>,
    snake: &str,
    item: &'a str,
    at: &Place,
    findings: &mut Findings,
) {
    let member = snake.to_lower_camel_case();
    let taken = if CLIENT_MEMBERS.contains(&member.as_str()) || is_inherited(&member) {
        Some("the client itself".to_owned())
    } else {
        members
            .insert(member.clone(), item)
            .filter(|other| *other != item)
            .map(|other| format!("`{other}`"))
    };
    if let Some(other) = taken {
        findings.add(
            "client-member",
            at,
            format!("`{item}` and {other} would both be `{member}` in the generated client"),
            format!("rename `{item}`, or choose another plural if it is a resource"),
        );
    }
}

/// The event names of one direction.
struct Names {
    sender: &'static str,
    own: &'static [&'static str],
    taken: BTreeMap<String, String>,
}

impl Names {
    fn new(sender: &'static str, own: &'static [&'static str]) -> Self {
        Self {
            sender,
            own,
            taken: BTreeMap::new(),
        }
    }

    fn add(&mut self, event: &str, item: &str, at: &Place, findings: &mut Findings) {
        let help = format!("give `{item}` another event name");
        if RESERVED.contains(&event) {
            let message =
                format!("`{item}` has the event `{event}`, which Socket.IO keeps for itself");
            findings.add("reserved-event", at, message, help);
        } else if self.own.contains(&event) {
            let message = format!(
                "`{item}` has the event `{event}`, which every generated server has already"
            );
            findings.add("reserved-event", at, message, help);
        } else if let Some(other) = self.taken.insert(event.to_owned(), item.to_owned()) {
            let message = format!(
                "the event `{event}` that a {} sends belongs to `{other}` and to `{item}`",
                self.sender
            );
            findings.add("duplicate-event", at, message, help);
        }
    }
}

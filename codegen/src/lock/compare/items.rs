//! Resources, commands and events: their names on the wire, and the types that they carry.

use std::collections::{BTreeMap, BTreeSet};

use rowcast_schema::contract::Shape;
use rowcast_schema::description::Verb;

use super::access;
use super::named::Types;
use super::types::Direction;
use super::{Changes, Impact, renames};
use crate::lock::{Lock, LockedCall, LockedCommand, LockedEvent, LockedResource};

/// What an item is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Resource,
    Command,
    Event,
}

/// An item with the name of its struct.
type Named<'i, T> = (&'i str, &'i T);

pub(super) fn compare(older: &Lock, newer: &Lock, changes: &mut Changes) {
    let (old, new) = (&older.wire, &newer.wire);
    let types = Types {
        older: &old.types,
        newer: &new.types,
    };
    let alike = |old: &Shape, new: &Shape| renames::objects_alike(&types, (old, new));
    each(
        (&old.resources, &new.resources),
        Kind::Resource,
        |resource| &resource.list,
        |(old, _), (new, _)| alike(&Shape::Named(old.into()), &Shape::Named(new.into())),
        changes,
        |names, resources, changes| compare_resource(names, resources, &types, changes),
    );
    each(
        (&old.commands, &new.commands),
        Kind::Command,
        |command| &command.event,
        |(_, old), (_, new)| match (&old.payload, &new.payload) {
            (Some(old), Some(new)) => alike(old, new),
            _ => false,
        },
        changes,
        |(name, _), commands, changes| compare_command(name, commands, &types, changes),
    );
    each(
        (&old.events, &new.events),
        Kind::Event,
        |event| &event.event,
        |(_, old), (_, new)| alike(&old.payload, &new.payload),
        changes,
        |(name, _), (old, new): (&LockedEvent, _), changes| {
            renamed(name, "event", &old.event, &new.event, changes);
            types.compare(Direction::Sent, name, (&old.payload, &new.payload), changes);
        },
    );
}

/// Compares what both have; the rest came or went. The name of a struct does not travel: one of another name with the
/// same event is the same item.
fn each<T>(
    (old, new): (&BTreeMap<String, T>, &BTreeMap<String, T>),
    kind: Kind,
    event: fn(&T) -> &String,
    is_like: impl Fn(Named<'_, T>, Named<'_, T>) -> bool,
    changes: &mut Changes,
    mut both: impl FnMut((&str, &str), (&T, &T), &mut Changes),
) {
    let mut added: BTreeMap<&String, &T> = new
        .iter()
        .filter(|(name, _)| !old.contains_key(*name))
        .collect();
    let mut gone = Vec::new();
    for (name, item) in old {
        let renamed = || {
            let mut others = added.iter();
            others.find_map(|(name, other)| (event(other) == event(item)).then_some(*name))
        };
        let same = new.get_key_value(name).map(|(name, _)| name);
        match same.or_else(renamed) {
            Some(newer) => {
                added.remove(newer);
                both((name, newer), (item, &new[newer]), changes);
            }
            None => gone.push((name, item)),
        }
    }
    let mut asked = BTreeSet::new();
    for (name, item) in gone {
        let others = added.iter();
        let like = others.filter(|(other, new)| is_like((name, item), (other, new)));
        let like: Vec<&str> = like.map(|(other, _)| other.as_str()).collect();
        removed((name, event(item)), kind, &like, changes);
        asked.extend(like.into_iter().map(str::to_owned));
    }
    for name in added.keys().filter(|name| !asked.contains(**name)) {
        let message = match kind {
            Kind::Resource => "is a new resource",
            Kind::Command => "is a new command",
            Kind::Event => "is a new event",
        };
        changes.add(Impact::Safe, "item-added", name, message);
    }
}

/// Says that an item is gone. `like` are new ones that may be the same under another name.
fn removed((name, event): (&str, &str), kind: Kind, like: &[&str], changes: &mut Changes) {
    let gone = format!("is gone: {}", lost_with(kind));
    if like.is_empty() {
        return changes.add(Impact::BreaksClients, "item-removed", name, gone);
    }
    let names = renames::choice(like);
    let message = format!("{gone}; {names}, with such fields, is new: was it renamed?");
    let help = match kind {
        Kind::Resource => format!(
            "if so, keep the names that older clients use: `#[resource(list = \"{event}\", events(create(alias = \"…\"), …))]`"
        ),
        Kind::Command => format!(
            "if so, keep the event that older clients send: `#[command(event = \"{event}\")]`"
        ),
        Kind::Event => {
            format!(
                "if so, keep the name that older clients listen for: `#[event(name = \"{event}\")]`"
            )
        }
    };
    let code = (renames::POSSIBLE_RENAME, name);
    changes.add_with_help(Impact::BreaksClients, code, message, help);
}

/// What clients lose with an item.
fn lost_with(kind: Kind) -> &'static str {
    match kind {
        Kind::Resource => "its calls are answered with an error, and its list is not sent",
        Kind::Command => "calls of it are answered with an error",
        Kind::Event => "clients that listen for it get it no more",
    }
}

fn renamed(path: &str, kind: &str, old: &str, new: &str, changes: &mut Changes) {
    if old != new {
        let message = format!("has another {kind} name: `{old}` became `{new}`");
        changes.add(Impact::BreaksClients, "event-renamed", path, message);
    }
}

fn compare_scopes(name: &str, scopes: (Option<&str>, Option<&str>), changes: &mut Changes) {
    match scopes {
        (old, new) if old == new => {}
        (_, Some(new)) => {
            let message = format!(
                "is sent only to clients that see the `{new}` of the row: others miss rows that they had before"
            );
            changes.add(Impact::BreaksClients, "scope-added", name, message);
        }
        (_, None) => {
            let message = "is sent to all clients that may read the list, whatever their scopes";
            changes.add(Impact::Safe, "scope-removed", name, message);
        }
    }
}

fn compare_resource(
    (name, newer_name): (&str, &str),
    (old, new): (&LockedResource, &LockedResource),
    types: &Types<'_>,
    changes: &mut Changes,
) {
    renamed(name, "list event", &old.list, &new.list, changes);
    renamed(name, "changes event", &old.changes, &new.changes, changes);
    match (old.on_request, new.on_request) {
        (false, true) => {
            let message =
                "sends whole lists only when they are asked for: plain sockets miss changes";
            changes.add(Impact::BreaksClients, "list-on-request", name, message);
        }
        (true, false) => {
            let message = "sends whole lists after changes too";
            changes.add(Impact::Safe, "list-after-change", name, message);
        }
        _ => {}
    }
    access::compare_resource(name, (&old.access, &new.access), changes);
    compare_scopes(name, (old.scope.as_deref(), new.scope.as_deref()), changes);
    for (verb, call) in &old.calls {
        let newer = new.calls.get(verb);
        for event in std::iter::once(&call.event).chain(&call.aliases) {
            if newer.is_none_or(|newer| !newer.answers(event)) {
                let instead = newer.map(|newer| format!(", but `{}`", newer.event));
                let message = format!("no longer serves `{event}`{}", instead.unwrap_or_default());
                changes.add(Impact::BreaksClients, "call-removed", name, message);
            }
        }
    }
    for (verb, LockedCall { event, .. }) in &new.calls {
        if !old.calls.get(verb).is_some_and(|call| call.answers(event)) {
            changes.add(
                Impact::Safe,
                "call-added",
                name,
                format!("serves `{event}` too"),
            );
        }
    }
    leniency(name, old.lenient, new.lenient, changes);
    let (row, newer_row) = (Shape::Named(name.into()), Shape::Named(newer_name.into()));
    types.compare(Direction::Sent, name, (&row, &newer_row), changes);
    for (verb, prefix, suffix) in [(Verb::Create, "New", ""), (Verb::Update, "", "Patch")] {
        if old.calls.contains_key(&verb) && new.calls.contains_key(&verb) {
            let input = |name: &str| format!("{prefix}{name}{suffix}");
            let shapes = (&Shape::Named(input(name)), &Shape::Named(input(newer_name)));
            types.compare(Direction::Accepted, &input(name), shapes, changes);
        }
    }
}

fn compare_command(
    name: &str,
    (old, new): (&LockedCommand, &LockedCommand),
    types: &Types<'_>,
    changes: &mut Changes,
) {
    renamed(name, "event", &old.event, &new.event, changes);
    if old.data != new.data {
        let message = format!(
            "has the data of its ack under another key: `{}` became `{}`",
            old.data, new.data
        );
        changes.add(Impact::BreaksClients, "data-key-changed", name, message);
    }
    leniency(name, old.lenient, new.lenient, changes);
    access::compare_command(name, (&old.access, &new.access), changes);
    match (old.transaction, new.transaction) {
        (true, false) => {
            let message = "is no `transaction` any more: calls with a key, as older clients send them, are rejected";
            changes.add(Impact::BreaksClients, "key-refused", name, message);
        }
        (false, true) => {
            let message = "is a `transaction` now, so it takes keys";
            changes.add(Impact::Safe, "key-taken", name, message);
        }
        _ => {}
    }
    if old.payload.is_none() && new.payload.is_some() {
        // An object is expected, though each of its keys may be absent.
        let message = "must be sent with a payload, which older clients do not do";
        changes.add(Impact::BreaksClients, "payload-required", name, message);
    }
    let nothing = Shape::Object(Vec::new());
    let (payload, newer) = (old.payload.as_ref(), new.payload.as_ref());
    let shapes = (payload.unwrap_or(&nothing), newer.unwrap_or(&nothing));
    types.compare(Direction::Accepted, name, shapes, changes);
    compare_ack(name, (&old.ack, &new.ack), types, changes);
}

/// Names the field before the ack that it is in: `token in the ack of Login`.
fn compare_ack(name: &str, shapes: (&Shape, &Shape), types: &Types<'_>, changes: &mut Changes) {
    let mut found = Changes::default();
    types.compare(Direction::Sent, "", shapes, &mut found);
    for mut change in found.0 {
        change.path = match change.path.trim_start_matches('.') {
            "" => format!("the ack of {name}"),
            path => format!("{path} in the ack of {name}"),
        };
        changes.0.push(change);
    }
}

fn leniency(name: &str, old: bool, new: bool, changes: &mut Changes) {
    match (old, new) {
        (true, false) => changes.add(
            Impact::BreaksClients,
            "made-strict",
            name,
            "no longer takes text for numbers, as forms send it",
        ),
        (false, true) => changes.add(
            Impact::Safe,
            "made-lenient",
            name,
            "takes text for numbers, as forms send it",
        ),
        _ => {}
    }
}

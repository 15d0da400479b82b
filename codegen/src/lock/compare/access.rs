//! Who may make which calls.

use rowcast_schema::description::{Access, Allowed};

use super::types::Direction;
use super::{Changes, Impact};

pub(super) fn compare_resource(name: &str, (old, new): (&Access, &Access), changes: &mut Changes) {
    let reads = (old.read.as_ref(), new.read.as_ref());
    compare(name, "`read`", Kind::Read, reads, changes);
    for (act, old, new) in [
        ("`create`", &old.create, &new.create),
        ("`update`", &old.update, &new.update),
        ("`delete`", &old.delete, &new.delete),
    ] {
        let rules = (old.as_ref(), new.as_ref());
        compare(name, act, Kind::Write, rules, changes);
    }
}

pub(super) fn compare_command(
    name: &str,
    (old, new): (&Option<Allowed>, &Option<Allowed>),
    changes: &mut Changes,
) {
    let rules = (old.as_ref(), new.as_ref());
    compare(name, "the call", Kind::Write, rules, changes);
}

/// Who sees a field that is sent, or may set one that is accepted.
pub(super) fn compare_field(
    path: &str,
    direction: Direction,
    (old, new): (&Option<Allowed>, &Option<Allowed>),
    changes: &mut Changes,
) {
    let act = match direction {
        Direction::Sent => "reading it",
        Direction::Accepted => "setting it",
    };
    let rule = |rule: &Option<Allowed>| rule.clone().unwrap_or(Allowed::Anyone);
    let (old, new) = (rule(old), rule(new));
    compare(path, act, Kind::Read, (Some(&old), Some(&new)), changes);
}

/// Without a declaration every caller may read, and those that the guard lets may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

fn compare(
    name: &str,
    act: &str,
    kind: Kind,
    (old, new): (Option<&Allowed>, Option<&Allowed>),
    changes: &mut Changes,
) {
    if old == new {
        return;
    }
    let message = format!(
        "{act} is allowed to {}, and was allowed to {}",
        callers(new),
        callers(old)
    );
    match reaches(new, old, kind) {
        true => changes.add(Impact::Safe, "access-widened", name, message),
        false => changes.add(Impact::BreaksClients, "access-narrowed", name, message),
    }
}

/// The callers that a rule allows; without one, the guard decides alone.
fn callers(rule: Option<&Allowed>) -> String {
    match rule {
        None => "callers that the guard allows".to_owned(),
        Some(Allowed::Anyone) => "all callers".to_owned(),
        Some(Allowed::SignedIn) => "callers that are signed in".to_owned(),
        Some(Allowed::Role(role)) => format!("callers with the role `{role}`"),
        Some(Allowed::Owner(field)) => format!("the owner of the row by `{field}`"),
        Some(Allowed::Nobody) => "no caller".to_owned(),
    }
}

/// Whether callers that the older rule let may still do it under the newer one.
fn reaches(newer: Option<&Allowed>, older: Option<&Allowed>, kind: Kind) -> bool {
    match (newer, older) {
        (Some(Allowed::Anyone), _) | (_, Some(Allowed::Nobody)) => true,
        (None, _) => kind == Kind::Read,
        (Some(Allowed::SignedIn), Some(older)) => *older != Allowed::Anyone,
        _ => false,
    }
}

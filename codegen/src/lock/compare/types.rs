//! Types: whether what is sent is still what older clients know, and whether what they send is still accepted.

use std::collections::BTreeSet;

use rowcast_schema::contract::{Scalar, Shape, TextFormat};
use rowcast_schema::rule::Rule;

use super::choices::{Aligned, align, covers};
use super::named::{Resolved, Types, resolved};
use super::rules::tightened;
use super::{Changes, Impact};

/// Which way a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// From the server to clients.
    Sent,
    /// From clients to the server.
    Accepted,
}

impl Direction {
    /// What it breaks when there can be more values than before.
    fn wider(self) -> Impact {
        match self {
            Self::Sent => Impact::BreaksClients,
            Self::Accepted => Impact::Safe,
        }
    }

    /// What it breaks when there can be fewer.
    fn narrower(self) -> Impact {
        match self {
            Self::Sent => Impact::Safe,
            Self::Accepted => Impact::BreaksClients,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Sent => "is sent",
            Self::Accepted => "is accepted",
        }
    }
}

impl<'l> Types<'l> {
    pub(super) fn compare(
        &self,
        direction: Direction,
        path: &str,
        (old, new): (&Shape, &Shape),
        changes: &mut Changes,
    ) {
        let mut walk = Walk {
            types: *self,
            direction,
            seen: BTreeSet::new(),
            changes,
        };
        walk.shape(path, old, new);
    }
}

/// What the server makes of keys that an object's type does not name.
pub(super) enum Others<'s> {
    Ignored,
    Refused,
    Are(&'s Shape),
}

pub(super) struct Walk<'l, 'c> {
    pub(super) types: Types<'l>,
    pub(super) direction: Direction,
    /// Pairs of names that are compared already, or about to be.
    seen: BTreeSet<(String, String)>,
    pub(super) changes: &'c mut Changes,
}

impl Walk<'_, '_> {
    pub(super) fn add(
        &mut self,
        impact: Impact,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
    ) {
        self.changes.add(impact, code, path, message);
    }

    pub(super) fn shape(&mut self, path: &str, old: &Shape, new: &Shape) {
        let old = resolved(self.types.older, old);
        let new = resolved(self.types.newer, new);
        let names = old.name.clone().zip(new.name.clone());
        let closed = new.rules.contains(&Rule::NoOtherKeys);
        let (old, old_null, old_rules) = plain(old);
        let (new, new_null, new_rules) = plain(new);
        self.rules(path, &old_rules, &new_rules);
        // A type that contains itself would never end, whatever rules stand around the place where it does.
        if names.is_some_and(|names| !self.seen.insert(names)) {
            return;
        }
        match (old_null, new_null) {
            (false, true) => self.add(self.direction.wider(), "null-added", path, "may be null"),
            (true, false) => {
                self.add(
                    self.direction.narrower(),
                    "null-removed",
                    path,
                    "may not be null any more",
                );
            }
            _ => {}
        }
        match (&old, &new) {
            (Shape::Object(old), Shape::Object(new)) if closed => {
                self.object(path, old, new, &Others::Refused);
            }
            _ => self.value(path, &old, &new),
        }
    }

    fn value(&mut self, path: &str, old: &Shape, new: &Shape) {
        match (old, new) {
            _ if old == new && !mentions_names(old) => {}
            (Shape::Named(_) | Shape::Checked(..), _)
            | (_, Shape::Named(_) | Shape::Checked(..)) => {
                self.shape(path, old, new);
            }
            (Shape::Any, _) => self.add(
                self.direction.narrower(),
                "type-narrowed",
                path,
                self.less(),
            ),
            (_, Shape::Any) => self.add(self.direction.wider(), "type-widened", path, self.more()),
            (Shape::Scalar(old), Shape::Scalar(new)) => self.scalar(path, *old, *new),
            (Shape::List(old), Shape::List(new)) => self.shape(&format!("{path}[]"), old, new),
            (Shape::Map(old), Shape::Map(new)) => self.shape(&format!("{path}{{}}"), old, new),
            (Shape::Tuple(old), Shape::Tuple(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.shape(&format!("{path}[{index}]"), old, new);
                }
            }
            (Shape::Object(old), Shape::Object(new)) => {
                self.object(path, old, new, &Others::Ignored);
            }
            (Shape::Open(old, old_rest), Shape::Open(new, new_rest)) => {
                self.object(path, old, new, &Others::Are(new_rest));
                self.shape(&format!("{path}{{}}"), old_rest, new_rest);
            }
            (Shape::Union(_), _) | (_, Shape::Union(_)) => {
                self.union(path, &members(old), &members(new));
            }
            (Shape::Intersection(old), Shape::Intersection(new)) if old.len() == new.len() => {
                for (old, new) in old.iter().zip(new) {
                    self.shape(path, old, new);
                }
            }
            _ if covers(new, old) => {
                self.add(self.direction.wider(), "type-widened", path, self.more());
            }
            _ if covers(old, new) => {
                self.add(
                    self.direction.narrower(),
                    "type-narrowed",
                    path,
                    self.less(),
                );
            }
            _ => self.changed(path),
        }
    }

    fn more(&self) -> String {
        let verb = self.direction.verb();
        format!("{verb} with values that it could not have before")
    }

    fn less(&self) -> &'static str {
        match self.direction {
            Direction::Sent => "is sent with fewer values than before",
            Direction::Accepted => {
                "is no longer accepted with all values that it could have before"
            }
        }
    }

    fn changed(&mut self, path: &str) {
        let verb = self.direction.verb();
        let message = format!("has another type: what {verb} is not of the older type any more");
        self.add(Impact::BreaksClients, "type-changed", path, message);
    }

    fn scalar(&mut self, path: &str, old: Scalar, new: Scalar) {
        match (old, new) {
            (Scalar::Integer(old), Scalar::Integer(new)) => {
                let bounds = |format: rowcast_schema::contract::IntegerFormat| {
                    let least = if format.signed() { i64::MIN } else { 0 };
                    format.bounds().unwrap_or((least, i64::MAX))
                };
                let ((old_min, old_max), (new_min, new_max)) = (bounds(old), bounds(new));
                if new_min > old_min || new_max < old_max {
                    self.add(
                        self.direction.narrower(),
                        "type-narrowed",
                        path,
                        self.less(),
                    );
                } else if new_min < old_min || new_max > old_max {
                    // A number is a number to clients.
                    self.add(Impact::Safe, "type-widened", path, self.more());
                }
            }
            (Scalar::Integer(_), Scalar::Number(_)) => {
                self.add(Impact::Safe, "type-widened", path, "may have a fraction");
            }
            (Scalar::Number(_), Scalar::Integer(_)) => {
                let message = "may not have a fraction any more";
                self.add(self.direction.narrower(), "type-narrowed", path, message);
            }
            (Scalar::Number(_), Scalar::Number(_)) => {}
            (Scalar::Text(TextFormat::Digits), Scalar::Text(TextFormat::BigInt))
            | (Scalar::Text(TextFormat::BigInt), Scalar::Text(TextFormat::Digits)) => {
                let message = "is another type in the generated client, and the same on the wire";
                self.add(Impact::Safe, "type-decoded", path, message);
            }
            (old, new) if old == new => {}
            (Scalar::Text(_), Scalar::Text(TextFormat::Plain)) => {
                self.add(
                    self.direction.wider(),
                    "type-widened",
                    path,
                    "may be any text, and had a certain form before",
                );
            }
            (Scalar::Text(TextFormat::Plain), Scalar::Text(_)) => {
                let message = "is text of a certain form only";
                self.add(self.direction.narrower(), "type-narrowed", path, message);
            }
            _ => self.changed(path),
        }
    }

    fn union(&mut self, path: &str, old: &[Shape], new: &[Shape]) {
        let types = self.types;
        let Aligned {
            pairs,
            lost,
            gained,
        } = align(&types, old, new);
        for (tag, old, new) in pairs {
            if tag.starts_with('"') {
                self.value(path, old, new);
            } else {
                self.value(&format!("{path}<{tag}>"), old, new);
            }
        }
        for tag in lost {
            let message = format!("lost the choice {tag}");
            self.add(self.direction.narrower(), "choice-removed", path, message);
        }
        for tag in gained {
            let message = format!("has a new choice: {tag}");
            self.add(self.direction.wider(), "choice-added", path, message);
        }
    }

    fn rules(&mut self, path: &str, old: &[Rule], new: &[Rule]) {
        // What is sent obeys rules by chance; clients rely on types.
        if self.direction == Direction::Sent {
            return;
        }
        for rule in tightened(old, new, "before") {
            let message = format!("has a new rule: {rule}");
            self.add(Impact::BreaksClients, "rule-tightened", path, message);
        }
        for rule in tightened(new, old, "now") {
            let message = format!("lost a rule: {rule}");
            self.add(Impact::Safe, "rule-loosened", path, message);
        }
    }
}

/// A type without null; whether null is one of its values; and its rules, which stand at the others.
fn plain(found: Resolved) -> (Shape, bool, Vec<Rule>) {
    let mut rules = found.rules;
    let (shape, is_nullable) = without_null(&found.shape);
    match shape {
        Shape::Checked(inner, own) if is_nullable => {
            rules.extend(own);
            (*inner, true, rules)
        }
        shape => (shape, is_nullable, rules),
    }
}

/// A type without null, and whether it has null.
fn without_null(shape: &Shape) -> (Shape, bool) {
    match shape {
        Shape::Any => (Shape::Any, true),
        Shape::Union(members) if members.contains(&Shape::Null) => {
            let mut rest: Vec<Shape> = members
                .iter()
                .filter(|member| **member != Shape::Null)
                .cloned()
                .collect();
            match rest.len() {
                1 => (rest.remove(0), true),
                _ => (Shape::Union(rest), true),
            }
        }
        other => (other.clone(), false),
    }
}

fn members(shape: &Shape) -> Vec<Shape> {
    match shape {
        Shape::Union(members) => members.clone(),
        other => vec![other.clone()],
    }
}

fn mentions_names(shape: &Shape) -> bool {
    let mut found = false;
    shape.each_name(&mut |_| found = true);
    found
}

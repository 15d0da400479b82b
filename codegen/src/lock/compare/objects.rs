//! Objects: which of their fields came, went, or may have another name.

use rowcast_schema::contract::Property;

use super::Impact;
use super::access::compare_field;
use super::named::resolved;
use super::renames::{POSSIBLE_RENAME, choice};
use super::types::{Direction, Others, Walk};

impl Walk<'_, '_> {
    pub(super) fn object(
        &mut self,
        path: &str,
        old: &[Property],
        new: &[Property],
        others: &Others<'_>,
    ) {
        let of = |properties: &[Property], name: &str| {
            properties.iter().position(|own| own.name == name)
        };
        let added: Vec<&Property> = new
            .iter()
            .filter(|own| of(old, &own.name).is_none())
            .collect();
        let mut asked = Vec::new();
        for property in old {
            let path = format!("{path}.{}", property.name);
            if let Some(at) = of(new, &property.name) {
                self.property(&path, property, &new[at]);
                continue;
            }
            let candidates = self.alike(property, &added);
            asked.extend(self.removed(&path, property, others, candidates));
        }
        for property in added {
            let is_asked = asked.contains(&property.name.as_str());
            self.added(&format!("{path}.{}", property.name), property, is_asked);
        }
    }

    /// The names of those of the same type.
    fn alike<'p>(&self, old: &Property, added: &[&'p Property]) -> Vec<&'p str> {
        let own = resolved(self.types.older, &old.shape).shape;
        let is_alike = |other: &&&Property| resolved(self.types.newer, &other.shape).shape == own;
        let alike = added.iter().filter(is_alike);
        alike.map(|property| property.name.as_str()).collect()
    }

    /// Gives those of `candidates` that it asks about.
    fn removed<'p>(
        &mut self,
        path: &str,
        old: &Property,
        others: &Others<'_>,
        candidates: Vec<&'p str>,
    ) -> Vec<&'p str> {
        let (impact, message) = match (self.direction, others) {
            // Clients know already that it may be missing.
            (Direction::Sent, _) if old.optional => (Impact::Safe, "is no longer sent"),
            (Direction::Sent, _) => (Impact::BreaksClients, "is no longer sent"),
            (Direction::Accepted, Others::Ignored) => (Impact::Safe, "is ignored when it is sent"),
            (Direction::Accepted, Others::Refused) => {
                (Impact::BreaksClients, "is rejected when it is sent")
            }
            (Direction::Accepted, Others::Are(shape)) => {
                self.shape(path, &old.shape, shape);
                return Vec::new();
            }
        };
        if candidates.is_empty() {
            self.add(impact, "field-removed", path, message);
            return candidates;
        }
        let names = choice(&candidates);
        let message = format!("{message}; {names}, of the same type, is new: was it renamed?");
        let help = match self.direction {
            Direction::Sent => format!(
                "older clients read `{0}`: if it was renamed in Rust only, keep its name on the wire by `#[serde(rename = \"{0}\")]`",
                old.name
            ),
            Direction::Accepted => format!(
                "what older clients send as `{0}` is lost: if it was renamed in Rust only, keep its name on the wire by `#[serde(rename = \"{0}\")]`, or take it as an optional field of its own while such clients are in use",
                old.name
            ),
        };
        let code = (POSSIBLE_RENAME, path);
        self.changes
            .add_with_help(Impact::BreaksClients, code, message, help);
        candidates
    }

    /// `is_asked` tells that it may be an earlier field by another name.
    fn added(&mut self, path: &str, new: &Property, is_asked: bool) {
        match (self.direction, new.optional) {
            (Direction::Accepted, false) => {
                let message = "must be sent, which older clients do not do";
                self.add(Impact::BreaksClients, "field-required", path, message);
            }
            _ if is_asked => {}
            (Direction::Sent, _) => {
                let message = "is new in what is sent, where older clients ignore it";
                self.add(Impact::Safe, "field-added", path, message);
            }
            (Direction::Accepted, true) => {
                let message = "is new in what is accepted, and may be left out";
                self.add(Impact::Safe, "field-added", path, message);
            }
        }
    }

    fn property(&mut self, path: &str, old: &Property, new: &Property) {
        match (self.direction, old.optional, new.optional) {
            (Direction::Sent, false, true) => {
                let message = "may be missing in what is sent";
                self.add(Impact::BreaksClients, "field-optional", path, message);
            }
            (Direction::Sent, true, false) => {
                let message = "is never missing in what is sent";
                self.add(Impact::Safe, "field-required", path, message);
            }
            (Direction::Accepted, true, false) => {
                let message = "must be sent, which older clients may not do";
                self.add(Impact::BreaksClients, "field-required", path, message);
            }
            (Direction::Accepted, false, true) => {
                let message = "may be left out in what is accepted";
                self.add(Impact::Safe, "field-optional", path, message);
            }
            _ => {}
        }
        let rules = (&old.access, &new.access);
        compare_field(path, self.direction, rules, self.changes);
        self.shape(path, &old.shape, &new.shape);
    }
}

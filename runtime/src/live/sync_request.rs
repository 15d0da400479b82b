//! The payload of `sync`: for each list, what the client has of it.

use std::collections::BTreeMap;

use rowcast_schema::input::Json;
use rowcast_schema::{FieldErrors, Position};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::list::Lists;
use super::parts;
use crate::store::RowId;

const MALFORMED: &str = "must be null or a position: { epoch, at }; for a list in parts, \
{ after: null } or { epoch, at, after } with the id up to which it is loaded";

/// What a client that calls `sync` has, by the index of the list, as it states.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyncRequest(BTreeMap<usize, ClientCopy>);

/// What a client has of one list, and in how many answers it requests the rest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClientCopy {
    /// The whole list as of a position, or nothing. It requests all that it misses in one answer.
    Whole(Option<Position>),
    /// The same, but a whole list is requested in parts.
    Divisible(Option<Position>),
    /// As of a position, the rows with ids up to `after`. It requests the changes, and the next part.
    Partial { position: Position, after: RowId },
}

impl SyncRequest {
    /// Parses the payload `{ "coaches": { "epoch": "…", "at": 12 } | null, … }`; clients that take lists in parts have
    /// `after` beside the position, or `{ "after": null }` instead of null.
    pub(crate) fn read(lists: &Lists, payload: &RawValue) -> Result<Self, FieldErrors> {
        let Json::Object(entries) = Json::of(payload) else {
            return Err(FieldErrors::general("must be an object"));
        };
        let mut all = BTreeMap::new();
        let mut errors = FieldErrors::default();
        for (name, copy) in entries {
            let name = name.unwrap_or_default();
            let index = lists.lists.iter().position(|list| list.event == name);
            match (index, ClientCopy::read(copy)) {
                (Some(index), Some(copy)) => {
                    all.insert(index, copy);
                }
                (Some(_), None) => errors.add(name, MALFORMED),
                // One unknown list is enough to reject the call.
                (None, _) => return Err(FieldErrors::of(name, "there is no such list")),
            }
        }
        if errors.is_empty() {
            Ok(Self(all))
        } else {
            Err(errors)
        }
    }

    /// What the client has of each list, in the order of the lists.
    pub(super) fn lists(&self) -> impl Iterator<Item = (usize, &ClientCopy)> {
        self.0.iter().map(|(list, copy)| (*list, copy))
    }

    /// Bytes of rows that a part of a list may have.
    pub(super) fn budget(&self) -> usize {
        let divided = |copy: &&ClientCopy| !matches!(copy, ClientCopy::Whole(_));
        parts::budget(self.0.values().filter(divided).count())
    }
}

/// The keys of a list's entry on the wire.
#[derive(Deserialize)]
struct Entry {
    epoch: Option<String>,
    at: Option<u64>,
    /// `None` if the key is missing.
    #[serde(default, deserialize_with = "present")]
    after: Option<Option<RowId>>,
}

impl ClientCopy {
    fn read(copy: &RawValue) -> Option<Self> {
        let Some(entry) = serde_json::from_str::<Option<Entry>>(copy.get()).ok()? else {
            return Some(Self::Whole(None));
        };
        let position = match (entry.epoch, entry.at) {
            (Some(epoch), Some(at)) => Some(Position { epoch, at }),
            (None, None) => None,
            _ => return None,
        };
        match (position, entry.after) {
            (None, None) => None,
            (position, None) => Some(Self::Whole(position)),
            (position, Some(None)) => Some(Self::Divisible(position)),
            (position, Some(Some(after))) => {
                position.map(|position| Self::Partial { position, after })
            }
        }
    }
}

/// Distinguishes a key with the value null from a missing one.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<RowId>>, D::Error> {
    Option::deserialize(value).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(copy: &Value) -> Option<ClientCopy> {
        ClientCopy::read(&RawValue::from_string(copy.to_string()).unwrap())
    }

    #[test]
    fn the_key_after_asks_for_parts() {
        let position = Position {
            epoch: "e".to_owned(),
            at: 12,
        };
        let known = |position: &Position| Some(position.clone());
        for (sent, expected) in [
            (json!(null), ClientCopy::Whole(None)),
            (
                json!({ "epoch": "e", "at": 12 }),
                ClientCopy::Whole(known(&position)),
            ),
            (json!({ "after": null }), ClientCopy::Divisible(None)),
            (
                json!({ "epoch": "e", "at": 12, "after": null }),
                ClientCopy::Divisible(known(&position)),
            ),
        ] {
            assert_eq!(read(&sent), Some(expected), "{sent}");
        }
        for (sent, after) in [(json!(17), RowId::Int(17)), (json!("a"), "a".into())] {
            let sent = json!({ "epoch": "e", "at": 12, "after": sent });
            let position = position.clone();
            assert_eq!(read(&sent), Some(ClientCopy::Partial { position, after }));
        }
    }

    #[test]
    fn incomplete_positions_are_malformed() {
        for sent in [
            json!({}),
            json!({ "at": 12 }),
            json!({ "epoch": "e" }),
            json!({ "epoch": null, "at": null }),
            json!({ "epoch": "e", "after": null }),
            json!({ "at": 12, "after": 1 }),
            json!({ "after": 1 }),
            json!({ "epoch": "e", "at": 12, "after": 1.5 }),
            json!({ "epoch": "e", "at": 12, "after": [1] }),
            json!({ "epoch": "e", "at": 12, "after": true }),
            json!(5),
        ] {
            assert_eq!(read(&sent), None, "{sent}");
        }
    }
}

//! The contract lock: what deployed clients and files with rows rely on, kept in a file beside `rowcast.toml`.
//!
//! A [`Lock`] is made from a contract; [`compare`] says what a newer one breaks. The fingerprint stands for all that
//! clients rely on: generated clients send it when they connect, so that a server knows which clients it still serves.

mod compare;
mod former;
mod stored;

pub use compare::{Change, Impact, compare};
pub use stored::{StoredColumn, StoredTable};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rowcast_schema::Contract;
use rowcast_schema::contract::{Call, Shape};
use rowcast_schema::description::{Access, Allowed, Verb};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of the file.
pub const FILE_NAME: &str = "rowcast.lock.json";

/// The form of the file; counts up when a newer one says more, or something else.
const FORMAT: u32 = 2;

/// The oldest form that is understood.
const OLDEST_FORMAT: u32 = 1;

/// How many earlier contracts are remembered.
const REMEMBERED: usize = 200;

/// What others rely on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    format: u32,
    /// Stands for [`Lock::wire`].
    pub fingerprint: String,
    /// The fingerprints of earlier contracts whose clients are still served.
    #[serde(default)]
    pub compatible: Vec<String>,
    /// What clients rely on.
    pub wire: Wire,
    /// What files with rows rely on, by table.
    pub tables: BTreeMap<String, StoredTable>,
}

/// What clients rely on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// The resources, by the name of the struct.
    pub resources: BTreeMap<String, LockedResource>,
    /// The commands, by the name of the struct.
    pub commands: BTreeMap<String, LockedCommand>,
    /// The events, by the name of the struct.
    pub events: BTreeMap<String, LockedEvent>,
    /// The types that these mention, by name.
    pub types: BTreeMap<String, Shape>,
}

/// A resource on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedResource {
    /// The event that carries the list.
    pub list: String,
    /// The event that carries changes.
    pub changes: String,
    /// Whether plain sockets get the whole list only when they ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_request: bool,
    /// Of which resource the scopes are that confine who sees which rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who may do what, as far as that is declared.
    #[serde(default, skip_serializing_if = "is_undeclared")]
    pub access: Access,
    /// Its calls.
    pub calls: BTreeMap<Verb, LockedCall>,
    /// Whether inputs are read leniently.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lenient: bool,
}

/// A call of a resource on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedCall {
    /// The event that generated clients send.
    pub event: String,
    /// Other events that the server answers alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl LockedCall {
    fn of(call: &Call) -> Self {
        Self {
            event: call.event.to_string(),
            aliases: call.aliases.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether a server answers `event`.
    fn answers(&self, event: &str) -> bool {
        self.event == event || self.aliases.iter().any(|alias| alias == event)
    }
}

/// A command on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedCommand {
    /// Its event.
    pub event: String,
    /// What is sent with it; nothing for a command without fields.
    pub payload: Option<Shape>,
    /// The data of its ack.
    pub ack: Shape,
    /// The key of the data.
    pub data: String,
    /// Whether it takes keys, which generated clients then send.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transaction: bool,
    /// Who may call it, if that is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Allowed>,
    /// Whether its input is read leniently.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lenient: bool,
}

fn is_undeclared(access: &Access) -> bool {
    *access == Access::default()
}

/// An event on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedEvent {
    /// Its name.
    pub event: String,
    /// What it carries.
    pub payload: Shape,
}

/// Why a lock can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// The text is no lock.
    #[error(
        "{place}: this is no contract lock that can be understood: {message}\n  help: restore it from version control, or remove it and write it anew by `cargo codegen lock`"
    )]
    Malformed {
        /// Where the text comes from.
        place: String,
        /// What is wrong with it.
        message: String,
    },
}

impl Lock {
    /// The lock of a contract, without a past.
    pub fn of(contract: &Contract) -> Self {
        let wire = Wire::of(contract);
        Self {
            format: FORMAT,
            fingerprint: wire.fingerprint(),
            compatible: Vec::new(),
            tables: stored::tables(contract),
            wire,
        }
    }

    /// The same lock as the follower of `earlier`, whose clients it goes on serving unless it breaks them.
    #[must_use]
    pub fn following(mut self, earlier: &Self) -> Self {
        if self.fingerprint == earlier.fingerprint {
            self.compatible.clone_from(&earlier.compatible);
        } else if serves(earlier, &self) {
            self.compatible.clone_from(&earlier.compatible);
            self.compatible.push(earlier.fingerprint.clone());
            self.compatible.retain(|known| *known != self.fingerprint);
            let surplus = self.compatible.len().saturating_sub(REMEMBERED);
            self.compatible.drain(..surplus);
        }
        self
    }

    /// Reads the text of a lock file, which comes from `place`.
    ///
    /// # Errors
    /// When it is no lock.
    pub fn parse(text: &str, place: &str) -> Result<Self, LockError> {
        let malformed = |message: String| LockError::Malformed {
            place: place.to_owned(),
            message,
        };
        let lock: Self =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if (OLDEST_FORMAT..=FORMAT).contains(&lock.format) {
            Ok(lock)
        } else {
            Err(malformed(format!(
                "its format is {}, and this version of the generator knows those from {OLDEST_FORMAT} to {FORMAT}",
                lock.format
            )))
        }
    }

    /// Reads a lock file; nothing if there is none.
    ///
    /// # Errors
    /// When it can't be read, or is no lock.
    pub fn read(path: &Path) -> Result<Option<Self>, LockError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &path.display().to_string()).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LockError::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Never in practice: everything in it has a JSON form.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// Whether clients of `earlier` are served by a server of `later`.
fn serves(earlier: &Lock, later: &Lock) -> bool {
    !compare(earlier, later)
        .iter()
        .any(|change| change.impact == Impact::BreaksClients)
}

impl Wire {
    fn of(contract: &Contract) -> Self {
        let resources = contract.resources().iter().map(|resource| {
            let locked = LockedResource {
                list: resource.list_event.to_string(),
                changes: resource.changes_event.to_string(),
                on_request: resource.refresh_on_request,
                scope: resource
                    .scope
                    .map(|scope| contract.resources()[scope.of].name.clone()),
                access: resource.access.clone(),
                calls: resource
                    .calls
                    .iter()
                    .map(|call| (call.verb, LockedCall::of(call)))
                    .collect(),
                lenient: resource.lenient,
            };
            (resource.name.clone(), locked)
        });
        let commands = contract.commands().iter().map(|command| {
            let locked = LockedCommand {
                event: command.event.to_string(),
                payload: (!command.empty).then(|| command.payload.clone()),
                ack: command.ack.clone(),
                data: command.data_key.clone(),
                transaction: command.transaction,
                access: command.access.clone(),
                lenient: command.lenient,
            };
            (command.name.clone(), locked)
        });
        let events = contract.events().iter().map(|event| {
            let locked = LockedEvent {
                event: event.event.to_string(),
                payload: event.payload.clone(),
            };
            (event.name.clone(), locked)
        });
        let types = contract
            .types()
            .iter()
            .map(|definition| (definition.name.clone(), without_docs(&definition.shape)));
        Self {
            resources: resources.collect(),
            commands: commands.collect(),
            events: events.collect(),
            types: types.collect(),
        }
    }

    /// The first 16 hexadecimal digits of the SHA-256 of the JSON.
    fn fingerprint(&self) -> String {
        // All of it has a JSON form; an empty text would only be another fingerprint.
        let text = serde_json::to_string(self).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Docs may change without anyone noticing.
fn without_docs(shape: &Shape) -> Shape {
    let mut plain = shape.with_parts(&without_docs);
    if let Shape::Object(properties) | Shape::Open(properties, _) = &mut plain {
        for property in properties {
            property.doc = String::new();
            property.deprecated = None;
        }
    }
    plain
}

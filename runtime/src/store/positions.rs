//! Positions of changes, and their assignment to changes that are about to be committed.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use rowcast_schema::Position;
use sha2::{Digest, Sha256};

use super::change::{Change, Effect, ListId};

/// The positions of a job's changes: for each list that it changed, the position that contains them.
pub type Positions = Vec<(ListId, Position)>;

/// Changes with the positions that they will have once they are published.
#[derive(Debug)]
pub(crate) struct PlannedChanges {
    pub(super) contract: Arc<str>,
    /// The initial epoch of a list that the log does not have yet.
    pub(super) epoch: Arc<str>,
    /// The positions of the lists after these changes.
    pub(super) ends: Vec<Cursor>,
    pub(super) changes: Vec<ChangeRecord>,
}

/// A position of a list, and the epoch that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cursor {
    pub(crate) epoch: Arc<str>,
    pub(crate) at: u64,
}

/// A change with its position, and the generation if it begins one.
#[derive(Debug)]
pub(crate) struct ChangeRecord {
    pub(crate) at: u64,
    pub(crate) change: Change,
    pub(crate) generation: Option<Arc<str>>,
}

impl PlannedChanges {
    /// Assigns the next positions to the changes of one job; returns those that contain all of them. A reset begins a
    /// new generation, and so a new epoch, in which the positions continue.
    pub(crate) fn add(&mut self, changes: Vec<Change>) -> Positions {
        let mut positions = Positions::new();
        for change in changes {
            let list = change.list;
            let generation = (change.effect == Effect::Reset).then(new_generation);
            let contract = self.contract.clone();
            let end = self.end(list);
            end.at += 1;
            if let Some(generation) = &generation {
                end.epoch = epoch(&contract, generation);
            }
            let (at, position) = (end.at, end.position());
            match positions.iter_mut().find(|(changed, _)| *changed == list) {
                Some((_, earlier)) => *earlier = position,
                None => positions.push((list, position)),
            }
            self.changes.push(ChangeRecord {
                at,
                change,
                generation,
            });
        }
        positions
    }

    /// All changes so far, in the order of their positions.
    pub(crate) fn changes(&self) -> &[ChangeRecord] {
        &self.changes
    }

    /// Adds a change with an assigned position. Missing changes before it become unknown.
    pub(crate) fn add_at(&mut self, at: u64, change: Change) {
        let list = change.list;
        let end = self.end(list);
        let follows = end.at + 1 == at;
        end.at = at;
        let change = if follows { change } else { Change::reset(list) };
        self.changes.push(ChangeRecord {
            at,
            change,
            generation: None,
        });
    }

    /// Sets the generation that a list is in by now. If it differs, the changes in it so far are unknown.
    pub(crate) fn set_generation(&mut self, list: ListId, generation: Arc<str>) {
        let epoch = epoch(&self.contract, &generation);
        let end = self.end(list);
        if end.epoch == epoch {
            return;
        }
        end.epoch = epoch;
        let at = end.at;
        self.changes.push(ChangeRecord {
            at,
            change: Change::reset(list),
            generation: Some(generation),
        });
    }

    fn end(&mut self, list: ListId) -> &mut Cursor {
        if self.ends.len() <= list.0 {
            let beginning = Cursor {
                epoch: self.epoch.clone(),
                at: 0,
            };
            self.ends.resize(list.0 + 1, beginning);
        }
        &mut self.ends[list.0]
    }
}

impl Cursor {
    fn position(&self) -> Position {
        Position {
            epoch: self.epoch.to_string(),
            at: self.at,
        }
    }
}

/// A name for a generation: all positions of a list that may be compared with each other while the contract is the
/// same.
pub(crate) fn new_generation() -> Arc<str> {
    format!("{:08x}", random() as u32).into()
}

/// The name of an epoch: a generation under a contract, since servers with another contract may show other rows, and in
/// another form. It is short, since it is sent with every change.
pub(crate) fn epoch(contract: &str, generation: &str) -> Arc<str> {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(generation)
        .chain_update([0])
        .chain_update(contract)
        .finalize()
        .into();
    let [a, b, c, d, ..] = hash;
    format!("{:08x}", u32::from_be_bytes([a, b, c, d])).into()
}

/// A number that no other call, in this process or another, is likely to return. Not a secret.
pub(crate) fn random() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    // The hasher's keys are seeded by the operating system; they differ by process and thread.
    RandomState::new().hash_one((call, std::process::id(), SystemTime::now()))
}

//! Those who see the same part of a list, and what they have been told of it.

use std::fmt;
use std::sync::{Arc, Weak};

use rowcast_schema::Position;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::loaded::Loaded;
use crate::live::Unseen;
use crate::store::{ChangeLog, Cursor, ListId, Scopes, Source};

/// Sockets that see the same part of a list, since they have the same scopes and see the same fields.
pub(crate) struct Audience {
    list: ListId,
    pub(super) scopes: Scopes,
    /// What makes an epoch one of this audience: who comes to it from another starts anew.
    pub(super) suffix: String,
    /// The room of those who get changes.
    pub(super) synced_room: String,
    /// The room of those who get all that they see.
    pub(super) plain_room: String,
    pub(super) loaded: Loaded,
    told: Arc<Mutex<Told>>,
}

impl Audience {
    /// Those of a list of which not everybody sees the same if it `has_parts`; `event` is the list's.
    pub(super) fn new(
        (list, event, has_parts): (ListId, &str, bool),
        source: Weak<dyn Source>,
        (scopes, unseen): (Scopes, Unseen),
        told: Cursor,
    ) -> Self {
        let suffix = scopes.suffix() + &unseen.suffix();
        // A guard may hide any list, so the room for all lists is for sockets that see all of this one.
        let own_room = has_parts || scopes != Scopes::All;
        Self {
            list,
            synced_room: synced(event, &suffix),
            plain_room: plain(own_room.then_some(event), &suffix),
            loaded: Loaded::new(list, source, (scopes.clone(), unseen)),
            scopes,
            suffix,
            told: Arc::new(Mutex::new(Told::all_up_to(told))),
        }
    }

    /// A position that a client was told as one of this audience. It counts in the epoch that it names, whatever that is.
    pub(super) fn cursor(&self, known: &Position) -> Option<Cursor> {
        let epoch = known.epoch.strip_suffix(&self.suffix)?;
        Some(Cursor {
            epoch: epoch.into(),
            at: known.at,
        })
    }

    /// A position that a write was given as this audience gets to it, unless nothing that leads there concerns it, or the
    /// list has entered another epoch since.
    pub(super) fn position(&self, change_log: &ChangeLog, given: &Position) -> Option<Position> {
        let cursor = Cursor {
            epoch: given.epoch.as_str().into(),
            at: given.at,
        };
        Some(Position {
            epoch: format!("{}{}", given.epoch, self.suffix),
            at: change_log.seen_up_to(self.list, &cursor, &self.scopes)?,
        })
    }

    /// Waits until nobody else sends anything to this audience.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<Told> {
        self.told.clone().lock_owned().await
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audience")
            .field("list", &self.list)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The positions up to which the rooms of an audience have been told.
///
/// Holding it is the right to send something to the audience. Nothing is loaded meanwhile.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) plain: Cursor,
    /// What synced sockets have heard of, in the epoch in which they have the list.
    pub(super) synced: Cursor,
    /// A position of that epoch, `synced` or later. Nothing between the two concerns these sockets, who need not hear of it.
    pub(super) looked: u64,
    /// How often synced sockets still hear where the list is.
    pub(super) beats: u32,
}

impl Told {
    fn all_up_to(cursor: Cursor) -> Self {
        Self {
            plain: cursor.clone(),
            looked: cursor.at,
            synced: cursor,
            beats: 0,
        }
    }

    /// Up to where synced sockets need hear of nothing.
    pub(super) fn looked(&self) -> Cursor {
        Cursor {
            epoch: self.synced.epoch.clone(),
            at: self.looked,
        }
    }

    /// Synced sockets have been told all up to here, in this epoch.
    pub(super) fn synced_has(&mut self, to: Cursor) {
        self.looked = to.at;
        self.synced = to;
    }
}

/// Sockets that get whole lists.
const PLAIN: &str = "rowcast:plain";

/// The room of the sockets that get whole lists: one for all lists that everybody sees all of, else one each.
fn plain(list_with_scopes: Option<&str>, suffix: &str) -> String {
    match list_with_scopes {
        Some(list) => format!("{PLAIN}:{list}{suffix}"),
        None => PLAIN.to_owned(),
    }
}

/// The room of the sockets that get the changes of a list.
fn synced(list: &str, suffix: &str) -> String {
    format!("rowcast:synced:{list}{suffix}")
}

//! What a set of sockets sees of a list identically, and up to where that was published.

use std::fmt;
use std::sync::{Arc, Weak};

use rowcast_schema::Position;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::loaded::Loaded;
use crate::live::FieldMask;
use crate::store::{ChangeLog, Cursor, ListId, Scopes, Source};

/// What sockets with the same scopes and the same field mask see of a list.
pub(crate) struct View {
    list: ListId,
    pub(super) scopes: Scopes,
    /// The end of this view's epochs: a client that comes to it from another view starts anew.
    pub(super) suffix: String,
    /// The room of sockets that get changes.
    pub(super) synced_room: String,
    /// The room of sockets that get the whole list.
    pub(super) plain_room: String,
    pub(super) loaded: Loaded,
    published: Arc<Mutex<Published>>,
}

impl View {
    /// A view of a list, of which not all sockets see the same if it `has_parts`; `event` is the list's.
    pub(super) fn new(
        (list, event, has_parts): (ListId, &str, bool),
        source: Weak<dyn Source>,
        (scopes, mask): (Scopes, FieldMask),
        published: Cursor,
    ) -> Self {
        let suffix = scopes.suffix() + &mask.suffix();
        // A guard may hide any list, so the room for all lists is for sockets that see all of this one.
        let own_room = has_parts || scopes != Scopes::All;
        Self {
            list,
            synced_room: synced(event, &suffix),
            plain_room: plain(own_room.then_some(event), &suffix),
            loaded: Loaded::new(list, source, (scopes.clone(), mask)),
            scopes,
            suffix,
            published: Arc::new(Mutex::new(Published::all_up_to(published))),
        }
    }

    /// A position that was sent to a client of this view. It counts in the epoch that it names.
    pub(super) fn cursor(&self, known: &Position) -> Option<Cursor> {
        let epoch = known.epoch.strip_suffix(&self.suffix)?;
        Some(Cursor {
            epoch: epoch.into(),
            at: known.at,
        })
    }

    /// A position that a write was given as this view gets to it, unless nothing that leads there concerns it, or the
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

    /// Waits until nothing else is sent to this view; while it is held, nothing else is.
    pub(super) async fn publish_guard(&self) -> OwnedMutexGuard<Published> {
        self.published.clone().lock_owned().await
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("list", &self.list)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The positions up to which a list was published to the rooms of a view.
///
/// Holding it is the right to send something to the view. Nothing is loaded meanwhile.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) plain: Cursor,
    /// What synced sockets have heard of, in the epoch in which they have the list.
    pub(super) synced: Cursor,
    /// A position of that epoch, `synced` or later. Nothing between the two concerns this view, so it is not published.
    pub(super) looked: u64,
    /// How often synced sockets still hear where the list is.
    pub(super) heartbeats: u32,
}

impl Published {
    fn all_up_to(cursor: Cursor) -> Self {
        Self {
            plain: cursor.clone(),
            looked: cursor.at,
            synced: cursor,
            heartbeats: 0,
        }
    }

    /// Up to where synced sockets need hear of nothing.
    pub(super) fn looked(&self) -> Cursor {
        Cursor {
            epoch: self.synced.epoch.clone(),
            at: self.looked,
        }
    }

    /// All up to here was published to synced sockets, in this epoch.
    pub(super) fn synced_has(&mut self, to: Cursor) {
        self.looked = to.at;
        self.synced = to;
    }
}

/// Sockets that get whole lists.
const PLAIN: &str = "rowcast:plain";

/// The room of the sockets that get whole lists: one for all lists that every socket sees all of, else one each.
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

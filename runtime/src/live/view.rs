//! The content of a list that a set of sockets sees identically, and the position up to which it was published.

use std::fmt;
use std::sync::{Arc, Weak};

use rowcast_schema::Position;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::loaded::Loaded;
use crate::live::FieldMask;
use crate::store::{ChangeLog, Cursor, ListId, Scopes, Source};

/// The content of a list that sockets with the same scopes and the same field mask see.
pub(crate) struct View {
    list: ListId,
    pub(super) scopes: Scopes,
    /// The end of this view's epochs: a client that comes from another view starts anew.
    pub(super) suffix: String,
    /// The room of sockets that receive changes.
    pub(super) synced_room: String,
    /// The room of sockets that receive the whole list.
    pub(super) plain_room: String,
    pub(super) loaded: Loaded,
    published: Arc<Mutex<Published>>,
}

impl View {
    /// A view of a list; `is_restricted` if the content depends on the caller. `event` is the list's.
    pub(super) fn new(
        (list, event, is_restricted): (ListId, &str, bool),
        source: Weak<dyn Source>,
        (scopes, mask): (Scopes, FieldMask),
        published: Cursor,
    ) -> Self {
        let suffix = scopes.suffix() + &mask.suffix();
        // A guard may hide any list, so the room for all lists is for sockets that see all of this one.
        let own_room = is_restricted || scopes != Scopes::All;
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

    /// Parses a position that was sent to a client of this view. It belongs to the epoch that it names.
    pub(super) fn cursor(&self, known: &Position) -> Option<Cursor> {
        let epoch = known.epoch.strip_suffix(&self.suffix)?;
        Some(Cursor {
            epoch: epoch.into(),
            at: known.at,
        })
    }

    /// The position of a write as this view reaches it; `None` if no change up to it concerns this view, or the list
    /// has entered another epoch since.
    pub(super) fn position(&self, change_log: &ChangeLog, given: &Position) -> Option<Position> {
        let cursor = Cursor {
            epoch: given.epoch.as_str().into(),
            at: given.at,
        };
        Some(Position {
            epoch: format!("{}{}", given.epoch, self.suffix),
            at: change_log.last_visible_up_to(self.list, &cursor, &self.scopes)?,
        })
    }

    /// Waits until nothing else is sent to this view; while the guard is held, nothing else is.
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
/// Sending to the view requires holding this. Nothing is loaded meanwhile.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) plain: Cursor,
    /// The position up to which synced sockets were sent changes, in the epoch in which they have the list.
    pub(super) synced: Cursor,
    /// A position of that epoch, `synced` or later. No change between the two concerns this view, so none is published.
    pub(super) checked_to: u64,
    /// Heartbeats with the position that synced sockets are still to be sent.
    pub(super) heartbeats: u32,
}

impl Published {
    fn all_up_to(cursor: Cursor) -> Self {
        Self {
            plain: cursor.clone(),
            checked_to: cursor.at,
            synced: cursor,
            heartbeats: 0,
        }
    }

    /// The position up to which no change has to be sent to synced sockets.
    pub(super) fn checked_to(&self) -> Cursor {
        Cursor {
            epoch: self.synced.epoch.clone(),
            at: self.checked_to,
        }
    }

    /// All up to here was published to synced sockets, in this epoch.
    pub(super) fn set_synced(&mut self, to: Cursor) {
        self.checked_to = to.at;
        self.synced = to;
    }
}

/// Sockets that receive whole lists.
const PLAIN: &str = "rowcast:plain";

/// The room of the sockets that receive whole lists: one for all lists that every socket sees all of, else one each.
fn plain(list_with_scopes: Option<&str>, suffix: &str) -> String {
    match list_with_scopes {
        Some(list) => format!("{PLAIN}:{list}{suffix}"),
        None => PLAIN.to_owned(),
    }
}

/// The room of the sockets that receive the changes of a list.
fn synced(list: &str, suffix: &str) -> String {
    format!("rowcast:synced:{list}{suffix}")
}

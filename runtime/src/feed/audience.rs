//! Those who see the same part of a list, and what they have been told of it.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Weak};

use rowcast_schema::Position;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::change::ListId;
use super::list::{LiveList, Source};
use super::loaded::Loaded;
use super::log::Feed;
use super::rooms;
use crate::Scopes;
use crate::unseen::Unseen;

/// Sockets that see the same part of a list, since they have the same scopes and see the same fields.
pub(crate) struct Audience {
    list: ListId,
    pub(super) scopes: Scopes,
    /// What makes an epoch one of this audience: who comes to it from another starts anew.
    suffix: String,
    /// The room of those who get changes.
    pub(super) synced_room: String,
    /// The room of those who get all that they see.
    pub(super) plain_room: String,
    pub(super) loaded: Loaded,
    told: Arc<Mutex<Told>>,
}

impl Audience {
    pub(super) fn new(
        list: &LiveList,
        source: Weak<dyn Source>,
        (scopes, unseen): (Scopes, Unseen),
        told: u64,
    ) -> Self {
        let suffix = scopes.suffix() + &unseen.suffix();
        Self {
            list: list.id,
            synced_room: rooms::synced(list.event, &suffix),
            plain_room: rooms::plain(list.has_parts().then_some(list.event), &suffix),
            loaded: Loaded::new(list.id, source, (scopes.clone(), unseen)),
            scopes,
            suffix,
            told: Arc::new(Mutex::new(Told::all_up_to(told))),
        }
    }

    /// The epoch of the positions that this audience is told.
    pub(super) fn epoch<'f>(&self, feed: &'f Feed) -> Cow<'f, str> {
        match self.suffix.as_str() {
            "" => feed.epoch().into(),
            suffix => format!("{}{suffix}", feed.epoch()).into(),
        }
    }

    /// A position of the feed as this audience gets to it, unless nothing that leads there concerns it.
    pub(super) fn position(&self, feed: &Feed, at: u64) -> Option<Position> {
        Some(Position {
            epoch: self.epoch(feed).into_owned(),
            at: feed.seen_up_to(self.list, at, &self.scopes)?,
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
    pub(super) plain: u64,
    /// What synced sockets have heard of.
    pub(super) synced: u64,
    /// Up to here nothing else concerns synced sockets, though they have not heard so.
    pub(super) looked: u64,
    /// How many times more synced sockets are to hear where the list is.
    pub(super) beats: u32,
}

impl Told {
    fn all_up_to(position: u64) -> Self {
        Self {
            plain: position,
            synced: position,
            looked: position,
            beats: 0,
        }
    }
}

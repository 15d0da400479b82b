//! Live lists: every committed change gets a position, and every connected client its share.
//!
//! The store calls [`Feed::commit`] after each commit, in commit order. A [`LiveList`] tells how rows are loaded. For each
//! list one task brings the news to the sockets: plain ones get the whole list, those that called `sync` get
//! [`Changes`](rowcast_schema::Changes). All that is sent about one list is sent under one lock, so that nobody sees it go
//! back in time. This module knows neither tables nor calls.

mod broadcast;
mod catch_up;
mod change;
mod changes;
mod list;
mod lists;
mod log;
mod rooms;
mod sync;

pub use change::{Change, Effect, ListId};
pub use list::{FoundRows, LiveList, Source};
pub use log::{Feed, Positions};

pub(crate) use broadcast::start;
pub(crate) use lists::Lists;
pub(crate) use log::{Plan, StoredLog, new_epoch};
pub(crate) use rooms::{Full, Place};
pub(crate) use sync::{SyncRequest, refresh, sync};

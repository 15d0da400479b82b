//! Live lists: every committed change gets a position, and every connected client its share.
//!
//! The store calls [`ChangeLog::commit`] after each commit, in commit order. A [`LiveList`] tells how rows are loaded. For each
//! list one task brings the news to the sockets: plain ones get the whole list, those that called `sync` get
//! [`Changes`](rowcast_schema::Changes). Of a list with scopes each socket sees a part; those who see the same part are
//! an audience. All that is sent to one about a list is sent under one lock, so that nobody sees it go back in time; the rows
//! are loaded before that lock is taken, so that no socket waits for what another one has asked for. A large list is
//! divided into parts for clients that ask for that. This module knows neither tables nor calls.

mod audience;
mod broadcast;
mod catch_up;
mod changes;
mod list;
mod lists;
mod loaded;
mod missed;
mod parts;
mod place;
mod retry;
mod rooms;
mod sync;
mod sync_request;

pub use list::LiveList;

pub(crate) use broadcast::start;
pub(crate) use lists::Lists;
pub(crate) use place::{place, position_for};
pub(crate) use rooms::{Event, Place, emit_to};
pub(crate) use sync::{refresh, sync};
pub(crate) use sync_request::SyncRequest;

//! Live lists: every committed change gets a position, and every connected client its share.
//!
//! A [`ChangeLog`](crate::ChangeLog) has what was committed, in the order of the commits. A [`LiveList`] tells how rows are loaded. For each
//! list one task brings the news to the sockets: plain ones get the whole list, those that called `sync` get
//! [`Changes`](rowcast_schema::Changes). Of a list with scopes each socket sees a part; those who see the same part are
//! an audience. All that is sent to one about a list is sent under one lock, so that nobody sees it go back in time; the rows
//! are loaded before that lock is taken, so that no socket waits for what another one has asked for. A large list is
//! divided into parts for clients that ask for that. This module knows neither tables nor calls.

mod access;
mod audience;
mod broadcast;
mod catch_up;
mod changes;
mod field_mask;
mod list;
mod lists;
mod loaded;
mod missed;
mod parts;
mod place;
mod retry;
mod sink;
mod subscriber;
mod subscription;
mod sync;
mod sync_request;

pub use access::{Access, Action, Verb};
pub use field_mask::FieldRule;
pub use list::LiveList;

pub(crate) use broadcast::start;
pub(crate) use field_mask::Unseen;
pub(crate) use lists::Lists;
pub(crate) use place::{place, position_for};
pub(crate) use sink::{Event, Full, Sink, Sinks};
pub(crate) use subscription::Subscription;
pub(crate) use sync::{refresh, sync};
pub(crate) use sync_request::SyncRequest;

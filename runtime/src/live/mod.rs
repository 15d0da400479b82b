//! Live lists: every committed change gets a position, and is sent to the clients that see it.
//!
//! A [`ChangeLog`](crate::ChangeLog) holds the latest commits, in their order. A [`LiveList`] loads rows. For each list
//! one task, the publisher, sends the changes to the sockets: plain ones receive the whole list, those that called
//! `sync` receive [`Changes`](rowcast_schema::Changes). Sockets that see the same rows and fields of a list share a
//! view: its rows are loaded and encoded once. Everything about a list is sent to a view under its publish guard, so
//! that no socket sees the list go back in time; rows are loaded before the guard is taken, so that no socket waits for
//! the queries of another. A large list is divided into parts on request. Clients are represented by a `Sink` only:
//! this module depends on neither sockets nor tables nor calls.

mod access;
mod delta;
mod field_mask;
mod lagging;
mod list;
mod loaded;
mod missed;
mod parts;
mod publisher;
mod resubscribe;
mod retry;
mod sink;
mod subscriber;
mod subscription;
mod sync;
mod sync_request;
#[cfg(test)]
mod tests;
mod view;

pub use access::{Access, Action, Verb};
pub use field_mask::FieldRule;
pub use list::LiveList;

pub(crate) use field_mask::FieldMask;
pub(crate) use list::Lists;
pub(crate) use publisher::start;
pub(crate) use resubscribe::{position_for, resubscribe};
pub(crate) use sink::{Event, Full, Sink, Sinks};
pub(crate) use subscription::Subscription;
pub(crate) use sync::{refresh, sync};
pub(crate) use sync_request::SyncRequest;

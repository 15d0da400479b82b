//! The way of a call: order, guard, reading and checking, running, ack.
//!
//! Every event of a socket comes to one handler, which keeps the order in which the client sent them and looks the event
//! up in the [`Router`]. Whatever happens, the client gets an ack. This module knows events and inputs, but no tables.

mod ack;
mod address;
mod answer;
mod contract;
mod dispatch;
mod guard;
mod inbox;
mod key;
mod limits;
mod payload;
mod peer;
mod placing;
mod presence;
mod refusal;
mod route;
mod session;
mod watched;

pub use answer::Answer;
pub use contract::Contract;
pub use guard::{Access, Action, AllowAll, Declared, Denied, Guard, Identified, Verb};
pub use limits::Limits;
pub use peer::Caller;
pub use route::{Call, Route, Router, Stored, route, row_route, write_route};

pub(crate) use ack::AckTo;
pub(crate) use address::{Addresses, Crowded, network, site};
pub(crate) use dispatch::connect;
pub(crate) use peer::Peer;
pub(crate) use placing::review;

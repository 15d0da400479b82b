//! Connected sockets: the order of their calls, their callers, their subscriptions, and their unsent packets.
//!
//! Every event of a socket is passed to one handler, which keeps the order in which the client sent them. The client
//! receives an ack in every case.

mod account_state;
mod ack;
mod address;
mod closing;
mod connect;
mod contract;
mod core;
mod dispatch;
mod events;
mod idle_timer;
mod inbox;
mod outbound;
mod payload;
mod permissions;
mod rate_limit;
mod read_throttle;
mod server;
#[expect(clippy::module_inception, reason = "it has the type of that name")]
mod session;
mod sink;
mod transport;

pub use contract::Contract;
pub use events::{emit_event, emit_event_to_all};
pub use server::Server;

pub(crate) use address::{Addresses, TooMany};
pub(crate) use closing::Closing;
pub(crate) use outbound::{Outbound, Size};
pub(crate) use rate_limit::RateLimit;
pub(crate) use read_throttle::ReadThrottle;
pub(crate) use transport::{ByTransport, Transport};

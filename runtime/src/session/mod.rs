//! Connected sockets: the order of what each one sends, who it is, what it follows, and what it has yet to be sent.
//!
//! Every event of a socket comes to one handler, which keeps the order in which the client sent them. Whatever happens, the
//! client gets an ack.

mod account_news;
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
mod pace;
mod payload;
mod permissions;
mod read_throttle;
mod server;
#[expect(clippy::module_inception, reason = "it has the type of that name")]
mod session;
mod sink;
mod transport;

pub use contract::Contract;
pub use events::{emit_event, emit_event_to_all};
pub use server::Server;

pub(crate) use address::{Addresses, Crowded};
pub(crate) use closing::Closing;
pub(crate) use outbound::{Outbound, Size};
pub(crate) use pace::Pace;
pub(crate) use read_throttle::ReadThrottle;
pub(crate) use transport::{ByTransport, Transport};

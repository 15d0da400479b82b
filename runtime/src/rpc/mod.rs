//! Calls: input and answer of each event, their authorization, and their acks.
//!
//! A [`Route`] is one event of a contract: a handler, with its types erased, and the specification of its ack. The
//! [`Router`] has all of them. The guard is called first, then the payload is parsed and checked, then the call runs.
//! This module depends on events and inputs, but neither on sockets nor on tables.

mod ack_spec;
mod app;
mod attachments;
pub(crate) mod call_metrics;
mod caller;
mod denied;
mod guard;
mod handler;
mod key;
mod limits;
mod network;
pub(crate) mod rejection;
mod route;
mod router;

pub use app::App;
pub use attachments::Payload;
pub use caller::Caller;
pub use denied::Denied;
pub use guard::{AllowAll, Declared, Guard, Identified};
pub use handler::{Call, Stored};
pub use limits::Limits;
pub use route::{Route, route, row_route, write_route};
pub use router::Router;

pub(crate) use ack_spec::Recipient;
pub(crate) use attachments::{
    Mismatch, Outgoing, count as attachment_count, put_in as put_attachments_in,
};
pub(crate) use call_metrics::{CallMetrics, CountedSocket};
pub(crate) use caller::Permissions;
pub(crate) use guard::{check_declared, decide};
pub(crate) use handler::Request;
pub(crate) use key::{client_of, key_of_call, read_key};
pub(crate) use network::{network, site};
pub(crate) use router::Entry;

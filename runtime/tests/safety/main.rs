//! Server safety: one module for each class of faults that a stranger could use, named after it. `SECURITY.md` lists the
//! promises that they prove.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

#[path = "../board/mod.rs"]
mod board;
#[path = "../client/mod.rs"]
mod client;
#[path = "../echo/mod.rs"]
mod echo;
mod http;
#[path = "../rows/mod.rs"]
mod rows;

mod calls_counted_as_sockets;
mod fail_open;
mod idempotency_keys_without_an_owner;
mod idempotency_records_grow_without_a_byte_bound;
mod poisoned_lists;
mod positions;
#[cfg(feature = "accounts")]
mod revocation;
mod session_news;
mod shared_waiting;
#[cfg(feature = "accounts")]
mod sign_in_flood;
mod the_file_itself;

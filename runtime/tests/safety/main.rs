//! Server safety: one module for each class of faults that a stranger could use, named after it. `SECURITY.md` lists the
//! promises that they prove.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

#[path = "../client/mod.rs"]
mod client;

mod idempotency_keys_without_an_owner;
mod idempotency_records_grow_without_a_byte_bound;

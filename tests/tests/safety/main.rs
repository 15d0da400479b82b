//! Server safety where generated code takes part: one module for each class of faults that a stranger could use, named
//! after it. `SECURITY.md` lists the promises that they prove.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

#[path = "../../golden/access/schema.rs"]
pub mod access;
#[rustfmt::skip]
#[path = "../../golden/access/rust/mod.rs"]
pub mod access_server;
#[path = "../../../runtime/tests/client/mod.rs"]
mod client;
#[path = "../../golden/minimal/schema.rs"]
pub mod minimal;
#[rustfmt::skip]
#[path = "../../golden/minimal/rust/mod.rs"]
pub mod minimal_server;
#[path = "../../golden/relations/schema.rs"]
pub mod relations;
#[rustfmt::skip]
#[path = "../../golden/relations/rust/mod.rs"]
pub mod relations_server;

mod idempotency_keys_without_an_owner;
mod poisoned_lists;
mod restored_backups;

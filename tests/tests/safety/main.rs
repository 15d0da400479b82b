//! Server safety where generated code takes part: one module for each class of faults that a stranger could use, named
//! after it. `SECURITY.md` lists the promises that they prove.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../../../runtime/tests/client/mod.rs"]
mod client;
#[path = "../../golden/minimal/schema.rs"]
pub mod minimal;
mod poisoned_lists;
#[path = "../../golden/relations/schema.rs"]
pub mod relations;
mod restored_backups;
#[rustfmt::skip]
#[path = "../../golden/relations/rust/mod.rs"]
pub mod relations_server;
#[rustfmt::skip]
#[path = "../../golden/minimal/rust/mod.rs"]
pub mod minimal_server;

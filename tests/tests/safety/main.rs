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
#[path = "../../golden/scopes/schema.rs"]
pub mod scopes;
#[rustfmt::skip]
#[path = "../../golden/scopes/rust/mod.rs"]
pub mod scopes_server;
#[path = "../../golden/shown/schema.rs"]
pub mod shown;
#[rustfmt::skip]
#[path = "../../golden/shown/rust/mod.rs"]
pub mod shown_server;

mod guard_bypass;
mod hooks_before_scope_checks;
mod idempotency_keys_without_an_owner;
mod poisoned_lists;
mod query_plans;
mod read_access_through_relations;
mod restored_backups;

//! Server safety, as far as it needs generated code: one module for each class of faults that a stranger could use, named
//! after it. `SECURITY.md` lists the promises that they prove.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../../golden/access/schema.rs"]
pub mod access;
#[rustfmt::skip]
#[path = "../../golden/access/rust/mod.rs"]
pub mod access_server;
#[path = "../../../runtime/tests/client/mod.rs"]
mod client;
mod guard_bypass;
mod hooks_before_scope_checks;
mod query_plans;
mod read_access_through_relations;
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

//! The emitted Rust of all golden cases in a crate that uses nothing of it: no item of it is warned about, whatever the
//! application needs, and whatever lints it has turned on.
//!
//! Compiling it is the test. `emitted.rs` has the same modules public, as a library would.

#![deny(warnings, missing_docs, unreachable_pub, clippy::all)]

#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/access/schema.rs"]
mod access;
#[rustfmt::skip]
#[path = "../golden/access/rust/mod.rs"]
mod access_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/bare/schema.rs"]
mod bare;
#[rustfmt::skip]
#[path = "../golden/bare/rust/mod.rs"]
mod bare_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/commands_and_events/schema.rs"]
mod commands_and_events;
#[rustfmt::skip]
#[path = "../golden/commands_and_events/rust/mod.rs"]
mod commands_and_events_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/deletes/schema.rs"]
mod deletes;
#[rustfmt::skip]
#[path = "../golden/deletes/rust/mod.rs"]
mod deletes_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/deprecated/schema.rs"]
mod deprecated;
#[rustfmt::skip]
#[path = "../golden/deprecated/rust/mod.rs"]
mod deprecated_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/empty/schema.rs"]
mod empty;
#[rustfmt::skip]
#[path = "../golden/empty/rust/mod.rs"]
mod empty_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/every/schema.rs"]
mod every;
#[rustfmt::skip]
#[path = "../golden/every/rust/mod.rs"]
mod every_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/fields/schema.rs"]
mod fields;
#[rustfmt::skip]
#[path = "../golden/fields/rust/mod.rs"]
mod fields_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/files/schema.rs"]
mod files;
#[rustfmt::skip]
#[path = "../golden/files/rust/mod.rs"]
mod files_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/ids/schema.rs"]
mod ids;
#[rustfmt::skip]
#[path = "../golden/ids/rust/mod.rs"]
mod ids_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/layout/schema.rs"]
mod layout;
#[rustfmt::skip]
#[path = "../golden/layout/rust/mod.rs"]
mod layout_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/minimal/schema.rs"]
mod minimal;
#[rustfmt::skip]
#[path = "../golden/minimal/rust/mod.rs"]
mod minimal_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/quirks/schema.rs"]
mod quirks;
#[rustfmt::skip]
#[path = "../golden/quirks/rust/mod.rs"]
mod quirks_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/relations/schema.rs"]
mod relations;
#[rustfmt::skip]
#[path = "../golden/relations/rust/mod.rs"]
mod relations_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/scopes/schema.rs"]
mod scopes;
#[rustfmt::skip]
#[path = "../golden/scopes/rust/mod.rs"]
mod scopes_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/shown/schema.rs"]
mod shown;
#[rustfmt::skip]
#[path = "../golden/shown/rust/mod.rs"]
mod shown_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/staff/schema.rs"]
mod staff;
#[rustfmt::skip]
#[path = "../golden/staff/rust/mod.rs"]
mod staff_server;
#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the schema is the application's own"
)]
#[path = "../golden/values/schema.rs"]
mod values;
#[rustfmt::skip]
#[path = "../golden/values/rust/mod.rs"]
mod values_server;

/// An application that has declared the modules and uses nothing of them.
#[test]
fn nothing_that_is_emitted_needs_to_be_used() {}

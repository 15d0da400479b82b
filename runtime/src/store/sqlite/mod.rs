//! The SQLite store: one writer thread that commits in groups, a few reader threads, typed access for generated code.
//!
//! [`Database::open`] creates and completes the tables. [`Database::write`] runs a closure in a savepoint of the writer's
//! transaction and gives its result after the commit, with the positions that its changes got in the change log;
//! [`Database::read`] runs a closure on a consistent snapshot. Generated code builds its statements at generation time
//! and uses [`Read`] and [`Transaction`] to run them. This module knows nothing of sockets.

mod batch;
mod change_records;
mod check;
mod codecs;
mod constraints;
mod database;
mod definition;
mod deletion;
mod depth;
mod file;
mod followers;
mod generated;
mod idempotency;
mod idle;
mod leftover;
mod location;
mod others;
mod page;
mod readers;
mod references;
mod rows_of;
mod schema;
mod scoping;
mod table_error;
mod tables;
mod transaction;
mod unreadable;
mod writer;
mod written;

pub use codecs::{Blob, Finite, Ids, Json, Text};
pub use database::{Database, OpenError, Options};
pub use definition::{
    ColumnDefinition, ListDefinition, ListRead, StoreDefinition, TableDefinition,
};
pub use deletion::MAX_DEPTH;
pub use generated::{default_of, now, values, when_present};
pub use idempotency::{IdempotencyKey, KeyOwner, MIN_BEARER_KEY};
pub use page::{page, page_limit};
pub use references::References;
pub use rows_of::{Found, RowsOf};
pub use rusqlite::{Params, Result, Row, params};
/// So that generated code needs no `serde` of its own.
pub use serde::Serialize;
pub use transaction::{Children, Read, Reader, Transaction};
pub use written::Written;

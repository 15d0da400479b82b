//! The SQLite store: one writer thread that commits in groups, and a few reader threads.
//!
//! [`Database::open`] creates and completes the tables. [`Database::write`] runs a closure in a savepoint of the writer's
//! transaction and gives its result after the commit, with the positions that its changes got in the change log;
//! [`Database::read`] runs a closure on a consistent snapshot.

mod batch;
mod change_records;
mod check;
mod connection;
mod database;
mod file;
mod followers;
mod idempotency;
mod idle;
mod leftover;
mod location;
mod open;
mod others;
mod queue;
mod readers;
mod schema;
mod table_error;
mod tables;
mod writer;

pub use database::Database;
pub use idempotency::{IdempotencyKey, KeyOwner, MIN_BEARER_KEY};
pub use open::{OpenError, Options};

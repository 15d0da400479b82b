//! The SQLite store: one writer thread that commits in batches, and a few reader threads.
//!
//! [`Database::open`] creates and completes the tables. [`Database::write`] runs a closure in a savepoint of the
//! writer's transaction and returns its result after the commit, with the positions of its changes in the change log;
//! [`Database::read`] runs a closure on a consistent snapshot.

mod batch;
mod change_records;
mod check;
mod connection;
mod database;
mod external_writes;
mod file;
mod followers;
mod idempotency;
mod leftover;
mod location;
mod maintenance;
mod open;
mod queue;
mod readers;
mod schema;
mod table_error;
mod tables;
mod writer;

pub use database::Database;
pub use idempotency::{IdempotencyKey, KeyOwner, MIN_BEARER_KEY};
pub use open::{OpenError, Options};

//! Rows, their changes, and the positions of these.
//!
//! A [`Database`] stores the rows in a file, and with each commit the change records of their lists. Generated code
//! builds its [`Statement`]s at generation time, and runs them by a [`Reader`] or a [`Transaction`]. The newest records
//! are in memory too, in the [`ChangeLog`]: live lists read the changes since a position from it. A [`Source`] loads
//! the rows of a list. This module depends on neither sockets nor calls.

mod sqlite;

mod change;
mod change_log;
mod columns;
mod connection;
mod constraints;
mod definition;
mod deletion;
mod error;
mod follower;
mod generated;
mod json;
mod parameters;
mod positions;
mod references;
mod row;
mod row_id;
mod scopes;
mod scoping;
mod source;
mod statement;
mod transaction;
mod unreadable;
mod value;
mod written;

pub use change::{Change, Effect, ListId, Reach};
pub use change_log::ChangeLog;
pub use columns::{Blob, Finite, Ids, Json, Text, now};
pub use definition::{
    Column, ListDefinition, ListRead, StoreDefinition, TableDefinition, UniqueKey,
};
pub use deletion::MAX_DEPTH;
pub use error::Error;
pub use generated::{FieldOf, default_of, page, page_limit, when_present};
pub use parameters::{Parameters, values};
pub use positions::Positions;
pub use references::References;
pub use row::{ColumnError, Row};
pub use row_id::RowId;
pub use scopes::Scopes;
pub use source::{Found, FoundRows, RowsOf, Source};
pub use sqlite::{Database, IdempotencyKey, KeyOwner, MIN_BEARER_KEY, OpenError, Options};
pub use statement::Statement;
pub use transaction::{Children, Read, Reader, Transaction};
pub use value::{FromValue, ToValue, Value, ValueError};
pub use written::Written;

use change_log::{ChangedRow, StoredLog};
pub(crate) use change_log::{HasChanges, Since};
pub(crate) use error::{Panicked, caught, no_such_row};
use follower::{Follower, LaterRecord, LaterRecords, StoredChanges};
pub(crate) use json::{NotFinite, to_json, to_json_text};
use positions::{ChangeRecord, PlannedChanges, new_generation};
pub(crate) use positions::{Cursor, random};
pub(crate) use scopes::{ScopesByKind, view_suffix};

//! Rows, their changes, and the positions of these.
//!
//! [`sqlite`] keeps the rows in a file, and with each commit the change records of the lists that they are in. The newest
//! records are in memory too, in the [`ChangeLog`]: there live lists find what has happened since a position. A [`Source`]
//! loads the rows of a list. This module knows neither sockets nor calls.

pub mod sqlite;

mod change;
mod change_log;
mod error;
mod json;
mod positions;
mod random;
mod row_id;
mod scopes;
mod source;

pub use change::{Change, Effect, ListId, Reach};
pub use change_log::ChangeLog;
pub use error::{Refusal, StoreError};
pub use positions::Positions;
pub use row_id::RowId;
pub use scopes::Scopes;
pub use source::{FoundRows, Source};

use change_log::{ChangedRow, StoredLog};
pub(crate) use change_log::{HasChanges, Since};
pub(crate) use error::{Panicked, no_such_row};
pub(crate) use json::{NotFinite, to_json, to_json_text};
pub(crate) use positions::Cursor;
use positions::{ChangeRecord, PlannedChanges, new_epoch};
pub(crate) use random::random;
pub(crate) use scopes::{ScopesByKind, part_name};

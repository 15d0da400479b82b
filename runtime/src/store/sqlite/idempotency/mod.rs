//! Idempotency records: the results of calls with a key, so that a call that is sent again is not executed again.
//!
//! A record is written in the commit of its call's effects. Only executed calls have one: a call that was rejected
//! changed nothing, and is evaluated again. A record holds no key, no payload and no row: it is found by a keyed hash
//! of owner and key, and its content is encrypted with a key that is derived from them ([`names`]). The records of a
//! file are bounded by age, count and bytes ([`bounds`]).

mod bounds;
mod former;
mod key;
mod names;
mod records;

use rusqlite::{Connection, TransactionBehavior};

pub(super) use bounds::{Bounds, Usage, expire, trim};
pub use key::{IdempotencyKey, KeyOwner, MIN_BEARER_KEY};
pub(super) use names::{Names, Secret};
pub(super) use records::{IdempotencyRecord, Kept, Lookup, Records};

use super::table_error::TableError;

/// `rowcast_idempotency` has one row: the secret of the file and the totals of its records.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS rowcast_idempotency (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    records INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS rowcast_idempotency_records (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE,
    client_name BLOB,
    owner INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    made INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS rowcast_idempotency_records_client
    ON rowcast_idempotency_records (client_name) WHERE client_name IS NOT NULL;
CREATE INDEX IF NOT EXISTS rowcast_idempotency_records_owner ON rowcast_idempotency_records (owner);
CREATE TABLE IF NOT EXISTS rowcast_idempotency_owners (
    owner INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL,
    records INTEGER NOT NULL
);
DROP INDEX IF EXISTS rowcast_idempotency_owners_bytes;
";
const MAKE_SECRET: &str = "
INSERT INTO rowcast_idempotency (id, secret, bytes, records) VALUES (1, ?1, 0, 0) ON CONFLICT DO NOTHING";
const SECRET: &str = "SELECT secret FROM rowcast_idempotency";

/// Creates the tables, converts the records of an earlier version, and brings the records within the bounds; returns
/// the secret of the file.
pub(super) fn prepare(connection: &mut Connection, bounds: Bounds) -> Result<Secret, TableError> {
    let fresh = Secret::draw()?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute(MAKE_SECRET, [&fresh[..]])?;
    let secret = transaction.query_row(SECRET, [], |row| row.get(0))?;
    let was_former = former::take_over(&transaction, &secret, bounds)?;
    bounds::recount(&transaction)?;
    bounds::trim_all(&transaction, bounds)?;
    let secret = Secret::new(secret, former::is_any(&transaction)?);
    transaction.commit()?;
    if was_former {
        former::wipe(connection);
    }
    Ok(secret)
}

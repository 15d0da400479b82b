//! Idempotency records are bounded in bytes, whoever writes how much, and hold nothing that can be read.
//!
//! Long, since its cases share one way to set the scene.

use std::path::Path;
use std::time::{Duration, SystemTime};

use rowcast_runtime::store::{
    Column, Database, ListDefinition, Options, Read, Reader, Statement, StoreDefinition,
    TableDefinition, Transaction,
};
use rowcast_runtime::{Error, IdempotencyKey, KeyOwner, ListId, RowId, Written};
use rusqlite::Connection;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const TABLE: TableDefinition = TableDefinition {
    name: "notes",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL)",
    ),
    indexes: &[],
    columns: &[Column::new("id"), Column::new("text")],
    keys: &[],
};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[TABLE],
    lists: &[ListDefinition::new("notes")],
    contract: "1",
};

const KEY: &str = "0191e5d4a6c3f00dfeedf00dfeedf00d";
const SECRET: &str = "a-password-that-is-nowhere-in-the-file";

fn open(folder: &TempDir, options: Options) -> Database {
    Database::open(folder.path().join("notes.db"), options, &STORE).unwrap()
}

/// Records of commands with answers of 1,000 bytes: about fifty have room.
fn small() -> Options {
    Options {
        idempotency_bytes: 64 * 1024,
        ..Options::default()
    }
}

fn account(name: &str) -> KeyOwner {
    KeyOwner::Account {
        account: name.into(),
        client: None,
    }
}

fn key(owner: &KeyOwner, key: impl Into<String>) -> IdempotencyKey {
    IdempotencyKey {
        owner: owner.clone(),
        key: key.into(),
        call: b"call".into(),
    }
}

type Answered = Result<Written<Box<RawValue>>, Error>;

/// A command that answers so many bytes.
async fn answer(database: &Database, key: IdempotencyKey, bytes: usize) -> Answered {
    let work = move |tx: &Transaction<'_>| {
        tx.insert(&TABLE, "INSERT INTO notes (text) VALUES ('x')", [])?;
        Ok(to_raw_value(&"x".repeat(bytes))?)
    };
    database.write_once(key, work).await
}

/// Whether the record of a call is there: it is not carried out then.
async fn is_kept(database: &Database, owner: &KeyOwner, name: &str) -> bool {
    let work = |_: &Transaction<'_>| Err(Error::not_found("record"));
    database.write_once(key(owner, name), work).await.is_ok()
}

async fn number(database: &Database, sql: &'static str) -> i64 {
    let read = move |reader: &Reader<'_>| reader.row(sql, [], |row| row.get(0));
    database.read(read).await.unwrap().unwrap_or_default()
}

const TOTAL: &str = "SELECT bytes FROM rowcast_idempotency";
const NOTES: &str = "SELECT count(*) FROM notes";

fn contains(folder: &Path, text: &[u8]) -> bool {
    let files = folder
        .read_dir()
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files
        .into_iter()
        .any(|bytes| bytes.windows(text.len()).any(|part| part == text))
}

#[tokio::test]
async fn a_file_holds_no_key_no_payload_and_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let payload = json!({ "password": SECRET }).to_string();
    let owner = KeyOwner::Account {
        account: "rose-the-account".into(),
        client: Some("client-id-of-more-than-20-characters".into()),
    };
    let presented = IdempotencyKey {
        call: Sha256::digest(format!("login\0{payload}"))[..16].to_vec(),
        ..key(&owner, KEY)
    };
    let call = presented.call.clone();
    let work = |_: &Transaction<'_>| Ok(to_raw_value(&format!("token of {SECRET}"))?);
    let written = database.write_once(presented, work).await.unwrap();
    let texts = [
        KEY,
        SECRET,
        "password",
        "rose-the-account",
        "client-id-of",
        "login",
        "token of",
    ];
    for text in texts {
        assert!(!contains(folder.path(), text.as_bytes()), "{text}");
    }
    // Nor a hash that needs no more than the payload.
    for unkeyed in [
        &call,
        &Sha256::digest(&payload).to_vec(),
        &Sha256::digest(&call).to_vec(),
    ] {
        assert!(!contains(folder.path(), &unkeyed[..8]));
    }
    let presented = IdempotencyKey {
        call,
        ..key(&owner, KEY)
    };
    let replayed = database
        .write_once(presented, |_| Err(Error::Busy))
        .await
        .unwrap();
    assert_eq!(replayed.value.get(), written.value.get());
}

#[tokio::test]
async fn the_same_payload_has_another_fingerprint_with_each_key_and_in_each_file() {
    let fingerprint = async |owner: &str, name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let database = open(&folder, Options::default());
        answer(&database, key(&account(owner), name), 1)
            .await
            .unwrap();
        let sql = "SELECT hex(fingerprint) FROM rowcast_idempotency_records";
        let read = move |reader: &Reader<'_>| reader.row(sql, [], |row| row.get::<String>(0));
        let found = database.read(read).await.unwrap().unwrap();
        answer(&database, key(&account(owner), "another key"), 1)
            .await
            .unwrap();
        let distinct = "SELECT count(DISTINCT fingerprint) FROM rowcast_idempotency_records";
        assert_eq!(number(&database, distinct).await, 2);
        found
    };
    assert_ne!(
        fingerprint("rose", "k").await,
        fingerprint("rose", "k").await
    );
}

#[tokio::test]
async fn of_a_row_nothing_is_kept_but_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let rose = account("rose");
    for update in 0..50 {
        let work = |tx: &Transaction<'_>| {
            tx.changed(ListId(0), 1);
            Ok((RowId::from(1), to_raw_value(&"x".repeat(100_000))?))
        };
        let replay = |_: &Transaction<'_>, _| Ok(to_raw_value("now")?);
        let key = key(&rose, format!("key {update}"));
        database.write_row_once(key, work, replay).await.unwrap();
    }
    assert!(
        number(
            &database,
            "SELECT max(bytes) FROM rowcast_idempotency_records"
        )
        .await
            < 350
    );
    assert!(number(&database, TOTAL).await < 50 * 350);
}

#[tokio::test]
async fn all_records_together_stay_within_their_bytes_and_are_counted_right() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, small());
    for call in 0..300 {
        let owner = match call % 3 {
            0 => account(&format!("account {}", call % 7)),
            1 => KeyOwner::Client(format!("client {call}").into()),
            _ => KeyOwner::Bearer,
        };
        let key = key(&owner, format!("a key of 20 characters {call}"));
        answer(&database, key, 1000).await.unwrap();
        // What the last commit added may stand above it.
        assert!(number(&database, TOTAL).await <= 64 * 1024, "{call}");
    }
    assert!(number(&database, TOTAL).await > 60 * 1024);
    let wrong = "SELECT count(*) FROM rowcast_idempotency WHERE
        bytes <> (SELECT sum(bytes) FROM rowcast_idempotency_records)
        OR records <> (SELECT count(*) FROM rowcast_idempotency_records)
        OR bytes <> (SELECT sum(bytes) FROM rowcast_idempotency_owners)";
    assert_eq!(number(&database, wrong).await, 0);
    assert_eq!(number(&database, NOTES).await, 300);
    let content = "SELECT sum(length(sealed)) FROM rowcast_idempotency_records";
    assert!(number(&database, content).await < number(&database, TOTAL).await);
}

#[tokio::test]
async fn an_account_that_writes_much_pushes_out_its_own_records_only() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, small());
    let (rose, flood, plain) = (account("rose"), account("flood"), KeyOwner::Bearer);
    for call in 0..5 {
        answer(&database, key(&rose, format!("{call}")), 1000)
            .await
            .unwrap();
        answer(&database, key(&plain, format!("{call}")), 1000)
            .await
            .unwrap();
    }
    for call in 0..500 {
        answer(&database, key(&flood, format!("{call}")), 1000)
            .await
            .unwrap();
    }
    for call in 0..5 {
        assert!(is_kept(&database, &rose, &call.to_string()).await);
        assert!(is_kept(&database, &plain, &call.to_string()).await);
    }
    // Its own: the newest stay.
    assert!(is_kept(&database, &flood, "499").await && is_kept(&database, &flood, "480").await);
    assert!(!is_kept(&database, &flood, "0").await);
}

#[tokio::test]
async fn invented_clients_have_one_share_together_and_keep_a_quarter() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, small());
    let rose = account("rose");
    for call in 0..10 {
        answer(&database, key(&rose, format!("{call}")), 1000)
            .await
            .unwrap();
    }
    for call in 0..300 {
        let invented = KeyOwner::Client(format!("client {call}").into());
        answer(&database, key(&invented, "k"), 1000).await.unwrap();
    }
    for call in 0..10 {
        assert!(is_kept(&database, &rose, &call.to_string()).await, "{call}");
    }
    // Many accounts, each with less than the clients without one: those keep what a quarter has room for.
    for call in 0..300 {
        let owner = account(&format!("account {}", call % 30));
        answer(&database, key(&owner, format!("{call}")), 1000)
            .await
            .unwrap();
    }
    let anonymous = "SELECT bytes FROM rowcast_idempotency_owners WHERE owner = 0";
    let kept = number(&database, anonymous).await;
    // Less what is taken from them before it is counted again.
    assert!((12 * 1024..=16 * 1024).contains(&kept), "{kept}");
}

#[tokio::test]
async fn small_records_make_room_for_large_ones_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, small());
    let rose = account("rose");
    for call in 0..400 {
        answer(&database, key(&rose, format!("{call}")), 1)
            .await
            .unwrap();
    }
    for call in 400..420 {
        answer(&database, key(&rose, format!("{call}")), 4000)
            .await
            .unwrap();
        assert!(number(&database, TOTAL).await <= 64 * 1024);
    }
}

#[tokio::test]
async fn a_long_answer_is_given_once_and_its_call_never_carried_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let rose = account("rose");
    for (long, bytes) in [(false, 64 * 1024 - 2), (true, 64 * 1024)] {
        let key = || key(&rose, bytes.to_string());
        let first = answer(&database, key(), bytes).await.unwrap();
        assert_eq!(first.value.get().len(), bytes + 2);
        match answer(&database, key(), bytes).await {
            Ok(replayed) => assert!(!long && replayed.value.get() == first.value.get()),
            Err(rejected) => {
                assert!(long && matches!(rejected, Error::Conflict(_)));
                assert_eq!(
                    rejected.to_string(),
                    "_: this call was carried out before, but its answer was too long to be kept: read what it has changed"
                );
            }
        }
    }
    assert_eq!(number(&database, NOTES).await, 2);
}

#[tokio::test]
async fn no_single_answer_takes_more_than_a_sixteenth() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, small());
    answer(&database, key(&account("rose"), "k"), 5000)
        .await
        .unwrap();
    assert!(number(&database, TOTAL).await < 500);
}

#[tokio::test]
async fn a_lower_bound_counts_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    for call in 0..200 {
        answer(&database, key(&account("rose"), format!("{call}")), 1000)
            .await
            .unwrap();
    }
    drop(database);
    let database = open(&folder, small());
    assert!(number(&database, TOTAL).await <= 64 * 1024);
    assert!(is_kept(&database, &account("rose"), "199").await);
    assert!(!is_kept(&database, &account("rose"), "0").await);
}

#[tokio::test]
async fn rejected_calls_leave_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    for call in 0..20 {
        let reject = |_: &Transaction<'_>| Err(Error::conflict("text", "is taken"));
        let key = key(&account("rose"), format!("{call}"));
        assert!(database.write_once(key, reject).await.is_err());
    }
    assert_eq!(number(&database, TOTAL).await, 0);
}

/// The table and a record of the version that kept answers as they were.
const FORMER_TABLE: &str = "
CREATE TABLE rowcast_receipts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    call BLOB NOT NULL,
    made INTEGER NOT NULL,
    code TEXT,
    answer TEXT NOT NULL,
    positions TEXT NOT NULL
)";
const FORMER_RECORD: &str = "
INSERT INTO rowcast_receipts (key, call, made, code, answer, positions) VALUES (?1, ?2, ?3, ?4, ?5, '[[\"notes\",1]]')";

/// A file as that version left it, with answers in pages that were freed too.
fn former_file(folder: &TempDir) {
    drop(open(folder, Options::default()));
    let file = Connection::open(folder.path().join("notes.db")).unwrap();
    file.execute_batch(
        "DROP TABLE rowcast_idempotency; DROP TABLE rowcast_idempotency_records; DROP TABLE rowcast_idempotency_owners",
    )
    .unwrap();
    file.execute_batch(FORMER_TABLE).unwrap();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let keep = |key: &str, code: Option<&str>, answer: String, made: Duration| {
        let row = (key, b"call", made.as_secs() as i64, code, answer);
        file.execute(FORMER_RECORD, row).unwrap();
    };
    for freed in 0..50 {
        let answer = json!(format!("{SECRET} {}", "freed ".repeat(500))).to_string();
        keep(&format!("expired-{freed}-{KEY}"), None, answer, now);
    }
    file.execute("DELETE FROM rowcast_receipts", []).unwrap();
    keep(
        &format!("row-{KEY}"),
        None,
        json!({ "id": 7, "text": SECRET }).to_string(),
        now,
    );
    keep(
        &format!("command-{KEY}"),
        None,
        json!(SECRET).to_string(),
        now,
    );
    keep(
        &format!("rejected-{KEY}"),
        Some("conflict"),
        json!({ "_": [SECRET] }).to_string(),
        now,
    );
    keep("short", None, json!(SECRET).to_string(), now);
    let old = now - Duration::from_hours(25);
    keep(&format!("old-{KEY}"), None, json!(SECRET).to_string(), old);
}

#[tokio::test]
async fn a_file_of_the_version_that_kept_answers_as_they_were_has_none_any_more() {
    let folder = tempfile::tempdir().unwrap();
    former_file(&folder);
    assert!(contains(folder.path(), SECRET.as_bytes()) && contains(folder.path(), b"freed"));
    let database = open(&folder, Options::default());
    for text in [SECRET, KEY, "freed freed", "short", "rowcast_receipts"] {
        assert!(!contains(folder.path(), text.as_bytes()), "{text}");
    }
    let left = "SELECT count(*) FROM sqlite_schema WHERE name = 'rowcast_receipts'";
    assert_eq!(number(&database, left).await, 0);
}

#[tokio::test]
async fn calls_that_the_version_before_carried_out_are_not_carried_out_again() {
    let folder = tempfile::tempdir().unwrap();
    former_file(&folder);
    let database = open(&folder, Options::default());
    let client = KeyOwner::Client("client-id-of-more-than-20-characters".into());
    for owner in [account("rose"), client, KeyOwner::Bearer] {
        let command = answer(&database, key(&owner, format!("command-{KEY}")), 1)
            .await
            .unwrap();
        assert_eq!(command.value.get(), json!(SECRET).to_string());
        assert_eq!(command.position(ListId(0)).unwrap().at, 1);
        let work = |_: &Transaction<'_>| Err(Error::Busy);
        let replay = |_: &Transaction<'_>, id: RowId| Ok(to_raw_value(&format!("row {id} now"))?);
        let row = database
            .write_row_once(key(&owner, format!("row-{KEY}")), work, replay)
            .await;
        assert_eq!(row.unwrap().value.get(), "\"row 7 now\"");
        let other = IdempotencyKey {
            call: b"other".into(),
            ..key(&owner, format!("row-{KEY}"))
        };
        assert!(matches!(
            answer(&database, other, 1).await,
            Err(Error::Conflict(_))
        ));
    }
    assert_eq!(number(&database, NOTES).await, 0);
    // Of these it is not known whose they were, or they changed nothing, or are too old.
    for name in [
        "short".to_owned(),
        format!("rejected-{KEY}"),
        format!("old-{KEY}"),
    ] {
        assert!(!is_kept(&database, &account("rose"), &name).await, "{name}");
    }
}

#[tokio::test]
async fn processes_that_share_a_file_count_together() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (open(&folder, small()), open(&folder, small()));
    let rose = account("rose");
    for call in 0..100 {
        let database = if call % 2 == 0 { &old } else { &new };
        answer(database, key(&rose, format!("{call}")), 1000)
            .await
            .unwrap();
    }
    assert!(number(&old, TOTAL).await <= 64 * 1024);
    assert!(is_kept(&old, &rose, "99").await && is_kept(&new, &rose, "98").await);
}

#[tokio::test]
async fn what_is_not_counted_yet_is_little_and_is_counted_when_the_file_is_opened() {
    const KEPT: &str = "SELECT sum(bytes) FROM rowcast_idempotency_records";
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let rose = account("rose");
    for call in 0..100 {
        answer(&database, key(&rose, format!("{call}")), 100)
            .await
            .unwrap();
    }
    let (kept, counted) = (
        number(&database, KEPT).await,
        number(&database, TOTAL).await,
    );
    assert!(counted > 0 && counted < kept, "{counted} of {kept}");
    assert!(kept - counted < 64 * 1024, "{counted} of {kept}");
    drop(database);
    let database = open(&folder, Options::default());
    let counted = number(&database, TOTAL).await;
    assert_eq!(counted, number(&database, KEPT).await);
    assert!(counted >= kept);
    // With narrow bounds no more is left uncounted than a sixteenth of them.
    drop(database);
    let database = open(&folder, small());
    for call in 0..400 {
        answer(&database, key(&rose, format!("again {call}")), 1000)
            .await
            .unwrap();
        assert!(number(&database, KEPT).await <= 64 * 1024 + 4 * 1024 + 2 * 1200);
    }
}

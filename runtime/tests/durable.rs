//! What a file remembers beside its rows: where its lists stand, what changed last, and what calls were answered.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

use std::time::Duration;

use futures_util::future::join_all;
use rowcast_runtime::store::{
    Column, Database, ListDefinition, Options, Read, Statement, StoreDefinition, TableDefinition,
    Transaction,
};
use rowcast_runtime::{Error, IdempotencyKey, KeyOwner, ListId, Written};
use serde_json::value::{RawValue, to_raw_value};
use tempfile::TempDir;

const NOTES: ListId = ListId(0);
const TAGS: ListId = ListId(1);

const TABLE: TableDefinition = TableDefinition {
    name: "notes",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL UNIQUE)",
    ),
    indexes: &[],
    columns: &[Column::new("id"), Column::new("text")],
    keys: &[],
};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[TABLE],
    lists: &[ListDefinition::new("notes"), ListDefinition::new("tags")],
    contract: "1",
};

fn open_as(folder: &TempDir, options: Options, store: &StoreDefinition) -> Database {
    Database::open(folder.path().join("notes.db"), options, store).unwrap()
}

fn open(folder: &TempDir) -> Database {
    open_as(folder, Options::default(), &STORE)
}

fn add(tx: &Transaction<'_>, text: &str) -> Result<i64, Error> {
    let id = tx.insert(&TABLE, "INSERT INTO notes (text) VALUES (?1)", [text])?;
    tx.changed(NOTES, id);
    Ok(id)
}

async fn note(database: &Database, text: &'static str) -> u64 {
    let written = database.write(move |tx| add(tx, text)).await.unwrap();
    written.position(NOTES).unwrap().at
}

fn key_of(key: &str, call: &str) -> IdempotencyKey {
    IdempotencyKey {
        owner: KeyOwner::Server,
        key: key.into(),
        call: call.into(),
    }
}

/// Adds a note once; the call is the text.
async fn note_once(
    database: &Database,
    key: &str,
    text: &'static str,
) -> Result<Written<Box<RawValue>>, Error> {
    let work = move |tx: &Transaction<'_>| Ok(to_raw_value(&add(tx, text)?)?);
    database.write_once(key_of(key, text), work).await
}

async fn strings(database: &Database, sql: &'static str) -> Vec<String> {
    database
        .read(move |reader| reader.rows(sql, [], |row| row.get(0)))
        .await
        .unwrap()
}

const LOG: &str = "SELECT list || ' ' || position || ' ' || operation || ' ' || ifnull(row_id, '-')
    FROM rowcast_changes ORDER BY list, position";

#[tokio::test]
async fn positions_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder);
    let epoch = first.change_log().epoch(NOTES);
    assert_eq!(note(&first, "a").await, 1);
    assert_eq!(note(&first, "b").await, 2);
    drop(first);
    let second = open(&folder);
    assert_eq!(second.change_log().epoch(NOTES), epoch);
    assert_eq!(second.change_log().position(NOTES), 2);
    assert_eq!(second.change_log().position(TAGS), 0);
    assert_eq!(note(&second, "c").await, 3);
}

#[tokio::test]
async fn the_log_names_each_row_once_a_job() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder);
    let written = database
        .write(|tx| {
            let id = add(tx, "short-lived")?;
            tx.changed(TAGS, "red");
            tx.delete("DELETE FROM notes WHERE id = ?1", [id])?;
            tx.changed(NOTES, id);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(written.position(NOTES).unwrap().at, 1);
    database.refresh(&[TAGS]).await.unwrap();
    let refused = database
        .write(|tx| {
            add(tx, "undone")?;
            Err::<(), _>(Error::conflict("text", "is not wanted"))
        })
        .await;
    assert!(refused.is_err());
    let log = strings(&database, LOG).await;
    assert_eq!(log, ["notes 1 put 1", "tags 1 put red", "tags 2 reset -"]);
}

#[tokio::test]
async fn old_changes_are_forgotten_but_never_the_position() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        changes: 10,
        ..Options::default()
    };
    let database = open_as(&folder, options, &STORE);
    for _ in 0..600 {
        let touch = |tx: &Transaction<'_>| {
            tx.changed(NOTES, 1);
            Ok(())
        };
        database.write(touch).await.unwrap();
    }
    let kept = strings(&database, "SELECT count(*) || '' FROM rowcast_changes").await;
    assert!(kept[0].parse::<u32>().unwrap() < 300, "{kept:?}");
    drop(database);
    assert_eq!(
        open_as(&folder, options, &STORE)
            .change_log()
            .position(NOTES),
        600
    );
}

#[tokio::test]
async fn another_contract_begins_another_epoch_in_which_positions_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder);
    let epoch = first.change_log().epoch(NOTES);
    note_once(&first, "k", "a").await.unwrap();
    drop(first);
    let changed = StoreDefinition {
        lists: const { &[ListDefinition::new("tags"), ListDefinition::new("notes")] },
        contract: "2",
        ..STORE
    };
    let second = open_as(&folder, Options::default(), &changed);
    let notes = ListId(1);
    assert_ne!(second.change_log().epoch(notes), epoch);
    assert_eq!(second.change_log().position(notes), 1);
    let repeated = note_once(&second, "k", "a").await.unwrap();
    let position = repeated.position(notes).unwrap();
    assert_eq!(
        (position.at, &*position.epoch),
        (1, &*second.change_log().epoch(notes))
    );
}

/// Opening a file under another contract disturbs no server that is running.
#[tokio::test]
async fn servers_of_two_contracts_share_a_file_and_keep_their_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let older = open(&folder);
    note(&older, "a").await;
    let epoch = older.change_log().epoch(NOTES);
    let newer = open_as(&folder, Options::default(), &NEWER);
    assert_eq!(note(&newer, "b").await, 2);
    assert_eq!(note(&older, "c").await, 3);
    assert_eq!(older.change_log().epoch(NOTES), epoch);
    assert_ne!(newer.change_log().epoch(NOTES), epoch);
}

/// What was written under the other contract has records by its rules: of lists that it does not have, there are none.
#[tokio::test]
async fn a_contract_that_comes_back_begins_another_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder).change_log().epoch(NOTES);
    assert_eq!(open(&folder).change_log().epoch(NOTES), first);
    drop(open_as(&folder, Options::default(), &NEWER));
    let again = open(&folder);
    let epoch = again.change_log().epoch(NOTES);
    assert_ne!(epoch, first);
    again.refresh(&[NOTES]).await.unwrap();
    assert_ne!(again.change_log().epoch(NOTES), epoch);
}

const NEWER: StoreDefinition = StoreDefinition {
    contract: "2",
    ..STORE
};

#[tokio::test]
async fn a_repeated_call_is_answered_the_same_and_not_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder);
    let first = note_once(&database, "k", "a").await.unwrap();
    let again = note_once(&database, "k", "a").await.unwrap();
    drop(database);
    let database = open(&folder);
    let after_restart = note_once(&database, "k", "a").await.unwrap();
    for repeated in [again, after_restart] {
        assert_eq!(repeated.value.get(), first.value.get());
        assert_eq!(repeated.positions, first.positions);
    }
    assert_eq!(strings(&database, "SELECT text FROM notes").await, ["a"]);
}

#[tokio::test]
async fn calls_with_the_same_key_in_one_group_are_carried_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder);
    let calls = (0..50).map(|_| note_once(&database, "k", "a"));
    let answers = join_all(calls).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().value.get() == "1")
    );
    assert_eq!(strings(&database, "SELECT text FROM notes").await, ["a"]);
}

#[tokio::test]
async fn a_call_that_was_rejected_is_evaluated_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder);
    note(&database, "taken").await;
    note_once(&database, "k", "taken").await.unwrap_err();
    let delete = |tx: &Transaction<'_>| tx.delete("DELETE FROM notes", []);
    database.write(delete).await.unwrap();
    assert!(note_once(&database, "k", "taken").await.is_ok());
    assert!(note_once(&database, "other", "taken").await.is_err());
}

#[tokio::test]
async fn a_fault_is_no_answer_so_the_call_may_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder);
    let fail = |_: &Transaction<'_>| -> Result<Box<RawValue>, Error> { panic!("once") };
    let failed = database.write_once(key_of("k", "a"), fail).await;
    assert!(matches!(failed, Err(Error::Internal(_))));
    assert!(note_once(&database, "k", "a").await.is_ok());
}

#[tokio::test]
async fn a_key_belongs_to_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder);
    note_once(&database, "k", "a").await.unwrap();
    let other = note_once(&database, "k", "b").await.unwrap_err();
    assert_eq!(other.to_string(), "_: this key was used for another call");
    assert_eq!(strings(&database, "SELECT text FROM notes").await, ["a"]);
}

/// Which of the calls with these keys are still known: for those that are not, the work runs.
async fn known(database: &Database, calls: [(&'static str, &'static str); 4]) -> Vec<&'static str> {
    let mut known = Vec::new();
    for (key, text) in calls {
        let work = |_: &Transaction<'_>| Err(Error::not_found("record"));
        if database.write_once(key_of(key, text), work).await.is_ok() {
            known.push(key);
        }
    }
    known
}

const CALLS: [(&str, &str); 4] = [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")];

#[tokio::test]
async fn records_expire_a_few_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        idempotency_age: Duration::ZERO,
        ..Options::default()
    };
    let database = open_as(&folder, options, &STORE);
    for (key, text) in &CALLS[..3] {
        note_once(&database, key, text).await.unwrap();
    }
    let age =
        |tx: &Transaction<'_>| tx.execute("UPDATE rowcast_idempotency_records SET made = 0", []);
    database.write(age).await.unwrap();
    note_once(&database, "4", "d").await.unwrap();
    assert_eq!(known(&database, CALLS).await, ["3", "4"]);
}

#[tokio::test]
async fn only_so_many_records_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        idempotency_records: 2,
        ..Options::default()
    };
    let database = open_as(&folder, options, &STORE);
    for (key, text) in CALLS {
        note_once(&database, key, text).await.unwrap();
    }
    assert_eq!(known(&database, CALLS).await, ["3", "4"]);
}

#[tokio::test]
async fn processes_that_share_a_file_go_on_counting_after_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (open(&folder), open(&folder));
    assert_eq!(note(&old, "a").await, 1);
    assert_eq!(note(&new, "b").await, 2);
    assert_eq!(note(&old, "c").await, 3);
    assert_eq!(note(&old, "d").await, 4);
    assert_eq!(note(&new, "e").await, 5);
    note_once(&old, "k", "f").await.unwrap();
    let repeated = note_once(&new, "k", "f").await.unwrap();
    assert_eq!(repeated.position(NOTES).unwrap().at, 6);
    let texts = strings(&new, "SELECT text FROM notes ORDER BY id").await;
    assert_eq!(texts, ["a", "b", "c", "d", "e", "f"]);
}

#[tokio::test]
async fn what_another_process_writes_is_told_without_a_write_here() {
    let folder = tempfile::tempdir().unwrap();
    let (server, import) = (open(&folder), open(&folder));
    note(&import, "a").await;
    note(&import, "b").await;
    while server.change_log().position(NOTES) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(note(&server, "c").await, 3);
}

#[tokio::test]
async fn a_file_of_the_time_before_scopes_is_taken_up_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let before = open(&folder);
    let at = note(&before, "a").await;
    let epoch = before.change_log().epoch(NOTES);
    drop(before);
    let file = rusqlite::Connection::open(folder.path().join("notes.db")).unwrap();
    file.execute_batch("ALTER TABLE rowcast_changes DROP COLUMN scopes")
        .unwrap();
    drop(file);
    for text in ["b", "c"] {
        let database = open(&folder);
        assert_eq!(database.change_log().epoch(NOTES), epoch);
        assert!(note(&database, text).await > at);
    }
}

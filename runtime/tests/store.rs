//! The SQLite store: what is kept, what is undone, in which order the change log learns of it.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

use std::sync::mpsc;

use futures_util::FutureExt;
use rowcast_runtime::store::{
    Column, Database, ListDefinition, Options, Read, Statement, StoreDefinition, TableDefinition,
    Transaction, UniqueKey, Written,
};
use rowcast_runtime::{Error, ListId, RowId};
use rowcast_schema::ErrorCode;
use tempfile::TempDir;

const NOTES: ListId = ListId(0);

const TABLE: TableDefinition = TableDefinition {
    name: "notes",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL UNIQUE)",
    ),
    indexes: &[],
    columns: &[Column::new("id"), Column::new("text").of("noteText")],
    keys: &[],
};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[TABLE],
    lists: &[ListDefinition::new("notes")],
    contract: "1",
};

fn open(folder: &TempDir, options: Options) -> Database {
    Database::open(folder.path().join("notes.db"), options, &STORE).unwrap()
}

fn add(tx: &Transaction<'_>, text: &str) -> Result<i64, Error> {
    let id = tx.insert(&TABLE, "INSERT INTO notes (text) VALUES (?1)", [text])?;
    tx.changed(NOTES, id);
    Ok(id)
}

async fn texts(database: &Database) -> Vec<String> {
    database
        .read(|reader| reader.rows("SELECT text FROM notes ORDER BY id", [], |row| row.get(0)))
        .await
        .unwrap()
}

fn at(written: &Written<i64>) -> u64 {
    written.position(NOTES).unwrap().at
}

/// Holds the writer until the gate is dropped, so that what is queued behind it is committed together.
async fn hold(database: &Database) -> mpsc::Sender<()> {
    let (gate, opened) = mpsc::channel::<()>();
    let (started, running) = tokio::sync::oneshot::channel();
    let database = database.clone();
    tokio::spawn(async move {
        let wait = move |_: &Transaction<'_>| {
            started.send(()).unwrap();
            Ok(opened.recv().is_ok())
        };
        database.write(wait).await
    });
    running.await.unwrap();
    gate
}

#[tokio::test]
async fn settings_are_durable_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let settings = database
        .write(|tx| {
            let get = |sql| tx.row(sql, [], |row| row.get::<RowId>(0));
            Ok([
                get("PRAGMA journal_mode")?,
                get("PRAGMA synchronous")?,
                get("PRAGMA foreign_keys")?,
            ])
        })
        .await
        .unwrap();
    let full = Some(RowId::Int(2));
    assert_eq!(
        settings.value,
        [Some("wal".into()), full, Some(RowId::Int(1))]
    );
}

#[tokio::test]
async fn a_failing_job_undoes_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let gate = hold(&database).await;
    let first = database.write(|tx| add(tx, "first"));
    let refused = database.write(|tx| {
        add(tx, "half")?;
        Err::<i64, _>(Error::invalid("noteText", "is refused"))
    });
    let panicking = database.write(|tx| {
        add(tx, "lost")?;
        add(tx, "first").map_err(|error| panic!("a fault in a hook: {error}"))
    });
    let taken = database.write(|tx| add(tx, "first"));
    let last = database.write(|tx| add(tx, "last"));
    let all = async { tokio::join!(first, refused, panicking, taken, last) };
    let release = async { drop(gate) };
    let ((first, refused, panicking, taken, last), ()) = tokio::join!(all, release);

    assert_eq!(at(&first.unwrap()), 1);
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Invalid);
    let panicking = panicking.unwrap_err();
    assert_eq!(panicking.code(), ErrorCode::Internal);
    assert!(panicking.to_string().contains("a fault in a hook"));
    assert_eq!(
        taken.unwrap_err().errors().get("noteText"),
        ["is already taken"]
    );
    assert_eq!(at(&last.unwrap()), 2);
    assert_eq!(texts(&database).await, ["first", "last"]);
    assert_eq!(database.change_log().position(NOTES), 2);
}

#[tokio::test]
async fn the_feed_learns_of_changes_in_commit_order() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(
        &folder,
        Options {
            batch: 7,
            ..Options::default()
        },
    );
    let gate = hold(&database).await;
    let jobs: Vec<_> = (0..100)
        .map(|n| database.write(move |tx| add(tx, &n.to_string())))
        .collect();
    let (written, ()) = tokio::join!(futures_util::future::join_all(jobs), async { drop(gate) });
    for (index, written) in written.into_iter().enumerate() {
        let written = written.unwrap();
        assert_eq!(
            (written.value, at(&written)),
            (index as i64 + 1, index as u64 + 1)
        );
    }
}

#[tokio::test]
async fn a_commit_that_fails_fails_all_its_jobs_and_no_later_one() {
    const LINKS: TableDefinition = TableDefinition {
        name: "links",
        create: Statement::of(
            "CREATE TABLE IF NOT EXISTS links (note integer REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)",
        ),
        indexes: &[],
        columns: &[Column::new("note")],
        keys: &[],
    };
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(
        folder.path().join("notes.db"),
        Options::default(),
        &StoreDefinition {
            tables: &[TABLE, LINKS],
            ..STORE
        },
    )
    .unwrap();
    let gate = hold(&database).await;
    let good = database.write(|tx| add(tx, "good"));
    let bad = database.write(|tx| tx.execute("INSERT INTO links VALUES (99)", []));
    let ((good, bad), ()) = tokio::join!(async { tokio::join!(good, bad) }, async { drop(gate) });
    assert_eq!(good.unwrap_err().code(), ErrorCode::Internal);
    assert_eq!(bad.unwrap_err().code(), ErrorCode::Internal);
    assert!(texts(&database).await.is_empty());
    assert_eq!(database.change_log().position(NOTES), 0);
    database.write(|tx| add(tx, "later")).await.unwrap();
    assert_eq!(texts(&database).await, ["later"]);
}

#[tokio::test]
async fn a_job_that_ends_the_transaction_can_not_make_others_lie() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let gate = hold(&database).await;
    let good = database.write(|tx| add(tx, "good"));
    let bad = database.write(|tx| tx.execute("ROLLBACK", []));
    let ((good, bad), ()) = tokio::join!(async { tokio::join!(good, bad) }, async { drop(gate) });
    assert!(good.is_err() && bad.is_err());
    assert!(texts(&database).await.is_empty());
    database.write(|tx| add(tx, "later")).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(
        &folder,
        Options {
            queue: 1,
            ..Options::default()
        },
    );
    let gate = hold(&database).await;
    let waiting = tokio::spawn({
        let database = database.clone();
        async move { database.write(|tx| add(tx, "waits")).await }
    });
    tokio::task::yield_now().await;
    let refused = database.write(|tx| add(tx, "refused")).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Busy);
    drop(gate);
    waiting.await.unwrap().unwrap();
    assert_eq!(texts(&database).await, ["waits"]);
}

#[tokio::test]
async fn a_job_nobody_waits_for_any_more_runs_and_closing_finishes_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let (gate, opened) = mpsc::channel::<()>();
    let first = database.write(move |_| Ok(opened.recv().is_ok()));
    assert!(first.now_or_never().is_none());
    for n in 0..20 {
        // Polled once, then forgotten.
        assert!(
            database
                .write(move |tx| add(tx, &n.to_string()))
                .now_or_never()
                .is_none()
        );
    }
    drop(gate);
    drop(database);
    assert_eq!(texts(&open(&folder, Options::default())).await.len(), 20);
}

#[tokio::test]
async fn readers_see_one_snapshot_and_can_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let (go, wait) = mpsc::channel::<()>();
    let (started, running) = tokio::sync::oneshot::channel();
    let count = "SELECT count(*) FROM notes";
    let reading = tokio::spawn({
        let database = database.clone();
        async move {
            let twice = move |reader: &rowcast_runtime::store::Reader<'_>| {
                let before: Option<i64> = reader.row(count, [], |row| row.get(0))?;
                started.send(()).unwrap();
                wait.recv().unwrap();
                let after: Option<i64> = reader.row(count, [], |row| row.get(0))?;
                Ok((before, after))
            };
            database.read(twice).await
        }
    });
    running.await.unwrap();
    database.write(|tx| add(tx, "meanwhile")).await.unwrap();
    go.send(()).unwrap();
    assert_eq!(reading.await.unwrap().unwrap(), (Some(0), Some(0)));
    let write = "INSERT INTO notes (text) VALUES ('x') RETURNING id";
    let refused = database
        .read(move |reader| reader.row(write, [], |_| Ok(())))
        .await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Internal);
    let panicking = database
        .read(|_| -> Result<(), _> { panic!("a fault in a query") })
        .await;
    assert_eq!(panicking.unwrap_err().code(), ErrorCode::Internal);
    assert_eq!(texts(&database).await, ["meanwhile"]);
}

#[tokio::test]
async fn a_row_that_can_not_be_mapped_names_column_and_statement() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    database.write(|tx| add(tx, "no number")).await.unwrap();
    let read = database
        .read(|reader| reader.rows("SELECT text FROM notes", [], |row| row.get::<u8>(0)))
        .await;
    let text = read.unwrap_err().to_string();
    assert!(
        text.contains("column text, in `SELECT text FROM notes`"),
        "{text}"
    );
}

/// SQLite names the columns of a key, or its index where that has expressions.
#[tokio::test]
async fn a_key_is_known_by_its_name_or_by_its_columns() {
    const NAMED: TableDefinition = TableDefinition {
        create: Statement::of(
            "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL)",
        ),
        keys: &[UniqueKey::new("notes_text_key", &["text"])],
        ..TABLE
    };
    let folder = tempfile::tempdir().unwrap();
    const NAMED_STORE: StoreDefinition = StoreDefinition {
        tables: &[NAMED],
        ..STORE
    };
    let path = folder.path().join("notes.db");
    let database = Database::open(path, Options::default(), &NAMED_STORE).unwrap();
    let index = "CREATE UNIQUE INDEX notes_text_key ON notes (lower(text))";
    let create = database.write(move |tx| tx.execute(index, []));
    create.await.unwrap();
    let add_named = |text: &'static str| {
        let insert = "INSERT INTO notes (text) VALUES (?1)";
        database.write(move |tx| tx.insert(&NAMED, insert, [text]))
    };
    add_named("one").await.unwrap();
    let errors = add_named("ONE").await.unwrap_err().errors();
    assert_eq!(errors.get("noteText"), ["is already taken"]);
    // A constraint that the schema does not know is a fault of the server.
    let own = "CREATE TRIGGER no_two BEFORE INSERT ON notes BEGIN SELECT RAISE(ABORT, 'own'); END";
    database.write(move |tx| tx.execute(own, [])).await.unwrap();
    let refused = add_named("two").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Internal);
}

#[tokio::test]
async fn children_are_grouped_in_the_order_of_the_statement() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder, Options::default());
    let sql = "SELECT column1, column2 FROM (VALUES (1, 'b'), (2, 'c'), (1, 'a'))";
    let mut children = database
        .read(move |reader| reader.children(sql, [], |row| row.get::<String>(1)))
        .await
        .unwrap();
    assert_eq!(children.take(&1_i64), ["b", "a"]);
    assert_eq!(children.take(&2), ["c"]);
    assert!(children.take(&3).is_empty());
}

//! The file of a database: that it can be written is found at start; that it is gone or another one is found before a
//! write is acknowledged; its log does not stay long; a full disk is no end.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rowcast_runtime::store::{
    Column, Database, Options, Read, Reader, Statement, StoreDefinition, TableDefinition,
};
use rowcast_runtime::{Error, Router, Server};
use tempfile::TempDir;

use crate::client::{Running, get};

const NOTES: TableDefinition = TableDefinition {
    name: "notes",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL)",
    ),
    indexes: &[],
    columns: &[Column::new("id"), Column::new("text")],
    keys: &[],
};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[NOTES],
    lists: &[],
    contract: "1",
};

fn open(file: &Path) -> Result<Database, String> {
    Database::open(file, Options::default(), &STORE).map_err(|error| error.to_string())
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("notes.db")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", file.display()))
}

async fn add(database: &Database, text: String) -> Result<i64, Error> {
    let add =
        database.write(move |tx| tx.insert(&NOTES, "INSERT INTO notes (text) VALUES (?1)", [text]));
    add.await.map(|written| written.value)
}

async fn count(database: &Database) -> i64 {
    let count =
        |reader: &Reader<'_>| reader.row("SELECT count(*) FROM notes", [], |row| row.get(0));
    database.read(count).await.unwrap().unwrap()
}

#[track_caller]
fn assert_lost(result: Result<i64, Error>, parts: &[&str]) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Internal(_)), "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{error}");
    }
}

async fn readiness(database: &Database) -> (u16, String) {
    let server = Server::new(
        Router::new((), []),
        database.change_log().clone(),
        Vec::new(),
    );
    let store = database.clone();
    let running = Running::start(server, move |sockets| sockets.health(store));
    get(running.await.address, "/readyz").await
}

#[cfg(unix)]
mod modes {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::await_end_of_log;
    use super::{file, open};

    fn set_mode(path: &std::path::Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Whether modes of files stop this process; those of root are not stopped.
    fn modes_count() -> bool {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o555);
        std::fs::write(folder.path().join("probe"), "").is_err()
    }

    /// Runs a test as somebody whom modes stop: here, or in a process of its own.
    fn without_privileges(test: &str, run: impl FnOnce()) {
        if modes_count() {
            return run();
        }
        // The folder of the build may be closed to others.
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        let program = folder.path().join("test");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        set_mode(&program, 0o755);
        let name = format!("the_file_itself::modes::{test}");
        let output = Command::new(&program)
            .args(["--exact", &name])
            .current_dir("/")
            .env("TMPDIR", "/tmp")
            .uid(65_534)
            .gid(65_534)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("1 passed"), "{said}");
    }

    #[test]
    fn a_file_that_can_only_be_read_is_rejected_at_start() {
        without_privileges("a_file_that_can_only_be_read_is_rejected_at_start", || {
            let folder = tempfile::tempdir().unwrap();
            let file = file(&folder);
            drop(open(&file).unwrap());
            set_mode(&file, 0o444);
            let error = open(&file).unwrap_err();
            for part in ["notes.db", "can be read only", "help: the user"] {
                assert!(error.contains(part), "{error}");
            }
            set_mode(&file, 0o644);
            assert!(open(&file).is_ok());
        });
    }

    #[test]
    fn a_folder_that_can_only_be_read_is_rejected_at_start() {
        without_privileges(
            "a_folder_that_can_only_be_read_is_rejected_at_start",
            || {
                let folder = tempfile::tempdir().unwrap();
                let file = file(&folder);
                drop(open(&file).unwrap());
                await_end_of_log(&file);
                set_mode(folder.path(), 0o555);
                let error = open(&file).unwrap_err();
                set_mode(folder.path(), 0o755);
                for part in ["notes.db", "can't be written", "and its folder"] {
                    assert!(error.contains(part), "{error}");
                }
            },
        );
    }
}

/// The log goes away with the last connection, which its thread closes when it comes to that; of two that are closed at once,
/// neither need be the last. One that is alone is.
fn await_end_of_log(file: &Path) {
    let until = Instant::now() + Duration::from_secs(30);
    while beside(file, "-wal").exists() {
        assert!(Instant::now() < until, "the log is still there");
        std::thread::sleep(Duration::from_millis(5));
        let last = rusqlite::Connection::open(file).unwrap();
        let sql = "SELECT count(*) FROM sqlite_master";
        last.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    }
}

#[test]
fn a_place_where_sqlite_can_not_keep_its_log_is_rejected_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    drop(open(&file).unwrap());
    await_end_of_log(&file);
    std::fs::create_dir(beside(&file, "-wal")).unwrap();
    let error = open(&file).unwrap_err();
    for part in ["notes.db", "can't be written", "help: the user"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn each_start_writes_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    drop(open(&file).unwrap());
    let other = rusqlite::Connection::open(&file).unwrap();
    let version = || -> i64 {
        let sql = "PRAGMA data_version";
        other.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let before = version();
    drop(open(&file).unwrap());
    assert_ne!(version(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_that_went_to_a_deleted_file() {
    for ending in ["", "-wal", "-shm"] {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        let database = open(&file).unwrap();
        assert!(add(&database, "kept".into()).await.is_ok());
        assert_eq!(readiness(&database).await, (200, "ready\n".into()));
        std::fs::remove_file(beside(&file, ending)).unwrap();
        let name = format!("notes.db{ending}");
        let parts = [&*name, "was deleted or moved away", "help:"];
        assert_lost(add(&database, "lost".into()).await, &parts);
        let (status, text) = readiness(&database).await;
        assert_eq!(status, 503);
        assert!(text.contains("deleted or replaced"), "{text}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_whose_file_goes_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let database = open(&file).unwrap();
    let gone = file.clone();
    let written = database.write(move |tx| {
        std::fs::remove_file(gone).unwrap();
        tx.insert(&NOTES, "INSERT INTO notes (text) VALUES ('lost')", [])
    });
    let written = written.await.map(|written| written.value);
    assert_lost(written, &["was deleted"]);
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_that_went_to_a_replaced_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let database = open(&file).unwrap();
    add(&database, "kept".into()).await.unwrap();
    let backup = folder.path().join("backup.db");
    std::fs::copy(&file, &backup).unwrap();
    std::fs::rename(&backup, &file).unwrap();
    let parts = ["was replaced", "restart the server", "refresh_all"];
    assert_lost(add(&database, "lost".into()).await, &parts);
    assert_eq!(readiness(&database).await.0, 503);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_moved_back_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let database = open(&file).unwrap();
    let (from, away) = (file.clone(), folder.path().join("away.db"));
    let to = away.clone();
    // This one is committed, though it can't be acknowledged.
    let committed = database.write(move |tx| {
        std::fs::rename(from, to).unwrap();
        tx.insert(&NOTES, "INSERT INTO notes (text) VALUES ('a')", [])
    });
    assert!(committed.await.is_err());
    std::fs::rename(&away, &file).unwrap();
    add(&database, "b".into()).await.unwrap();
    assert_eq!(count(&database).await, 2);
    assert_eq!(readiness(&database).await.0, 200);
}

#[tokio::test]
async fn a_log_that_a_reader_kept_long_is_cut_when_the_writer_is_idle() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let database = open(&file).unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (end, has_ended) = mpsc::channel::<()>();
    let held = database.clone();
    let reader = tokio::spawn(async move {
        let hold = move |reader: &Reader<'_>| {
            reader.exists("SELECT 1 FROM notes", [])?;
            begun.send(()).unwrap();
            // Ends when the sender is dropped.
            let _ = has_ended.recv();
            Ok(())
        };
        held.read(hold).await
    });
    tokio::task::spawn_blocking(move || has_begun.recv())
        .await
        .unwrap()
        .unwrap();
    let log = || std::fs::metadata(beside(&file, "-wal")).map_or(0, |found| found.len());
    while log() < 12_000_000 {
        add(&database, "x".repeat(500_000)).await.unwrap();
    }
    drop(end);
    reader.await.unwrap().unwrap();
    let shrinks = async {
        while log() > 4 * 1024 * 1024 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), shrinks)
        .await
        .unwrap();
    let before = count(&database).await;
    add(&database, "later".into()).await.unwrap();
    assert_eq!(count(&database).await, before + 1);
}

#[tokio::test]
async fn calls_fail_while_the_disk_is_full_and_go_on_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&file(&folder)).unwrap();
    add(&database, "kept".into()).await.unwrap();
    let limit = |pages: i64| {
        let set = database.write(move |tx| {
            let limit = format!("PRAGMA max_page_count = {pages}");
            tx.rows(&limit, [], |_| Ok(())).map(drop)
        });
        async { set.await.map(|written| written.value) }
    };
    // No fewer than there are.
    limit(1).await.unwrap();
    let mut failures = 0;
    for _ in 0..5 {
        match add(&database, "x".repeat(100_000)).await {
            Err(Error::Internal(error)) => {
                assert!(error.to_string().contains("full"), "{error}");
                failures += 1;
            }
            other => panic!("there is no room for it: {other:?}"),
        }
    }
    assert_eq!((failures, count(&database).await), (5, 1));
    limit(1_000_000).await.unwrap();
    add(&database, "x".repeat(100_000)).await.unwrap();
    assert_eq!(count(&database).await, 2);
}

//! Rows that can't be read: those of an older schema are found at start, and one that is spoiled while the server runs
//! keeps neither the other rows nor the other lists from anybody.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use rowcast_runtime::AllowAll;
use rowcast_runtime::serve::SocketOptions;
use serde_json::{Value, json};

use crate::client::{Client, start};
use crate::minimal_server;
use crate::relations::{NewAuthor, NewTopic};
use crate::relations_server::{self, App, Commands, NoHooks, Tables as _};

#[derive(Clone)]
struct NoCommands;

impl Commands for NoCommands {}

fn sql(file: &Path, statements: &str) {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch(statements).unwrap();
}

#[test]
fn a_null_in_a_field_that_was_optional_is_reported_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("todos.db");
    sql(
        &file,
        "CREATE TABLE todos (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title text, done integer NOT NULL);
         INSERT INTO todos (title, done) VALUES ('a', 0), (NULL, 1)",
    );
    let error = minimal_server::open(&file).unwrap_err().to_string();
    for part in [
        "table `todos`, column `title`: 1 row (its id is 2)",
        "make the field an `Option` again",
        "UPDATE \"todos\" SET \"title\" = … WHERE \"title\" IS NULL",
    ] {
        assert!(error.contains(part), "{error}");
    }
    sql(&file, "UPDATE todos SET title = 'b' WHERE title IS NULL");
    assert!(minimal_server::open(&file).is_ok());
}

#[test]
fn a_value_of_another_type_is_reported_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("todos.db");
    sql(
        &file,
        "CREATE TABLE todos (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title text NOT NULL, done integer NOT NULL);
         INSERT INTO todos (title, done) VALUES ('a', 0), ('b', 'perhaps'), ('c', 'never')",
    );
    let error = minimal_server::open(&file).unwrap_err().to_string();
    let expected = "column `done`: 2 rows can't be read, the first of them 2: it holds text";
    assert!(error.contains(expected), "{error}");
}

/// Three authors, of whom the second was spoiled while the server runs, and a topic.
async fn spoiled(folder: &Path) -> (App<NoCommands>, Client) {
    let file = folder.join("library.db");
    let store = relations_server::open(&file).unwrap();
    let fill = store.write(|tx| {
        for name in ["Ann", "Bo", "Cy"] {
            let new = NewAuthor {
                name: name.to_owned(),
                born: None,
            };
            tx.authors().create(new)?;
        }
        let word = "sea".to_owned();
        tx.topics().create(NewTopic { word })
    });
    fill.await.unwrap();
    let app = relations_server::app(store, NoCommands, NoHooks);
    let address = start(
        relations_server::server(&app).guard(AllowAll),
        SocketOptions::default(),
    );
    let client = Client::connect(address.await).await;
    sql(&file, "UPDATE authors SET name = x'ff' WHERE id = 2");
    (app, client)
}

fn names(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().unwrap();
    rows.iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_row_that_is_spoiled_later_is_left_out_and_all_others_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (_app, mut client) = spoiled(folder.path()).await;
    assert_eq!(client.call("refresh", Value::Null).await, Value::Null);
    assert_eq!(names(&client.event("authors").await), ["Ann", "Cy"]);
    assert_eq!(client.event("topics").await[0]["word"], "sea");
    let lists = json!({ "authors": null, "topics": null });
    let synced = client.call("sync", lists).await;
    assert_eq!(names(&synced["data"]["authors"]["put"]), ["Ann", "Cy"]);
    let created = client.call("new_author", json!({ "name": "Di" })).await;
    assert_eq!(created["ok"], true);
    assert_eq!(names(&client.event("authors:changes").await["put"]), ["Di"]);
}

#[tokio::test]
async fn calls_are_told_of_a_spoiled_row_and_answered_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (_app, mut client) = spoiled(folder.path()).await;
    let good = client.call("get_author", json!({ "id": 1 })).await;
    assert_eq!(good["data"]["name"], "Ann");
    // Neither `not_found` nor a page without it: both would be wrong.
    assert_eq!(
        client.call("get_author", json!({ "id": 2 })).await["code"],
        "internal"
    );
    assert_eq!(
        client.call("list_authors", json!({})).await["code"],
        "internal"
    );
    let page = client.call("list_authors", json!({ "after": 2 })).await;
    assert_eq!(names(&page["data"]["rows"]), ["Cy"]);
    let page = client.call("list_topics", json!({})).await;
    assert_eq!(page["ok"], true);
}

#[tokio::test]
async fn a_row_that_was_corrected_is_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let (app, mut client) = spoiled(folder.path()).await;
    client.call("refresh", Value::Null).await;
    client.event("authors").await;
    sql(
        &folder.path().join("library.db"),
        "UPDATE authors SET name = 'Bo' WHERE id = 2",
    );
    relations_server::authors::refresh_authors(&app)
        .await
        .unwrap();
    assert_eq!(names(&client.event("authors").await), ["Ann", "Bo", "Cy"]);
}

/// What is logged from here on, by all threads of this process.
fn logged() -> Arc<Mutex<Vec<u8>>> {
    static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(|| {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let writer = lines.clone();
        let make_writer = move || Lines(writer.clone());
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(make_writer);
        subscriber.init();
        lines
    });
    LOG.clone()
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_row_that_is_left_out_is_logged_once_with_its_list_id_and_column() {
    let log = logged();
    let folder = tempfile::tempdir().unwrap();
    let (app, mut client) = spoiled(folder.path()).await;
    let file = folder.path().join("library.db");
    // No other test has a row of this number.
    sql(&file, "UPDATE authors SET id = 987654 WHERE id = 2");
    for _ in 0..3 {
        relations_server::authors::refresh_authors(&app)
            .await
            .unwrap();
        client.event("authors").await;
    }
    let log = String::from_utf8_lossy(&log.lock().unwrap()).into_owned();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("987654")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "ERROR",
        "table=authors",
        "column=name",
        "id=987654",
        "left out",
    ] {
        assert!(lines[0].contains(part), "{}", lines[0]);
    }
}

//! A backup has fewer changes than clients have seen. After `refresh_all` each of them gets to what the file has, also
//! when the file has reached the client's position by other changes meanwhile.

use std::path::Path;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Database;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, start};
use crate::minimal::NewTodo;
use crate::minimal_server::{
    App, Commands, NoHooks, Tables as _, app, open, refresh_all, server, todos,
};

#[derive(Clone)]
struct NoCommands;

impl Commands for NoCommands {}

/// A file with a backup of an earlier state.
struct BackedUp {
    folder: TempDir,
    /// What a synced client knows that has seen all, its position last.
    position: Value,
}

impl BackedUp {
    /// The backup has the changes up to 4, the file those up to 6.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path().join("live.db")).unwrap();
        add(&store, &["1", "2", "3", "4"]).await;
        copy(
            &folder.path().join("live.db"),
            &folder.path().join("backup.db"),
        );
        add(&store, &["lost 5", "lost 6"]).await;
        let mut client = serve(&store).await;
        let whole = sync(&mut client, Value::Null).await;
        assert_eq!(titles(&whole).len(), 6);
        Self {
            folder,
            position: position(&whole),
        }
    }

    /// Puts the backup into the place of the file, as somebody does while no server runs.
    fn restore(&self) -> Database {
        let file = self.folder.path().join("restored.db");
        std::fs::copy(self.folder.path().join("backup.db"), &file).unwrap();
        open(file).unwrap()
    }
}

fn copy(file: &Path, to: &Path) {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .execute("VACUUM INTO ?1", [to.to_str().unwrap()])
        .unwrap();
}

async fn add(store: &Database, titles: &[&str]) {
    for title in titles {
        let new = NewTodo {
            title: (*title).to_owned(),
            done: false,
        };
        store.write(|tx| tx.todos().create(new)).await.unwrap();
    }
}

fn application(store: &Database) -> App<NoCommands> {
    app(store.clone(), NoCommands, NoHooks)
}

async fn serve(store: &Database) -> Client {
    let served = server(&application(store)).guard(rowcast_runtime::AllowAll);
    let address = start(served, SocketOptions::default()).await;
    Client::connect_with(address, r#"{"sync":true}"#).await
}

async fn sync(client: &mut Client, position: Value) -> Value {
    let ack = client.call("sync", json!({ "todos": position })).await;
    ack["data"]["todos"].clone()
}

fn position(changes: &Value) -> Value {
    json!({ "epoch": changes["epoch"], "at": changes["to"] })
}

fn titles(changes: &Value) -> Vec<&str> {
    let rows = changes["put"].as_array().unwrap();
    rows.iter()
        .map(|row| row["title"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn assert_whole_in_another_epoch(changes: &Value, earlier: &Value, rows: &[&str]) {
    assert_eq!(changes["from"], Value::Null, "{changes}");
    assert_ne!(changes["epoch"], earlier["epoch"], "{changes}");
    assert_eq!(titles(changes), rows);
}

#[tokio::test]
async fn a_client_that_was_offline_gets_whole_lists_though_the_file_has_passed_its_position() {
    let before = BackedUp::new().await;
    let store = before.restore();
    refresh_all(&application(&store)).await.unwrap();
    add(&store, &["new 5", "new 6", "new 7"]).await;
    let mut client = serve(&store).await;
    let synced = sync(&mut client, before.position.clone()).await;
    let rows = ["1", "2", "3", "4", "new 5", "new 6", "new 7"];
    assert_whole_in_another_epoch(&synced, &before.position, &rows);
    let nothing_more = sync(&mut client, position(&synced)).await;
    assert_eq!(nothing_more["from"], nothing_more["to"]);
}

#[tokio::test]
async fn a_client_that_reconnects_before_the_refresh_is_told_the_new_epoch() {
    let before = BackedUp::new().await;
    let store = before.restore();
    let mut client = serve(&store).await;
    let synced = sync(&mut client, before.position.clone()).await;
    assert_eq!(titles(&synced), ["1", "2", "3", "4"]);
    refresh_all(&application(&store)).await.unwrap();
    let told = client.event("todos:changes").await;
    assert_whole_in_another_epoch(&told, &before.position, &["1", "2", "3", "4"]);
    let ack = client
        .call("new_todo", json!({ "title": "new", "done": false }))
        .await;
    assert_eq!(ack["position"]["epoch"], told["epoch"]);
    let told_later = client.event("todos:changes").await;
    assert_eq!(told_later["from"], told["to"]);
    assert_eq!(told_later["epoch"], told["epoch"]);
}

#[tokio::test]
async fn the_refresh_of_a_single_list_begins_an_epoch_too() {
    let before = BackedUp::new().await;
    let store = before.restore();
    todos::refresh_todos(&application(&store)).await.unwrap();
    add(&store, &["new 5", "new 6", "new 7"]).await;
    let synced = sync(&mut serve(&store).await, before.position.clone()).await;
    let rows = ["1", "2", "3", "4", "new 5", "new 6", "new 7"];
    assert_whole_in_another_epoch(&synced, &before.position, &rows);
}

#[tokio::test]
async fn a_reset_in_a_transaction_begins_an_epoch_too() {
    let before = BackedUp::new().await;
    let store = before.restore();
    let reset = store.write(|tx| {
        tx.reset(todos::LIST);
        Ok(())
    });
    reset.await.unwrap();
    add(&store, &["new 5", "new 6", "new 7"]).await;
    let synced = sync(&mut serve(&store).await, before.position.clone()).await;
    let rows = ["1", "2", "3", "4", "new 5", "new 6", "new 7"];
    assert_whole_in_another_epoch(&synced, &before.position, &rows);
}

#[tokio::test]
async fn the_epoch_is_kept_until_the_next_refresh() {
    let before = BackedUp::new().await;
    let store = before.restore();
    let file = before.folder.path().join("restored.db");
    refresh_all(&application(&store)).await.unwrap();
    let epoch = store.change_log().epoch(todos::LIST);
    drop(store);
    let store = open(&file).unwrap();
    assert_eq!(store.change_log().epoch(todos::LIST), epoch);
    refresh_all(&application(&store)).await.unwrap();
    assert_ne!(store.change_log().epoch(todos::LIST), epoch);
}

#[tokio::test]
async fn clients_of_another_process_on_the_file_are_told_the_same_epoch() {
    let before = BackedUp::new().await;
    let (here, there) = (
        before.restore(),
        open(before.folder.path().join("restored.db")).unwrap(),
    );
    let mut client = serve(&there).await;
    sync(&mut client, Value::Null).await;
    refresh_all(&application(&here)).await.unwrap();
    let told = client.event("todos:changes").await;
    assert_whole_in_another_epoch(&told, &before.position, &["1", "2", "3", "4"]);
    assert_eq!(told["epoch"], *here.change_log().epoch(todos::LIST));
    assert_eq!(told["epoch"], *there.change_log().epoch(todos::LIST));
}

#[tokio::test]
async fn a_backup_may_be_restored_into_the_file_of_a_running_server() {
    let before = BackedUp::new().await;
    let file = before.folder.path().join("live.db");
    let store = open(&file).unwrap();
    let mut client = serve(&store).await;
    sync(&mut client, before.position.clone()).await;
    let other = rusqlite::Connection::open(&file).unwrap();
    other
        .execute_batch(
            "BEGIN IMMEDIATE; DELETE FROM todos WHERE id > 4;
             DELETE FROM rowcast_changes WHERE position > 4; COMMIT",
        )
        .unwrap();
    refresh_all(&application(&store)).await.unwrap();
    let told = client.event("todos:changes").await;
    assert_whole_in_another_epoch(&told, &before.position, &["1", "2", "3", "4"]);
}

#[tokio::test]
async fn positions_that_are_missing_in_the_log_are_not_counted_over() {
    let before = BackedUp::new().await;
    let file = before.folder.path().join("live.db");
    let store = open(&file).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other
        .execute_batch("DELETE FROM rowcast_changes WHERE position BETWEEN 4 AND 6")
        .unwrap();
    add(&store, &["7"]).await;
    drop((store, other));
    let store = open(&file).unwrap();
    let mut client = serve(&store).await;
    let last = sync(&mut client, before.position.clone()).await;
    assert_eq!((&last["from"], titles(&last)), (&json!(6), vec!["7"]));
    // Were the kept changes taken for the last ones, 6 and 7 would be all that happened since 5.
    let earlier = json!({ "epoch": before.position["epoch"], "at": 5 });
    assert_eq!(titles(&sync(&mut client, earlier).await).len(), 7);
}

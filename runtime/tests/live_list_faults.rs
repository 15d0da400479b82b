//! Live lists when something is wrong: rows that fail, sockets that do not read, those who may not watch.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]
#![allow(clippy::panic, reason = "a test may fail by it")]

mod board;
mod client;
mod rows;

use board::{Board, row};
use client::{Client, start};
use rowcast_runtime::serve::{SocketOptions, Sockets};
use rowcast_runtime::{Action, Caller, Denied, Guard, Server, Verb};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::layer::SocketIoLayer;
use socketioxide_core::adapter::DefinedAdapter;

#[tokio::test]
async fn rows_that_can_not_be_loaded_are_tried_again() {
    let board = Board::new(10);
    let address = board.start().await;
    let (mut plain, mut other) = (Client::connect(address).await, board.synced(address).await);
    board.notes.fail(true);
    let refused = plain.call("refresh", Value::Null).await;
    assert_eq!(
        (&refused["ok"], &refused["code"]),
        (&json!(false), &json!("internal"))
    );
    let refused = other.call("sync", json!({ "notes": null })).await;
    assert_eq!(refused["code"], "internal");
    board.put(1, "a");
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    board.notes.fail(false);
    assert_eq!(plain.event("notes").await, json!([row(1, "a")]));
    assert_eq!(
        other.event("notes:changes").await,
        board.changes(Some(0), 1, json!([row(1, "a")]), &[])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_does_not_read_harms_nobody_and_catches_up() {
    let board = Board::new(1000);
    let options = SocketOptions {
        max_buffer: 4,
        ..SocketOptions::default()
    };
    let address = start(board.server(), options).await;
    let mut quick = Client::connect(address).await;
    let (mut slow_plain, mut slow_synced) =
        (Client::connect(address).await, board.synced(address).await);
    let long = "x".repeat(500_000);
    for n in 1..=60 {
        board.put(1, &format!("{n} {long}"));
        quick.event("notes").await;
    }
    let has_last = |rows: &Value| rows.as_array().unwrap().iter().any(|row| row["id"] == 2);
    board.put(2, "the last one");
    while !has_last(&quick.event("notes").await) {}

    let mut whole_lists = 1;
    while !has_last(&slow_plain.event("notes").await) {
        whole_lists += 1;
    }
    assert!(
        whole_lists < 61,
        "nothing was dropped, so nothing was tested"
    );
    // The synced one sees the gap or the heartbeat, and would sync from where it is.
    while slow_synced.event("notes:changes").await["to"] != 61 {}
}

struct Members;

impl Guard for Members {
    fn authorize(&self, _: &Caller, action: &Action) -> Result<(), Denied> {
        if action.verb == Verb::Watch {
            Err(Denied::unauthenticated())
        } else {
            Ok(())
        }
    }
}

#[tokio::test]
async fn who_may_not_watch_gets_no_lists() {
    let board = Board::new(10);
    let mut client =
        Client::connect(start(board.server().guard(Members), SocketOptions::default()).await).await;
    assert_eq!(
        client.call("refresh", Value::Null).await["code"],
        "unauthenticated"
    );
    assert_eq!(
        client.call("sync", json!({ "notes": null })).await["code"],
        "unauthenticated"
    );
    board.put(1, "a");
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    assert_eq!(
        client.call("refresh", Value::Null).await["code"],
        "unauthenticated"
    );
    assert_eq!(client.events().len(), 1, "more than the greeting has come");
    assert_eq!((board.notes.whole_loads(), board.notes.row_loads()), (0, 0));
}

#[tokio::test]
async fn a_closed_server_lets_go_of_its_rows() {
    let board = Board::new(10);
    let (address, io) = client::start_with_io(board.server(), SocketOptions::default()).await;
    let client = Client::connect(address).await;
    io.close().await;
    drop(client);
    for _ in 0..500 {
        if board.notes.shares() == 1 {
            return;
        }
        // A task that waits for changes looks around when there is one.
        board.put(1, "a");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the closed server still holds its rows");
}

/// Compiles: a server can be attached with any adapter.
#[allow(dead_code)]
fn attach_with_any<A: Adapter + DefinedAdapter>(
    server: Server,
    built: (SocketIoLayer<A>, SocketIo<A>),
) -> A::InitRes {
    Sockets::of(built).attach(server)
}

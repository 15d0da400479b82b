//! Live lists over real connections: what clients get, and how often rows are asked for.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod board;
mod client;
mod rows;

use board::{Board, row};
use client::{Client, start};
use futures_util::future::join_all;
use rowcast_runtime::serve::SocketOptions;
use serde_json::{Value, json};

#[tokio::test]
async fn refresh_sends_all_lists_in_order_and_then_acks_null() {
    let board = Board::new(10);
    board.notes.put(1, "a");
    let mut client = Client::connect(board.start().await).await;
    client.event("connected").await;
    assert_eq!(client.call_raw(r#"["refresh"]"#).await, Value::Null);
    let expected = [
        ("notes".to_owned(), json!([row(1, "a")])),
        ("tags".to_owned(), json!([])),
    ];
    assert_eq!(client.events(), expected);
    client.emit("refresh", Value::Null).await;
    assert_eq!(client.event("tags").await, json!([]));
}

#[tokio::test]
async fn an_unchanged_list_is_loaded_once() {
    let board = Board::new(10);
    board.notes.put(1, "a");
    let address = board.start().await;
    for mut client in join_all((0..5).map(|_| Client::connect(address))).await {
        for _ in 0..20 {
            assert_eq!(client.call("refresh", Value::Null).await, Value::Null);
        }
    }
    assert_eq!(
        (board.notes.whole_loads(), board.tags.whole_loads()),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_reach_plain_sockets_as_whole_lists_loaded_once_for_all() {
    let board = Board::new(10);
    let address = board.start().await;
    let mut clients = join_all((0..5).map(|_| Client::connect(address))).await;
    board.put(1, "a");
    for client in &mut clients {
        assert_eq!(client.event("notes").await, json!([row(1, "a")]));
    }
    assert_eq!((board.notes.whole_loads(), board.notes.row_loads()), (1, 0));
    assert_eq!(board.tags.whole_loads(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_on_request_is_sent_whole_only_when_somebody_asks() {
    let board = Board::new(10);
    let address = board.start_on_request().await;
    let mut plain = Client::connect(address).await;
    plain.event("connected").await;
    let mut synced = board.synced(address).await;
    board.put(1, "a");
    // The change has been told to those who sync, and so it would have been to the others.
    let changes = synced.event("notes:changes").await;
    assert_eq!(changes["put"], json!([row(1, "a")]));
    plain.call("refresh", Value::Null).await;
    let notes = |client: &mut Client| -> Vec<Value> {
        let events = client.events().into_iter();
        events
            .filter(|(name, _)| name == "notes")
            .map(|(_, rows)| rows)
            .collect()
    };
    assert_eq!(notes(&mut plain), [json!([row(1, "a")])]);
    board.notes.put(2, "b");
    board.reset_notes();
    assert_eq!(
        plain.event("notes").await,
        json!([row(1, "a"), row(2, "b")])
    );
}

#[tokio::test]
async fn changes_while_a_list_is_loaded_are_told_together() {
    let board = Board::new(1000);
    let mut client = Client::connect(board.start().await).await;
    let held = board.notes.hold().await;
    board.put(1, "a");
    board.notes.until_somebody_waits().await;
    for id in 2..=100 {
        board.put(id, "b");
    }
    drop(held);
    let mut told = 0;
    while told < 100 {
        let now = client.event("notes").await.as_array().unwrap().len();
        assert!(now >= told, "a list went back in time");
        told = now;
    }
    assert_eq!(board.notes.whole_loads(), 2);
}

#[tokio::test]
async fn nothing_is_loaded_for_nobody() {
    let board = Board::new(1000);
    let address = board.start().await;
    for id in 1..=20 {
        board.put(id, "a");
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    assert_eq!((board.notes.whole_loads(), board.notes.row_loads()), (0, 0));
    let mut client = board.synced(address).await;
    board.put(21, "b");
    assert_eq!(
        client.event("notes:changes").await["put"],
        json!([row(21, "b")])
    );
    assert_eq!((board.notes.whole_loads(), board.notes.row_loads()), (0, 1));
}

#[tokio::test]
async fn sync_gives_what_is_missing_and_changes_follow_without_a_gap() {
    let board = Board::new(10);
    board.put(1, "a");
    board.put(2, "b");
    let mut client = Client::connect(board.start().await).await;
    let ack = client
        .call("sync", json!({ "notes": null, "tags": null }))
        .await;
    let notes = board.changes(None, 2, json!([row(1, "a"), row(2, "b")]), &[]);
    let tags = board.changes(None, 0, json!([]), &[]);
    assert_eq!(
        ack,
        json!({ "ok": true, "data": { "notes": notes, "tags": tags }, "errors": {}, "code": null })
    );

    let mut at = 2;
    for (to, change) in [(3, "c"), (4, "d")] {
        board.put(1, change);
        let pushed = client.event("notes:changes").await;
        assert!(pushed["from"].as_u64().unwrap() <= at);
        assert_eq!(
            (&pushed["to"], &pushed["put"]),
            (&json!(to), &json!([row(1, change)]))
        );
        at = to;
    }
    board.drop(2);
    assert_eq!(
        client.event("notes:changes").await,
        board.changes(Some(4), 5, json!([]), &[2])
    );
    client.call("sync", json!({})).await;
    assert!(
        client.events().iter().all(|(name, _)| name != "notes"),
        "a synced socket got a whole list"
    );
}

#[tokio::test]
async fn sync_from_a_position_gives_the_changes_since_if_they_are_known() {
    let board = Board::new(3);
    for (id, text) in [(1, "a"), (2, "b"), (3, "c"), (2, "d")] {
        board.put(id, text);
    }
    board.drop(1);
    let mut client = Client::connect(board.start().await).await;
    let all = json!([row(2, "d"), row(3, "c")]);
    for (known, expected) in [
        (
            board.position(2),
            board.changes(Some(2), 5, json!([row(2, "d"), row(3, "c")]), &[1]),
        ),
        (
            board.position(4),
            board.changes(Some(4), 5, json!([]), &[1]),
        ),
        (board.position(5), board.changes(Some(5), 5, json!([]), &[])),
        (board.position(1), board.changes(None, 5, all.clone(), &[])),
        (board.position(6), board.changes(None, 5, all.clone(), &[])),
        (
            json!({ "epoch": "another", "at": 5 }),
            board.changes(None, 5, all.clone(), &[]),
        ),
    ] {
        let ack = client.call("sync", json!({ "notes": known })).await;
        assert_eq!(ack["data"], json!({ "notes": expected }), "{known}");
    }
}

#[tokio::test]
async fn malformed_syncs_are_refused_and_change_nothing() {
    let board = Board::new(10);
    let mut client = Client::connect(board.start().await).await;
    for (payload, field) in [
        (json!(null), "_"),
        (json!([1]), "_"),
        (json!({ "notes": 5 }), "notes"),
        (json!({ "notes": { "epoch": "a", "at": -1 } }), "notes"),
        (json!({ "notes": { "at": 1 } }), "notes"),
        (json!({ "nonsense": null }), "nonsense"),
    ] {
        let ack = client.call("sync", payload.clone()).await;
        assert_eq!(
            (&ack["ok"], &ack["code"]),
            (&json!(false), &json!("invalid")),
            "{payload}"
        );
        assert!(ack["errors"][field][0].is_string(), "{ack}");
    }
    board.put(1, "a");
    assert_eq!(client.event("notes").await, json!([row(1, "a")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sockets_that_sync_at_once_cost_one_query() {
    let board = Board::new(1000);
    for id in 1..=20 {
        board.put(id, "a");
    }
    let address = board.start().await;
    let mut clients = join_all((0..50).map(|_| Client::connect(address))).await;
    for known in [Value::Null, board.position(5)] {
        let payload = json!({ "notes": known });
        for ack in join_all(
            clients
                .iter_mut()
                .map(|client| client.call("sync", payload.clone())),
        )
        .await
        {
            assert_eq!(ack["ok"], true);
        }
    }
    assert_eq!((board.notes.whole_loads(), board.notes.row_loads()), (1, 1));
}

#[tokio::test]
async fn changes_that_outran_the_log_are_told_as_a_whole_list() {
    let board = Board::new(3);
    let address = board.start().await;
    let (mut watching, mut asking) = (board.synced(address).await, Client::connect(address).await);
    let held = board.notes.hold().await;
    asking.emit("refresh", Value::Null).await;
    board.notes.until_somebody_waits().await;
    for id in 1..=10 {
        board.put(id, "a");
    }
    drop(held);
    let pushed = watching.event("notes:changes").await;
    assert_eq!((&pushed["from"], &pushed["to"]), (&Value::Null, &json!(10)));
    assert_eq!(pushed["put"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_refreshed_list_is_loaded_again_and_sent_to_all() {
    let board = Board::new(10);
    let address = board.start().await;
    let (mut plain, mut other) = (Client::connect(address).await, board.synced(address).await);
    board.notes.put(7, "behind the store's back");
    board.reset_notes();
    let rows = json!([row(7, "behind the store's back")]);
    assert_eq!(plain.event("notes").await, rows);
    assert_eq!(
        other.event("notes:changes").await,
        board.changes(None, 1, rows, &[])
    );
}

#[tokio::test]
async fn where_a_list_is_is_told_again_after_it_has_changed() {
    let board = Board::new(10);
    let server = board
        .server()
        .heartbeat(std::time::Duration::from_millis(5));
    let mut client = board
        .synced(start(server, SocketOptions::default()).await)
        .await;
    board.put(1, "a");
    let told = client.event("notes:changes").await;
    assert_eq!(told, board.changes(Some(0), 1, json!([row(1, "a")]), &[]));
    for _ in 0..2 {
        let heartbeat = client.event("notes:changes").await;
        assert_eq!(heartbeat, board.changes(Some(1), 1, json!([]), &[]));
    }
}

#[tokio::test]
async fn what_happened_before_the_start_is_nobodys_news() {
    let board = Board::new(10);
    board.put(1, "before");
    let mut client = board.synced(board.start().await).await;
    board.put(2, "after");
    assert_eq!(
        client.event("notes:changes").await,
        board.changes(Some(1), 2, json!([row(2, "after")]), &[])
    );
}

#[tokio::test]
async fn whole_lists_of_a_busy_list_are_loaded_once_and_followed_by_what_changed_since() {
    let board = Board::new(1000);
    board.put(1, "a");
    let address = board.start().await;
    let whole = json!({ "notes": null });
    let mut first = Client::connect_with(address, r#"{"sync":true}"#).await;
    first.call("sync", whole.clone()).await;
    for id in 2..=5 {
        board.put(id, "b");
        let mut client = Client::connect_with(address, r#"{"sync":true}"#).await;
        let ack = client.call("sync", whole.clone()).await;
        let notes = board.changes(None, 1, json!([row(1, "a")]), &[]);
        assert_eq!(ack["data"]["notes"], notes);
        let later: Vec<Value> = (2..=id).map(|id| row(id, "b")).collect();
        assert_eq!(
            client.event("notes:changes").await,
            board.changes(Some(1), id as u64, json!(later), &[])
        );
    }
    assert_eq!(board.notes.whole_loads(), 1);
}

#[tokio::test]
async fn a_socket_hears_only_of_the_lists_that_it_has_synced() {
    let board = Board::new(10);
    let address = board.start().await;
    let mut client = Client::connect(address).await;
    client.call("sync", json!({ "tags": null })).await;
    board.put(1, "unheard");
    let mut other = Client::connect(address).await;
    other.call("sync", json!({})).await;
    let ack = client.call("sync", json!({ "notes": null })).await;
    assert_eq!(ack["data"]["notes"]["to"], 1);
    board.put(2, "heard");
    let told = board.changes(Some(1), 2, json!([row(2, "heard")]), &[]);
    assert_eq!(client.event("notes:changes").await, told);
    assert_eq!(other.call("sync", json!({})).await["ok"], true);
    let notes = other.events().into_iter();
    assert_eq!(
        notes.filter(|(name, _)| name.starts_with("notes")).count(),
        0
    );
}

#[tokio::test]
async fn who_says_that_it_will_sync_is_sent_no_whole_list_before() {
    let board = Board::new(10);
    let address = board.start().await;
    let mut client = Client::connect_with(address, r#"{"sync":true}"#).await;
    let mut plain = Client::connect(address).await;
    board.put(1, "a");
    plain.event("notes").await;
    let ack = client.call("sync", json!({ "notes": null })).await;
    assert_eq!(ack["data"]["notes"]["put"], json!([row(1, "a")]));
    let events = client.events().into_iter().map(|(name, _)| name);
    assert_eq!(events.collect::<Vec<_>>(), ["connected"]);
}

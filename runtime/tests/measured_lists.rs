//! What is measured of live lists: how often they are loaded, and how late their sockets are told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod board;
mod client;
mod measures;
mod rows;

use std::time::{Duration, Instant};

use board::Board;
use client::Client;
use measures::Measures;
use metrics_util::debugging::DebuggingRecorder;
use rowcast_runtime::metrics;
use serde_json::json;

const LAG: &str = "rowcast_publish_lag_seconds{list=notes}";

fn loads(list: &str, kind: &str, outcome: &str, count: u64) -> (String, u64) {
    let labels = format!("list={list},kind={kind},outcome={outcome}");
    (format!("rowcast_list_loads_total{{{labels}}}"), count)
}

#[tokio::test]
async fn each_query_for_a_list_is_counted() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let board = Board::new(10);
    let address = board.start().await;
    let mut plain = Client::connect(address).await;
    let mut synced = board.synced(address).await;
    assert_eq!(measures.counted(metrics::LIST_LOADS), []);

    plain.call("refresh", json!(null)).await;
    plain.call("refresh", json!(null)).await;
    // The second was sent what was kept of the first.
    let refreshed = [
        loads("notes", "whole", "ok", 1),
        loads("tags", "whole", "ok", 1),
    ];
    assert_eq!(measures.counted(metrics::LIST_LOADS), refreshed);

    board.put(1, "a");
    synced.event("notes:changes").await;
    while plain.event("notes").await != json!([{ "id": 1, "text": "a" }]) {}
    let changed = [
        loads("notes", "rows", "ok", 1),
        loads("notes", "whole", "ok", 2),
        loads("tags", "whole", "ok", 1),
    ];
    assert_eq!(measures.counted(metrics::LIST_LOADS), changed);
    let took = measures.times("rowcast_list_load_duration_seconds{list=notes,kind=whole}");
    assert_eq!(took.len(), 2);

    board.tags.fail(true);
    board
        .change_log
        .commit(vec![vec![rowcast_runtime::Change::reset(board::TAGS)]]);
    let failed = plain.call("refresh", json!(null)).await;
    assert_eq!(failed["code"], "internal");
    let counted =
        measures.counted("rowcast_list_loads_total{list=tags,kind=whole,outcome=internal");
    assert_eq!(counted.len(), 1, "{counted:?}");
}

#[tokio::test]
async fn the_lag_is_the_time_from_the_first_commit_until_all_were_told() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let board = Board::new(10);
    // What was written before the server starts waits for nobody.
    board.put(1, "before");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let address = board.start().await;
    let mut synced = board.synced(address).await;

    let held = board.notes.hold().await;
    let put = Instant::now();
    board.put(2, "held back");
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(measures.times(LAG), [] as [f64; 0]);
    drop(held);
    synced.event("notes:changes").await;
    let [lag] = measures.times(LAG)[..] else {
        panic!("it was measured once: {:?}", measures.times(LAG));
    };
    let most = put.elapsed().as_secs_f64();
    assert!((0.03..most).contains(&lag), "{lag} {most}");

    // Nor is a quick change later than it is.
    board.put(3, "at once");
    synced.event("notes:changes").await;
    let [_, quick] = measures.times(LAG)[..] else {
        panic!("it was measured twice: {:?}", measures.times(LAG));
    };
    assert!(quick < lag, "{quick} {lag}");
}

#[tokio::test]
async fn a_round_that_fails_is_not_over() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let board = Board::new(10);
    let mut synced = board.synced(board.start().await).await;
    board.notes.fail(true);
    board.put(1, "a");
    while board.notes.row_loads() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    board.notes.fail(false);
    synced.event("notes:changes").await;
    let [lag] = measures.times(LAG)[..] else {
        panic!("it was measured once: {:?}", measures.times(LAG));
    };
    // It tries again after 200 ms.
    assert!((0.2..20.0).contains(&lag), "{lag}");
}

//! Lists that are loaded in parts: each part is small, and together with what changes meanwhile they are the list.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod board;
mod client;
mod loader;
mod rows;

use std::time::Duration;

use board::{Board, row};
use client::Client;
use loader::{Loader, put_ids};
use serde_json::{Value, json};

/// Bytes of rows that an answer may have.
const BUDGET: usize = 256 * 1024;
/// A part may stay this far below its budget, and an answer has so many bytes around its rows.
const SLACK: usize = 5000;

/// A board with so many notes of about 1,000 bytes.
fn filled(keep: usize, notes: i64) -> Board {
    let board = Board::new(keep);
    for id in 1..=notes {
        board.notes.put(id, &text(id));
    }
    board
}

fn text(id: i64) -> String {
    format!("{id}:{}", "x".repeat(1000))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_are_small_and_slices_of_one_load_for_all_clients() {
    let board = filled(10, 1000);
    let address = board.start().await;
    let mut loaders = Vec::new();
    for _ in 0..3 {
        loaders.push(Loader::connect(address, json!({})).await);
    }
    for loader in &mut loaders {
        let answers = loader.load().await;
        assert_eq!(loader.wrong(&board.notes.all()), [0; 0]);
        assert_eq!(answers.len(), 1 + 1000 * 1030 / BUDGET);
        let (last, full) = answers.split_last().unwrap();
        for part in full {
            let bytes = part.to_string().len();
            assert!((BUDGET - SLACK..BUDGET + SLACK).contains(&bytes), "{bytes}");
            assert_eq!(part["more"], *put_ids(part).last().unwrap());
        }
        assert!(last.get("more").is_none());
        let froms: Vec<_> = answers.iter().map(|part| &part["from"]).collect();
        assert_eq!(froms[0], &Value::Null);
        assert!(froms[1..].iter().all(|from| **from == 0), "{froms:?}");
    }
    assert_eq!((board.notes.whole_loads(), board.notes.row_loads()), (1, 0));
}

#[tokio::test]
async fn a_client_that_asks_for_no_parts_gets_the_list_in_one_answer() {
    let board = filled(10, 1000);
    let mut client = Client::connect(board.start().await).await;
    for known in [json!(null), json!({ "epoch": "another", "at": 0 })] {
        let ack = client.call("sync", json!({ "notes": known })).await;
        let all = board.notes.all();
        let rows: Vec<_> = all.iter().map(|(id, text)| row(*id, text)).collect();
        let whole = board.changes(None, 0, json!(rows), &[]);
        assert_eq!(ack["data"]["notes"], whole);
    }
}

#[tokio::test]
async fn a_small_list_is_one_part() {
    let board = filled(10, 3);
    let mut client = Client::connect(board.start().await).await;
    let payload = json!({ "notes": { "after": null }, "tags": { "after": null } });
    let ack = client.call("sync", payload).await;
    let rows: Vec<_> = (1..=3).map(|id| row(id, &text(id))).collect();
    let notes = board.changes(None, 0, json!(rows), &[]);
    let tags = board.changes(None, 0, json!([]), &[]);
    assert_eq!(ack["data"], json!({ "notes": notes, "tags": tags }));
}

#[tokio::test]
async fn lists_share_the_budget_of_an_answer() {
    let board = filled(10, 1000);
    for id in 1..=1000 {
        board.tags.put(id, &text(id));
    }
    let mut client = Client::connect(board.start().await).await;
    let payload = json!({ "notes": { "after": null }, "tags": { "after": null } });
    let ack = client.call("sync", payload).await;
    let bytes = ack.to_string().len();
    assert!(
        (BUDGET - 2 * SLACK..BUDGET + SLACK).contains(&bytes),
        "{bytes}"
    );
    assert_eq!(ack["data"]["notes"]["more"], ack["data"]["tags"]["more"]);
}

#[tokio::test]
async fn a_whole_list_with_a_position_is_sent_what_it_misses() {
    let board = filled(3, 1000);
    let mut client = Client::connect(board.start().await).await;
    for id in 1..=5 {
        board.put(id, "new");
    }
    let mut sync = async |at: u64| {
        let mut known = board.position(at);
        known["after"] = Value::Null;
        client.call("sync", json!({ "notes": known })).await["data"]["notes"].clone()
    };
    assert_eq!(sync(5).await, board.changes(Some(5), 5, json!([]), &[]));
    let missed = json!([row(4, "new"), row(5, "new")]);
    assert_eq!(sync(3).await, board.changes(Some(3), 5, missed, &[]));
    let first = sync(1).await;
    assert_eq!((&first["from"], &first["to"]), (&Value::Null, &json!(5)));
    assert_eq!(put_ids(&first).last().copied(), first["more"].as_i64());
}

#[tokio::test]
async fn what_changes_between_parts_comes_with_the_next_part() {
    let board = filled(100, 1000);
    board.drop(500);
    board.drop(3);
    let address = board.start().await;
    let mut loader = Loader::connect(address, json!({})).await;
    let first = loader.next().await;
    let place = first["more"].as_i64().unwrap();
    assert!((10..490).contains(&place));
    for id in [1, place + 1, place + 2, 999] {
        board.put(id, "changed");
    }
    for id in [2, place, place + 3, 998] {
        board.drop(id);
    }
    for id in [3, 500, 1001] {
        board.put(id, "created");
    }
    let second = loader.next().await;
    // It may begin earlier, so that clients with other positions share the changes.
    assert!(second["from"].as_u64().unwrap() <= 2);
    assert_eq!(second["to"], 13);
    let ids = put_ids(&second);
    let after = second["more"].as_i64().unwrap();
    let mut expected: Vec<i64> = (place + 4..=after).filter(|id| *id != 500).collect();
    expected.extend([1, 3, place + 1, place + 2, 500, 999, 1001]);
    assert_eq!(ids, expected);
    assert_eq!(second["dropped"], json!([2, place, place + 3, 998]));
    loader.load().await;
    assert_eq!(loader.wrong(&board.notes.all()), [0; 0]);
    assert_eq!(loader.beginnings, 1);
    // The list was loaded for the first part only: what changed since replaces its rows.
    assert_eq!(board.notes.whole_loads(), 1);
}

#[tokio::test]
async fn many_bytes_of_changes_are_not_sent_again_with_each_part() {
    let board = filled(1000, 2000);
    let mut loader = Loader::connect(board.start().await, json!({})).await;
    loader.next().await;
    for id in 1..=100 {
        board.put(id, &text(-id));
    }
    let second = loader.next().await;
    assert_eq!(
        put_ids(&second).iter().filter(|id| **id <= 100).count(),
        100
    );
    let third = loader.next().await;
    assert!(put_ids(&third).iter().all(|id| *id > 100));
    loader.load().await;
    assert_eq!(loader.wrong(&board.notes.all()), [0; 0]);
    assert_eq!(board.notes.whole_loads(), 2);
}

#[tokio::test]
async fn a_new_epoch_or_a_log_that_is_too_short_begins_anew() {
    let board = filled(3, 1000);
    let mut loader = Loader::connect(board.start().await, json!({})).await;
    loader.next().await;
    // No push comes between: the next part is asked for before anything of it is read.
    let known = json!({ "notes": loader.known() });
    for id in 1..=10 {
        board.put(id, "new");
    }
    let answer = loader.client.call("sync", known).await["data"]["notes"].clone();
    assert_eq!((&answer["from"], &answer["to"]), (&Value::Null, &json!(10)));
    assert!(answer["more"].is_i64());
    board.reset_notes();
    let known = json!({ "epoch": answer["epoch"], "at": 10, "after": answer["more"] });
    let answer = loader.client.call("sync", json!({ "notes": known })).await;
    let answer = &answer["data"]["notes"];
    assert_eq!(answer["from"], Value::Null);
    assert_eq!(answer["epoch"], *board.change_log.epoch(board::NOTES));
    assert!(answer["more"].is_i64());
}

#[tokio::test]
async fn a_row_beyond_the_budget_is_a_part_of_its_own() {
    let board = filled(10, 5);
    board.notes.put(3, &"y".repeat(2 * BUDGET));
    let mut loader = Loader::connect(board.start().await, json!({})).await;
    let answers = loader.load().await;
    let ids: Vec<_> = answers.iter().map(put_ids).collect();
    assert_eq!(ids, [vec![1, 2], vec![3], vec![4, 5]]);
    assert_eq!(loader.wrong(&board.notes.all()), [0; 0]);
}

#[tokio::test]
async fn malformed_places_are_refused_and_change_nothing() {
    let board = filled(10, 5);
    let mut client = Client::connect(board.start().await).await;
    for known in [
        json!({ "after": 1 }),
        json!({ "at": 0, "after": null }),
        json!({ "epoch": "a", "after": 1 }),
        json!({ "epoch": "a", "at": 0, "after": {} }),
        json!({ "epoch": "a", "at": 0, "after": 0.5 }),
    ] {
        let ack = client.call("sync", json!({ "notes": known })).await;
        assert_eq!(ack["code"], "invalid", "{ack}");
        let message = ack["errors"]["notes"][0].as_str().unwrap();
        assert!(message.starts_with("must be null or a position: { epoch, at }"));
    }
    board.put(1, "a");
    assert!(client.event("notes").await.is_array());
}

/// Numbers that look random, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (self.0 >> 33) % end
    }

    /// Puts and drops some notes.
    fn change(&mut self, board: &Board) {
        for _ in 0..self.below(8) {
            let id = self.below(1500) as i64;
            match self.below(3) {
                0 => board.drop(id),
                _ => board.put(id, &self.below(1000).to_string().repeat(300)),
            }
        }
        if self.below(50) == 0 {
            board.reset_notes();
        }
    }
}

/// A client that loads while notes change at all moments has the notes in the end.
async fn loads_while_notes_change(seed: u64) {
    let mut random = Random(seed);
    let board = filled([20, 100, 5000][seed as usize % 3], 1000);
    board.notes.slow(seed % 4);
    let mut loader = Loader::connect(board.start().await, json!({})).await;
    for _ in 0..30 {
        random.change(&board);
        let call = loader.ask().await;
        tokio::time::sleep(Duration::from_millis(random.below(3))).await;
        random.change(&board);
        loader.answer(call).await;
        if random.below(3) == 0 {
            loader.client.read_for(Duration::from_millis(6)).await;
            loader.apply_frames();
        }
        if loader.after.is_none() {
            loader.forget();
        }
    }
    loader
        .load_up_to(board.change_log.position(board::NOTES))
        .await;
    assert_eq!(loader.wrong(&board.notes.all()), [0; 0], "{seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_changes_while_a_list_is_loaded_it_is_right_in_the_end() {
    for seed in 0..6 {
        loads_while_notes_change(seed).await;
    }
}

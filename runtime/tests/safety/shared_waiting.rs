//! What one socket asks for keeps no other socket waiting, however it asks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rowcast_runtime::serve::SocketOptions;
use serde_json::{Value, json};

use crate::board::{Board, NOTES, row};
use crate::client::{Client, start};

/// Changes of the list before a test begins.
const CHANGES: u64 = 1000;

fn busy_board() -> Board {
    let board = Board::new(10_000);
    for id in 1..=CHANGES {
        board.put(id as i64, "a");
    }
    board
}

async fn follower(address: SocketAddr) -> Client {
    Client::connect_with(address, r#"{"sync":true}"#).await
}

#[tokio::test]
async fn a_sync_from_an_invented_position_keeps_no_other_socket_waiting() {
    let board = busy_board();
    let address = board.start().await;
    let mut plain = Client::connect(address).await;
    let mut watching = board.synced(address).await;
    let (mut inventing, mut other) = (follower(address).await, follower(address).await);
    let held = board.notes.hold_many().await;
    let invented = json!({ "notes": board.position(1) });
    let waiting = inventing.call_later("sync", invented).await;
    board.notes.until_somebody_waits().await;

    // Whatever reads the same list goes on meanwhile.
    let asked = json!({ "notes": board.position(CHANGES - 3) });
    let answer = other.call("sync", asked).await;
    assert_eq!(answer["data"]["notes"]["to"], CHANGES);
    let whole = other.call("sync", json!({ "notes": null })).await;
    assert_eq!(whole["data"]["notes"]["from"], Value::Null);
    assert_eq!(plain.call("refresh", Value::Null).await, Value::Null);
    plain.event("notes").await;
    board.put(1, "b");
    let news = board.changes(Some(CHANGES), CHANGES + 1, json!([row(1, "b")]), &[]);
    for client in [&mut watching, &mut other] {
        assert_eq!(client.event("notes:changes").await, news);
    }
    assert_eq!(plain.event("notes").await[0], row(1, "b"));

    // The one that waited is told all that it missed, too, and a little more.
    drop(held);
    let late = &inventing.ack_of(waiting).await["data"]["notes"];
    assert_eq!((&late["from"], &late["to"]), (&json!(0), &json!(CHANGES)));
    assert_eq!(inventing.event("notes:changes").await, news);
}

#[tokio::test]
async fn however_many_positions_are_invented_there_are_few_queries() {
    let board = busy_board();
    let mut client = follower(board.start().await).await;
    for from in 0..CHANGES {
        let asked = json!({ "notes": board.position(from) });
        let ack = client.call("sync", asked).await;
        let notes = &ack["data"]["notes"];
        let (begins, put) = (
            notes["from"].as_u64().unwrap(),
            notes["put"].as_array().unwrap(),
        );
        let missed = CHANGES - from;
        assert!(
            begins <= from && from - begins <= missed / 4,
            "{begins} for {from}"
        );
        assert_eq!(notes["to"], CHANGES);
        assert_eq!(put.len() as u64, CHANGES - begins);
        assert_eq!(put.last(), Some(&row(CHANGES as i64, "a")));
    }
    for from in [CHANGES + 1, u64::MAX] {
        let asked = json!({ "notes": board.position(from) });
        let ack = client.call("sync", asked).await;
        assert_eq!(ack["data"]["notes"]["from"], Value::Null);
    }
    let loads = (board.notes.whole_loads(), board.notes.row_loads());
    assert!(loads.0 == 1 && loads.1 <= 50, "{loads:?}");
}

#[tokio::test]
async fn a_whole_list_is_loaded_once_for_all_that_wait_for_it() {
    let board = busy_board();
    let address = board.start().await;
    let held = board.notes.hold().await;
    let mut first = follower(address).await;
    let whole = json!({ "notes": null });
    let waiting = first.call_later("sync", whole.clone()).await;
    board.notes.until_somebody_waits().await;
    // What these are sent contains a change that the load under way may lack.
    board.put(1, "b");
    let mut later = Vec::new();
    for _ in 0..20 {
        let mut client = follower(address).await;
        let call = client.call_later("sync", whole.clone()).await;
        later.push((client, call));
    }
    drop(held);
    first.ack_of(waiting).await;
    for (mut client, call) in later {
        let notes = &client.ack_of(call).await["data"]["notes"];
        let mut first = notes["put"][0].clone();
        if notes["to"] == CHANGES {
            first = client.event("notes:changes").await["put"][0].clone();
        }
        assert_eq!(first, row(1, "b"));
    }
    let loads = board.notes.whole_loads();
    assert!(loads <= 2, "{loads}");
}

#[tokio::test]
async fn an_answer_that_waits_for_room_is_not_loaded_again() {
    const CALLS: usize = 60;
    let board = Board::new(1000);
    let long = "x".repeat(500_000);
    board.put(1, &long);
    let options = SocketOptions {
        max_buffer: 4,
        ..SocketOptions::default()
    };
    let mut slow = follower(start(board.server(), options).await).await;
    let mut calls = Vec::new();
    for _ in 0..CALLS {
        calls.push(slow.call_later("sync", json!({ "notes": null })).await);
    }
    // It reads nothing, and the list changes all the time.
    for change in 0..150 {
        board.put(2, &change.to_string());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let loads = board.notes.whole_loads() + board.notes.row_loads();
    // Those that are answered, and one or two for each change that is told while there is room.
    assert!(loads < 2 * CALLS, "{loads}");
    for call in calls {
        assert_eq!(slow.ack_of(call).await["ok"], true);
    }
    // It hears that there is more than it was sent, and is sent that when it asks.
    while slow.event("notes:changes").await["to"] != 151 {}
    let ack = slow
        .call("sync", json!({ "notes": board.position(150) }))
        .await;
    assert_eq!(ack["data"]["notes"]["put"], json!([row(2, "149")]));
}

#[tokio::test]
async fn an_answer_is_loaded_again_if_another_epoch_begins_meanwhile() {
    for asks_for_all in [true, false] {
        let board = busy_board();
        let address = board.start().await;
        let (mut watching, mut plain) =
            (board.synced(address).await, Client::connect(address).await);
        let mut asking = follower(address).await;
        let held = board.notes.hold_many().await;
        let held_too = match asks_for_all {
            true => Some(board.notes.hold().await),
            false => None,
        };
        let known = match asks_for_all {
            true => Value::Null,
            false => board.position(1),
        };
        let call = asking.call_later("sync", json!({ "notes": known })).await;
        board.notes.until_somebody_waits().await;
        // What is being loaded lacks this.
        board.notes.put(1, "imported");
        board.reset_notes();
        drop((held, held_too));

        let (epoch, imported) = (board.change_log.epoch(NOTES), row(1, "imported"));
        let is_new = |changes: &Value| {
            let is_whole = changes["from"] == Value::Null && changes["to"] == CHANGES + 1;
            is_whole && changes["epoch"] == *epoch && changes["put"][0] == imported
        };
        let ack = asking.ack_of(call).await;
        assert!(
            is_new(&ack["data"]["notes"]),
            "{}",
            ack["data"]["notes"]["epoch"]
        );
        assert!(is_new(&watching.event("notes:changes").await));
        assert_eq!(plain.event("notes").await[0], imported);
    }
}

/// A list as a client keeps it that follows the rules of positions.
#[derive(Default)]
struct Kept {
    epoch: Value,
    /// All that it was told of, in their order.
    epochs: Vec<Value>,
    at: Option<u64>,
    rows: BTreeMap<i64, String>,
    has_gap: bool,
    read: usize,
}

impl Kept {
    /// Takes what has come since, in its order.
    fn take(&mut self, client: &Client) {
        for frame in &client.frames[self.read..] {
            let start = frame.find('[').unwrap_or_default();
            let arguments = serde_json::from_str(&frame[start..]).unwrap_or(Value::Null);
            if frame.starts_with("43") {
                self.apply(&arguments[0]["data"]["notes"], true);
            } else if arguments[0] == "notes:changes" {
                self.apply(&arguments[1], false);
            }
        }
        self.read = client.frames.len();
    }

    fn apply(&mut self, changes: &Value, is_answer: bool) {
        let to = changes["to"].as_u64().unwrap();
        let from = changes["from"].as_u64();
        let epoch = &changes["epoch"];
        if self.epochs.last() != Some(epoch) {
            assert!(!self.epochs.contains(epoch), "{epoch} had ended");
            self.epochs.push(epoch.clone());
        }
        if *epoch != self.epoch {
            if from.is_some() {
                assert!(!is_answer, "{changes} answers for another epoch");
                self.has_gap = true;
                return;
            }
            self.epoch = epoch.clone();
            self.at = None;
        }
        if is_answer {
            let asked = from.is_none_or(|from| self.at.is_some_and(|at| from <= at));
            assert!(asked, "{changes} answers what was not asked");
            self.has_gap = false;
        }
        if self.at.is_some_and(|at| to <= at) {
            return;
        }
        match from {
            None => self.rows.clear(),
            Some(from) if self.at.is_some_and(|at| from <= at) => {}
            Some(_) => {
                self.has_gap = true;
                return;
            }
        }
        for id in changes["dropped"].as_array().unwrap() {
            self.rows.remove(&id.as_i64().unwrap());
        }
        for row in changes["put"].as_array().unwrap() {
            let text = row["text"].as_str().unwrap().to_owned();
            self.rows.insert(row["id"].as_i64().unwrap(), text);
        }
        self.at = Some(to);
    }

    fn position(&self, at: u64) -> Value {
        json!({ "epoch": self.epoch, "at": at })
    }
}

/// Numbers that a seed decides.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

async fn converge(seed: u64, with_resets: bool) {
    let mut dice = Dice(seed);
    let board = Board::new(40);
    let address = board.start().await;
    board.notes.slow(dice.roll(12));
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push((follower(address).await, Kept::default()));
    }
    let mut syncs: Vec<(usize, u64)> = Vec::new();
    for step in 0..120 {
        let id = dice.roll(20) as i64;
        match dice.roll(10) {
            0..=4 => board.put(id, &step.to_string()),
            5 => board.drop(id),
            6 if with_resets && dice.roll(2) == 0 => {
                board.notes.put(id, &format!("imported at {step}"));
                board.reset_notes();
            }
            6 => tokio::time::sleep(Duration::from_millis(dice.roll(15))).await,
            _ => {
                let index = dice.roll(4) as usize;
                let (client, kept) = &mut clients[index];
                kept.take(client);
                // One that it has, an earlier one, or none.
                let known = match (dice.roll(4), kept.at) {
                    (0, _) | (_, None) => Value::Null,
                    (1, Some(at)) => kept.position(at - dice.roll(at + 1)),
                    (_, Some(at)) => kept.position(at),
                };
                syncs.push((
                    index,
                    client.call_later("sync", json!({ "notes": known })).await,
                ));
            }
        }
    }
    for (index, call) in syncs {
        assert_eq!(clients[index].0.ack_of(call).await["ok"], true);
    }
    let (epoch, end) = (
        board.change_log.epoch(NOTES),
        board.change_log.position(NOTES),
    );
    for (client, kept) in &mut clients {
        kept.take(client);
        while kept.at != Some(end) || kept.epoch != *epoch {
            if kept.has_gap || kept.at.is_none() {
                let known = kept.at.map(|at| kept.position(at));
                client.call("sync", json!({ "notes": known })).await;
            } else {
                client.event("notes:changes").await;
                client.events();
            }
            kept.take(client);
        }
        assert_eq!(kept.rows, board.notes.all(), "seed {seed}");
    }
}

#[tokio::test]
async fn clients_converge_however_writes_and_syncs_take_turns() {
    for seed in 1..=25 {
        converge(seed, false).await;
    }
}

#[tokio::test]
async fn clients_converge_in_the_last_of_many_epochs() {
    for seed in 26..=50 {
        converge(seed, true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_socket_never_sees_a_list_go_back_in_time() {
    let board = Board::new(40);
    let address = board.start().await;
    board.notes.slow(5);
    let mut client = Client::connect(address).await;
    let mut calls = Vec::new();
    for change in 0..150 {
        board.put(1, &format!("{change:03}"));
        if change % 4 == 0 {
            calls.push(client.call_later("refresh", Value::Null).await);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for call in calls {
        assert_eq!(client.ack_of(call).await, Value::Null);
    }
    let mut seen = String::new();
    while seen != "149" {
        let rows = client.event("notes").await;
        let text = rows[0]["text"].as_str().unwrap().to_owned();
        assert!(text >= seen, "{text} came after {seen}");
        seen = text;
    }
}

//! Memory per slow reader: what is kept for a socket whose client does not read is bounded in bytes, whatever it asks for
//! and whatever happens meanwhile; others are served, and the client gets all that it missed once it reads.
//!
//! A binary of its own with one test, since it measures the whole process.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]
#![allow(clippy::print_stdout, reason = "what was measured")]

mod board;
mod client;
mod rows;

use std::net::SocketAddr;
use std::time::Duration;

use board::{Board, NOTES};
use client::{Client, start_with_io};
use peak_alloc::PeakAlloc;
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Access, Action, Call, Error, IdOnly, LiveList, Router, Server, Verb, emit_event_to_all, route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1024 * 1024;
/// Rows of the list, which has 100 kB with them.
const ROWS: i64 = 1000;
/// What is unsent at most, once in Socket.IO's buffer and once in that of the websocket, and what all share: the list, and
/// a copy of it that is being made for each of two sockets.
const MOST: usize = 5 * MIB;

async fn echo(_: (), call: Call<IdOnly<String>>) -> Result<String, Error> {
    Ok(call.input.0)
}

/// A server with a list of 100 kB and a call that answers with what it was sent.
async fn served(board: &Board) -> (SocketAddr, SocketIo) {
    for id in 0..ROWS {
        board.notes.put(id, &"x".repeat(80));
    }
    let open = Action::new(Verb::Command, "echo").access(Access::Anyone);
    let router = Router::new((), [route("echo", open, Reading::Strict, echo)]);
    let notes = LiveList::new(NOTES, "notes", board.notes.clone());
    let server = Server::new(router, board.change_log.clone(), vec![notes]);
    start_with_io(server, SocketOptions::default()).await
}

/// What the process had at most meanwhile, beyond what it had before.
async fn grown<T>(meanwhile: impl Future<Output = T>) -> (usize, T) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let given = meanwhile.await;
    (MEMORY.peak_usage().saturating_sub(before), given)
}

/// Does something a few hundred times while a socket does not read, and sees that another socket is served.
async fn while_another_is_served(address: SocketAddr, mut harm: impl AsyncFnMut(usize)) -> usize {
    // It is sent no lists.
    let mut other = Client::connect_with(address, r#"{"sync":true}"#).await;
    let (grown, ()) = grown(async {
        for turn in 0..600 {
            harm(turn).await;
            if turn % 10 == 0 {
                let ack = other.call("echo", json!("here")).await;
                assert_eq!(ack["data"], "here");
                // What it was sent meanwhile is not the server's.
                other.frames.clear();
                other.events();
            }
        }
        // What was sent has arrived and been worked on.
        tokio::time::sleep(Duration::from_millis(300)).await;
    })
    .await;
    println!("{:.1} MiB", grown as f64 / MIB as f64);
    grown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_per_slow_reader() {
    let board = Board::new(10_000);
    let (address, io) = served(&board).await;
    // Loads the list once.
    Client::connect(address)
        .await
        .call("refresh", Value::Null)
        .await;

    // It asks for the list again and again.
    let mut slow = Client::connect(address).await;
    let asked = while_another_is_served(address, async |_| {
        slow.call_later("refresh", Value::Null).await;
    });
    assert!(asked.await < MOST, "refresh");
    for call in 1..=600 {
        assert_eq!(slow.ack_of(call).await, Value::Null);
        let rows = slow.event("notes").await;
        assert_eq!(rows.as_array().unwrap().len(), 1000);
    }

    // It asks for answers that are long.
    let long = json!("y".repeat(20_000));
    let asked = while_another_is_served(address, async |_| {
        slow.call_later("echo", long.clone()).await;
    });
    // Its calls wait as they were sent, and 16 MiB of them may.
    assert!(asked.await < MOST + 16 * MIB, "acks");
    for call in 601..=1200 {
        assert_eq!(slow.ack_of(call).await["data"], long);
    }

    // The list changes: a plain socket is sent whole lists, a synced one changes.
    let mut synced = board.synced_to_notes(address).await;
    let changed = while_another_is_served(address, async |turn| {
        board.put(0, &format!("{turn} {}", "z".repeat(20_000)));
        tokio::time::sleep(Duration::from_millis(2)).await;
    });
    assert!(changed.await < 2 * MOST, "changes");
    let last = |rows: &Value| {
        let text = rows[0]["text"].as_str();
        text.is_some_and(|text| text.starts_with("599 "))
    };
    while !last(&slow.event("notes").await) {}
    while synced.event("notes:changes").await["to"] != 600 {}

    // Events are sent.
    let payload = "e".repeat(20_000);
    let told = while_another_is_served(address, async |_| {
        let _ = emit_event_to_all(&io, "told", &payload).await;
    });
    assert!(told.await < 2 * MOST, "events");
    assert_eq!(slow.event("told").await, json!(payload));
    // It reads again, and hears of what is sent from then on.
    let mut again = 0;
    while slow.event("told").await != json!("now") {
        again += 1;
        assert!(again < 600, "all were kept for it");
        let _ = emit_event_to_all(&io, "told", "now").await;
    }

    // It leaves and comes back by the same connection, and asks again each time.
    let mut leaving = Client::connect(address).await;
    let asked = while_another_is_served(address, async |turn| {
        for frame in [format!("42{turn}[\"refresh\"]"), "41".into(), "40".into()] {
            try_to_send(&mut leaving, &frame).await;
        }
    });
    assert!(asked.await < MOST, "leaving and coming back");

    // It asks for what Socket.IO itself answers, at the length of the question.
    let mut lost = Client::connect(address).await;
    let nowhere = format!("40/{}", "n".repeat(256));
    let asked = while_another_is_served(address, async |_| {
        for _ in 0..50 {
            try_to_send(&mut lost, &nowhere).await;
        }
    });
    assert!(asked.await < MOST, "namespaces");

    // A client that polls, and does not fetch what it asked for.
    let mut polling = Polling::connect(address).await;
    let asked = while_another_is_served(address, async |turn| {
        polling.send(&format!("42{turn}[\"refresh\"]")).await;
    });
    assert!(asked.await < 2 * MOST, "polling");
    let mut acks = 0;
    while acks < 600 {
        let fetched = polling.fetch().await;
        acks += fetched
            .split('\u{1e}')
            .filter(|packet| packet.starts_with("43"))
            .count();
    }
}

/// Sends a frame, unless the server does not read it for a moment: what is left of it is sent with the next.
async fn try_to_send(client: &mut Client, frame: &str) {
    let sending = client.try_emit(frame);
    let _ = tokio::time::timeout(Duration::from_millis(5), sending).await;
}

/// A client that sends and fetches by requests.
struct Polling {
    address: SocketAddr,
    path: String,
}

impl Polling {
    async fn connect(address: SocketAddr) -> Self {
        let path = "/socket.io/?EIO=4&transport=polling".to_owned();
        let opened = client::get(address, &path).await.1;
        let opened: Value = serde_json::from_str(&opened[1..]).unwrap();
        let sid = opened["sid"].as_str().unwrap();
        let polling = Self {
            path: format!("{path}&sid={sid}"),
            address,
        };
        polling.post("40").await;
        // A ping may come before.
        while !polling.fetch().await.contains("40{") {}
        polling
    }

    async fn send(&mut self, packet: &str) {
        self.post(packet).await;
    }

    async fn post(&self, packet: &str) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{packet}",
            self.path,
            self.address,
            packet.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }

    async fn fetch(&self) -> String {
        let fetched = client::get(self.address, &self.path).await;
        assert_eq!(fetched.0, 200);
        fetched.1
    }
}

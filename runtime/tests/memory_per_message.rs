//! Memory per message: what a message can cause the server to allocate is a small multiple of the message's size, and next
//! to nothing beyond the message itself if the guard or a limit rejects it.
//!
//! A binary of its own with one test, since it measures the whole process: the client below allocates nothing while a
//! message is under way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]
#![allow(clippy::print_stdout, reason = "what was measured")]

mod client;
mod rows;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use client::start;
use peak_alloc::PeakAlloc;
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Access, Action, Call, ChangeLog, Error, IdOnly, ListId, LiveList, Router, Server, Verb, route,
};
use rowcast_schema::input::Fields;
use rowcast_schema::{Bytes, FieldErrors, Input, Reading};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1024 * 1024;
/// The text as it was read, and what an input or an error keeps of it. A tree of values would take sixty times as much.
const MOST: usize = 4;

/// Something that has lists, texts and bytes.
#[derive(Debug)]
struct Upload {
    name: String,
    numbers: Vec<u64>,
    content: Option<Bytes>,
}

impl Input for Upload {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let name = fields.required("name");
        let numbers = fields.or_else("numbers", Vec::new);
        let content = fields.optional("content");
        fields.finish(|| {
            Some(Self {
                name: name?,
                numbers: numbers?,
                content: content?,
            })
        })
    }
}

async fn upload(_: (), call: Call<Upload>) -> Result<usize, Error> {
    let Upload {
        name,
        numbers,
        content,
    } = call.input;
    Ok(name.len() + numbers.len() + content.map_or(0, |content| content.len()))
}

async fn unreachable(_: (), _: Call<IdOnly<String>>) -> Result<(), Error> {
    Ok(())
}

async fn served() -> SocketAddr {
    let command = |event, access| Action::new(Verb::Command, event).access(access);
    let routes = [
        route(
            "upload",
            command("upload", Access::Anyone),
            Reading::Strict,
            upload,
        ),
        route(
            "denied",
            command("denied", Access::SignedIn),
            Reading::Strict,
            unreachable,
        ),
    ];
    let notes = LiveList::new(ListId(0), "notes", rows::Rows::default());
    let server = Server::new(
        Router::new((), routes),
        Arc::new(ChangeLog::new(1)),
        vec![notes],
    );
    start(server, SocketOptions::default()).await
}

/// A websocket whose frames exist before anything is measured.
struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    async fn connect(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Self {
            stream,
            read: vec![0; 64 * 1024],
        }
    }

    async fn connected(address: SocketAddr) -> Self {
        let mut raw = Self::connect(address).await;
        raw.stream.write_all(&frame(0x81, b"40")).await.unwrap();
        raw.until("is connected").await;
        raw
    }

    /// Reads until some text has come; gives what came with it.
    async fn until(&mut self, text: &str) -> String {
        loop {
            let read =
                tokio::time::timeout(Duration::from_secs(30), self.stream.read(&mut self.read));
            let read = read.await.unwrap().unwrap();
            assert!(read > 0, "the connection was ended before `{text}` came");
            let came = String::from_utf8_lossy(&self.read[..read]);
            if came.contains(text) {
                return came.into_owned();
            }
        }
    }
}

/// A masked frame whose mask changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | 127];
    frame.extend((payload.len() as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

/// So many copies, between brackets.
fn list(item: &str, bytes: usize) -> String {
    let items = vec![item; bytes / (item.len() + 1)];
    format!("[{}]", items.join(","))
}

fn deep(bytes: usize) -> String {
    "[".repeat(bytes / 2) + &"]".repeat(bytes / 2)
}

fn keys(bytes: usize) -> String {
    let keys: Vec<String> = (0..bytes / 12)
        .map(|key| format!(r#""{key:06}":0"#))
        .collect();
    format!("{{{}}}", keys.join(","))
}

/// Payloads of about this size that would take most memory as a tree.
fn hostile(bytes: usize) -> Vec<(&'static str, String)> {
    vec![
        ("numbers", list("0", bytes)),
        ("objects", list(r#"{"a":0}"#, bytes)),
        ("lists", list("[[]]", bytes)),
        ("empty texts", list(r#""""#, bytes)),
        ("keys", keys(bytes)),
        ("depth", deep(bytes)),
        ("escapes", format!(r#""{}""#, r"\u0041".repeat(bytes / 6))),
        (
            "names",
            format!(r#"{{"name":{},"numbers":1}}"#, list("0", bytes)),
        ),
        (
            "numbers of a field",
            format!(r#"{{"name":"a","numbers":{}}}"#, list("0", bytes)),
        ),
        (
            "numbers beside fields",
            format!(r#"{{"name":"a","other":{}}}"#, list("0", bytes)),
        ),
    ]
}

/// What the process allocated at most, beyond what it had, until the answer came.
async fn grown(socket: &mut Raw, message: &[u8], answer: &str) -> (usize, String) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    socket.stream.write_all(message).await.unwrap();
    let came = socket.until(answer).await;
    (MEMORY.peak_usage().saturating_sub(before), came)
}

/// Forty sockets that have sent nothing yet, and the memory in use with them.
async fn connect_forty(address: SocketAddr) -> (Vec<Raw>, usize) {
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(Raw::connect(address).await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    MEMORY.reset_peak_usage();
    (strangers, MEMORY.current_usage())
}

/// Whether the server ends a connection, or sends nothing for a while.
async fn has_ended(stream: &mut TcpStream) -> bool {
    let mut read = [0; 4096];
    loop {
        match tokio::time::timeout(Duration::from_millis(500), stream.read(&mut read)).await {
            Ok(Ok(0) | Err(_)) => return true,
            Ok(Ok(_)) => {}
            Err(_) => return false,
        }
    }
}

#[tokio::test]
async fn memory_per_message() {
    let address = served().await;
    let mut socket = Raw::connected(address).await;
    // What is allocated once, such as caches, is allocated now.
    for event in ["upload", "denied", "nowhere", "sync"] {
        grown(
            &mut socket,
            &text(&format!(r#"421["{event}",{{}}]"#)),
            "431[",
        )
        .await;
    }

    hostile_payloads(&mut socket).await;
    many_placeholders(&mut socket).await;
    messages_that_only_begin(address).await;
    packets_without_attachments(address).await;
    namespaces_that_do_not_exist(address).await;
    posts_that_only_begin(address).await;
    auth_before_anything_is_known(address).await;
}

async fn hostile_payloads(socket: &mut Raw) {
    let bytes = MIB;
    for (name, payload) in hostile(bytes) {
        for event in ["upload", "denied", "nowhere", "sync"] {
            let message = text(&format!(r#"421["{event}",{payload}]"#));
            let (grown, came) = grown(socket, &message, "431[").await;
            println!("{name} to {event}: {:.2} x", grown as f64 / bytes as f64);
            assert!(
                grown < MOST * bytes,
                "{name} to {event}: {grown} bytes for {bytes}"
            );
            let is_fine = event == "upload" && name == "numbers beside fields";
            assert!(
                came.contains(r#""ok":false"#) || is_fine,
                "{name} {event}: {came}"
            );
        }
    }
}

async fn many_placeholders(socket: &mut Raw) {
    // The message of the report: one attachment that many placeholders stand for.
    let attachment = frame(0x82, &vec![7; MIB - 64 * 1024]);
    let placeholders = list(r#"{"_placeholder":true,"num":0}"#, 500 * 30);
    for (event, payload) in [
        ("nowhere", placeholders.clone()),
        ("denied", placeholders.clone()),
        ("upload", placeholders.clone()),
        (
            "upload",
            format!(r#"{{"name":"a","content":{placeholders}}}"#),
        ),
        (
            "upload",
            r#"{"name":"a","content":{"_placeholder":true,"num":0}}"#.to_owned(),
        ),
    ] {
        let mut message = text(&format!(r#"451-1["{event}",{payload}]"#));
        message.extend(&attachment);
        let (grown, came) = grown(socket, &message, "431[").await;
        println!(
            "attachments to {event}: {:.2} x",
            grown as f64 / message.len() as f64
        );
        assert!(grown < MOST * message.len(), "{event}: {grown} bytes");
        assert!(came.contains(r#""ok":false"#), "{event}: {came}");
    }
}

async fn messages_that_only_begin(address: SocketAddr) {
    // Sockets that only say that a long message comes. Memory is reserved for it, so there may be so many at a time.
    let (mut strangers, before) = connect_forty(address).await;
    for stranger in &mut strangers {
        let begun = [&[0x81, 0xff][..], &4_000_000_u64.to_be_bytes(), &[0; 5]].concat();
        stranger.stream.write_all(&begun).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let reserved = MEMORY.peak_usage().saturating_sub(before);
    println!("long messages that only begin: {} MiB", reserved / MIB);
    assert!(reserved < 72 * MIB, "{reserved} bytes");
    drop(strangers);
}

async fn packets_without_attachments(address: SocketAddr) {
    // Packets whose attachments never come: what has come is kept, in Socket.IO and in the websocket's buffer.
    let begun = text(&format!(r#"452-["nowhere","{}"]"#, "x".repeat(3_000_000)));
    let (mut strangers, before) = connect_forty(address).await;
    for stranger in &mut strangers {
        // Some are closed before they have sent all.
        let _ = stranger.stream.write_all(&begun).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let kept = MEMORY.peak_usage().saturating_sub(before);
    println!("packets without their attachments: {} MiB", kept / MIB);
    assert!(kept < 3 * 64 * MIB, "{kept} bytes");
    let mut closed = 0;
    for stranger in &mut strangers {
        closed += usize::from(has_ended(&mut stranger.stream).await);
    }
    assert!((15..=25).contains(&closed), "{closed} of 40");
    drop(strangers);
    tokio::time::sleep(Duration::from_millis(500)).await;
}

async fn namespaces_that_do_not_exist(address: SocketAddr) {
    // A packet for a namespace that does not exist is answered with its name.
    let mut stranger = Raw::connect(address).await;
    let message = text(&format!("40/{}", "x".repeat(250)));
    let (_, came) = grown(&mut stranger, &message, "44/").await;
    assert!(came.contains("Invalid namespace"), "{came}");
    let message = text(&format!("40/{}", "x".repeat(3_000_000)));
    let _ = stranger.stream.write_all(&message).await;
    assert!(has_ended(&mut stranger.stream).await);
}

async fn posts_that_only_begin(address: SocketAddr) {
    // The same as of messages that only begin, for a client that polls.
    let opened = client::get(address, "/socket.io/?EIO=4&transport=polling")
        .await
        .1;
    let sid = opened.split('"').nth(3).unwrap();
    let head = format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 3900000\r\n\r\n"
    );
    let mut requests = Vec::new();
    for _ in 0..20 {
        let mut request = TcpStream::connect(address).await.unwrap();
        request.write_all(head.as_bytes()).await.unwrap();
        requests.push(request);
    }
    // Seventeen of these may be read at a time.
    let mut rejected = 0;
    for request in &mut requests {
        let mut answer = [0; 12];
        let read = request.read_exact(&mut answer);
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(300), read).await {
            assert_eq!(&answer, b"HTTP/1.1 503");
            rejected += 1;
        }
    }
    assert_eq!(rejected, 3);
    drop(requests);
}

async fn auth_before_anything_is_known(address: SocketAddr) {
    let bytes = MIB;
    // What a client says of itself before anything is known of it.
    for payload in [list("0", bytes), keys(bytes), deep(bytes)] {
        let mut stranger = Raw::connect(address).await;
        let message = text(&format!("40{payload}"));
        let (grown, came) = grown(&mut stranger, &message, "44{").await;
        println!("auth: {:.2} x", grown as f64 / bytes as f64);
        assert!(grown < MOST * bytes, "{grown} bytes");
        assert!(came.contains("auth"), "{came}");
    }
}

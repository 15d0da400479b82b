//! Who sends more than the server can take in: it is held back, or sent away, and others notice nothing.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod client;
mod echo;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use client::{Client, start_without_serve};
use echo::served;
use rowcast_runtime::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn who_sends_faster_than_it_is_answered_is_held_back_and_loses_nothing() {
    const CALLS: u64 = 12_000;
    let address = served(Limits {
        max_in_flight: 1024,
        ..Limits::default()
    })
    .await;
    let mut flooding = Client::connect(address).await;
    let mut other = Client::connect(address).await;
    for _ in 0..CALLS {
        flooding.call_later("echo", json!("a")).await;
    }
    // Many times as many as may wait, and yet there is time for others, and room for each.
    assert_eq!(other.call("echo", json!("b")).await["data"], "b");
    for call in 1..=CALLS {
        let (answered, ack) = flooding.next_ack().await;
        assert_eq!((answered, &ack["data"]), (call, &json!("a")), "{ack}");
    }
}

#[tokio::test]
async fn whose_calls_take_long_is_heard_again_before_it_seems_to_be_gone() {
    let address = served(Limits {
        max_in_flight: 8,
        calls_per_second: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(1).unwrap(),
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(address).await;
    for _ in 0..2000 {
        client.call_later("echo", json!("a")).await;
    }
    // What comes after those that wait is refused, after two seconds without being read.
    let begun = Instant::now();
    while client.next_ack().await.1["code"] != "busy" {}
    assert!(begun.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn who_goes_on_sending_whatever_it_hears_is_sent_away() {
    let server = echo::server(Limits {
        max_in_flight: 1,
        calls_per_second: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(1).unwrap(),
        ..Limits::default()
    });
    let address = start_without_serve(server).await;
    let mut flooding = Client::connect(address).await;
    let mut other = Client::connect(address).await;
    let mut busy = 0;
    let mut waiting = 0;
    while !flooding.is_disconnected() {
        flooding.call_later("echo", json!("a")).await;
        waiting += 1;
        // It reads what it hears, so that only its sending is at fault.
        if waiting == 100 {
            let heard = flooding.read_for(Duration::from_millis(5)).await;
            busy += heard.iter().filter(|ack| ack["code"] == "busy").count();
            waiting = 0;
        }
        assert!(busy < 100_000, "it is refused for ever");
    }
    assert!(busy > 5000, "it was sent away after {busy} refusals");
    let reason = flooding.event("disconnected").await;
    assert_eq!(
        reason,
        json!({ "code": "busy", "message": "too many calls" })
    );
    assert_eq!(other.call("echo", json!("a")).await["data"], "a");
}

#[tokio::test]
async fn packets_that_are_no_calls_are_read_at_a_pace() {
    let address = served(Limits {
        packets_per_second: NonZeroU32::new(1000).unwrap(),
        ..Limits::default()
    })
    .await;
    let mut flooding = Client::connect(address).await;
    let mut other = Client::connect(address).await;
    let begun = Instant::now();
    for _ in 0..1500 {
        flooding.send_frame("3").await;
        flooding.send_ping().await;
    }
    let sent = Instant::now();
    assert_eq!(other.call("echo", json!("b")).await["data"], "b");
    let others = sent.elapsed();
    // Three thousand are before it. Some come at once, others in one portion with the last of those.
    assert_eq!(flooding.call("echo", json!("a")).await["data"], "a");
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(1500), "{took:?}");
    assert!(others < took / 2, "{others:?} of {took:?}");
}

#[tokio::test]
async fn long_messages_are_read_at_a_pace_too_and_one_at_once() {
    let address = served(Limits {
        bytes_per_second: NonZeroU32::new(1024 * 1024).unwrap(),
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(address).await;
    let begun = Instant::now();
    let long = "x".repeat(900_000);
    assert_eq!(client.call("echo", json!(long)).await["data"], long);
    let first = begun.elapsed();
    assert_eq!(client.call("echo", json!(long)).await["data"], long);
    let both = begun.elapsed();
    assert!(both > Duration::from_millis(600), "{both:?}");
    assert!(first < both / 2, "{first:?} of {both:?}");
}

#[tokio::test]
async fn who_polls_first_is_held_back_on_the_websocket_that_it_moves_to() {
    const CALLS: u64 = 6000;
    let address = served(Limits {
        max_in_flight: 512,
        ..Limits::default()
    })
    .await;
    // Another connection, which might have become its websocket, stays open.
    let mut flooding = Client::moved(address).await;
    for _ in 0..CALLS {
        flooding.call_later("echo", json!("a")).await;
    }
    for call in 1..=CALLS {
        let (answered, ack) = flooding.next_ack().await;
        assert_eq!((answered, &ack["data"]), (call, &json!("a")), "{ack}");
    }
}

#[tokio::test]
async fn packets_of_a_client_that_polls_are_read_at_a_pace_too() {
    let address = served(Limits {
        packets_per_second: NonZeroU32::new(1000).unwrap(),
        ..Limits::default()
    })
    .await;
    let mut other = Client::connect(address).await;
    let path = "/socket.io/?EIO=4&transport=polling";
    let (_, opened) = client::get(address, path).await;
    let (_, sid) = opened.split_once(r#""sid":""#).unwrap();
    let (sid, _) = sid.split_once('"').unwrap();
    let packets = ["3"; 3000].join("\u{1e}");
    let head = format!(
        "POST {path}&sid={sid} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        packets.len()
    );
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all((head + &packets).as_bytes())
        .await
        .unwrap();
    assert_eq!(other.call("echo", json!("b")).await["data"], "b");
    let others = begun.elapsed();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let took = begun.elapsed();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(took > Duration::from_millis(500), "{took:?}");
    assert!(others < took / 2, "{others:?} of {took:?}");
}

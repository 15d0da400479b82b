//! What clients may not ask for: more sockets, larger payloads and longer stays than are good for a server.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod client;
mod echo;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use client::Client;
use echo::served;
use rowcast_runtime::Limits;
use serde_json::{Value, json};

#[tokio::test]
async fn an_address_has_so_many_sockets_and_the_others_have_theirs() {
    let address = served(Limits {
        sockets_per_address: 2,
        proxies: 1,
        ..Limits::default()
    })
    .await;
    let first = Client::forwarded(address, "10.0.0.1").await;
    // What a client says itself stands before what the proxy adds.
    let _second = Client::forwarded(address, "1.2.3.4, 10.0.0.1").await;
    let refused = Client::refused_forwarded(address, "5.6.7.8, 10.0.0.1").await;
    assert_eq!(
        refused["message"],
        "busy: too many connections from this address"
    );
    let mut other = Client::forwarded(address, "10.0.0.2").await;
    assert_eq!(other.call("echo", json!("a")).await["data"], "a");
    drop(first);
    // The server needs a moment to notice that it is gone.
    let begun = Instant::now();
    loop {
        let again = tokio::time::timeout(
            Duration::from_millis(200),
            Client::forwarded(address, "10.0.0.1"),
        );
        if again.await.is_ok() {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "its place is never free again"
        );
    }
}

#[tokio::test]
async fn the_calls_of_an_address_are_answered_at_its_pace() {
    let address = served(Limits {
        calls_per_second_per_address: NonZeroU32::new(50).unwrap(),
        proxies: 1,
        ..Limits::default()
    })
    .await;
    let mut sockets = [
        Client::forwarded(address, "10.0.0.1").await,
        Client::forwarded(address, "10.0.0.1").await,
    ];
    let begun = Instant::now();
    for _ in 0..40 {
        for socket in &mut sockets {
            assert_eq!(socket.call("echo", json!("a")).await["data"], "a");
        }
    }
    // Fifty at once, and thirty more at fifty a second.
    assert!(
        begun.elapsed() > Duration::from_millis(500),
        "{:?}",
        begun.elapsed()
    );
    // Another address is answered while this one waits for a second.
    for _ in 0..50 {
        sockets[0].call_later("echo", json!("a")).await;
    }
    let mut other = Client::forwarded(address, "10.0.0.2").await;
    let answered = async {
        for _ in 0..40 {
            assert_eq!(other.call("echo", json!("a")).await["data"], "a");
        }
    };
    let last = sockets[0].ack_of(90);
    tokio::select! {
        biased;
        () = answered => {}
        _ = last => panic!("the other waits as long"),
    }
}

#[tokio::test]
async fn an_address_has_so_many_calls_under_way_and_each_socket_its_turn() {
    let address = served(Limits {
        max_in_flight_per_address: 4,
        calls_per_second: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(1).unwrap(),
        proxies: 1,
        ..Limits::default()
    })
    .await;
    let mut first = Client::forwarded(address, "10.0.0.1").await;
    // One is answered at once, the next is held until there is time, two wait; that is all that there may be.
    assert_eq!(first.call("echo", json!("a")).await["data"], "a");
    for _ in 0..4 {
        first.call_later("echo", json!("a")).await;
    }
    let refused = first.call("echo", json!("a")).await;
    assert_eq!(refused["code"], "busy", "{refused}");
    // Another socket of the address has nothing waiting, so its one call is taken; one elsewhere has all its room.
    let mut second = Client::forwarded(address, "10.0.0.1").await;
    assert_eq!(second.call("echo", json!("b")).await["data"], "b");
    let mut elsewhere = Client::forwarded(address, "10.0.0.2").await;
    assert_eq!(elsewhere.call("echo", json!("c")).await["data"], "c");
    // What is answered makes room.
    for call in 2..=5 {
        assert_eq!(first.ack_of(call).await["data"], "a");
    }
    assert_eq!(first.call("echo", json!("d")).await["data"], "d");
}

#[tokio::test]
async fn payloads_that_are_too_large_in_some_way_are_refused_and_nothing_else() {
    let limits = Limits::default();
    let address = served(limits).await;
    let mut client = Client::connect(address).await;
    let deep = (0..=limits.max_depth).fold(json!(1), |inner, _| json!([inner]));
    for (payload, error) in [
        (
            json!("x".repeat(limits.max_text + 1)),
            "must not have a text of more than 1048576 bytes",
        ),
        (
            json!(vec![0; limits.max_elements + 1]),
            "must not have a list of more than 10000 elements",
        ),
        (deep, "must not be nested more than 32 deep"),
    ] {
        let ack = client.call("echo", payload).await;
        assert_eq!(ack["code"], "invalid");
        assert_eq!(ack["errors"]["_"], json!([error]));
    }
    let long = "x".repeat(limits.max_text);
    assert_eq!(client.call("echo", json!(long)).await["data"], long);
}

#[tokio::test]
async fn who_does_not_sign_in_may_not_stay() {
    let address = served(Limits {
        unauthenticated_time: Some(Duration::from_millis(300)),
        ..Limits::default()
    })
    .await;
    let mut visitor = Client::connect(address).await;
    let mut member = Client::connect(address).await;
    member.call("enter", json!(7)).await;
    let reason = visitor.event("disconnected").await;
    assert_eq!(
        reason,
        json!({ "code": "unauthenticated", "message": "please sign in first" })
    );
    visitor.until_disconnected().await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(member.call("echo", json!("a")).await["data"], "a");
}

#[tokio::test]
async fn who_asks_for_nothing_may_not_stay() {
    let address = served(Limits {
        idle_time: Some(Duration::from_millis(400)),
        ..Limits::default()
    })
    .await;
    let mut idle = Client::connect(address).await;
    let mut busy = Client::connect(address).await;
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_ne!(busy.call("echo", json!("a")).await, Value::Null);
    }
    assert_eq!(idle.event("disconnected").await["code"], "idle");
    idle.until_disconnected().await;
}

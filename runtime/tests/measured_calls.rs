//! What is measured of calls and sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod client;
mod measures;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use client::{Client, start};
use measures::Measures;
use metrics_util::debugging::DebuggingRecorder;
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Action, Call, Caller, ChangeLog, Contract, Denied, Error, Guard, IdOnly, Identified, Limits,
    Router, Server, Verb, metrics, route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};

/// Lets those in who give a name; `guarded` is for those with one.
struct Names;

impl Guard for Names {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            match auth["name"].as_str() {
                Some("banned") => return Err(Denied::forbidden().into()),
                Some(name) => caller.sign_in(name, name.to_owned()),
                None => {}
            }
            Ok(())
        })
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        match action.resource {
            "guarded" if caller.identity::<String>().is_none() => Err(Denied::unauthenticated()),
            _ => Ok(()),
        }
    }
}

/// Sleeps for so many milliseconds.
async fn sleep(_: (), call: Call<IdOnly<u64>>) -> Result<(), Error> {
    tokio::time::sleep(Duration::from_millis(call.input.0)).await;
    Ok(())
}

async fn fail(_: (), _: Call<IdOnly<u64>>) -> Result<(), Error> {
    Err(Error::internal("broken"))
}

async fn served(limits: Limits) -> SocketAddr {
    let action = |event| Action::new(Verb::Command, event);
    let router = Router::new(
        (),
        [
            route("sleep", action("sleep"), Reading::Strict, sleep),
            route("guarded", action("guarded"), Reading::Strict, sleep),
            route("fail", action("fail"), Reading::Strict, fail),
        ],
    );
    let contract = Contract {
        fingerprint: "now",
        serves: &[],
    };
    let server = Server::new(router, Arc::new(ChangeLog::new(1)), Vec::new());
    let server = server.guard(Names).contract(contract).limits(limits);
    start(server, SocketOptions::default()).await
}

fn call_of(event: &str, outcome: &str, count: u64) -> (String, u64) {
    let name = format!("rowcast_calls_total{{event={event},outcome={outcome}}}");
    (name, count)
}

#[tokio::test]
async fn calls_are_counted_by_event_and_outcome() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let mut client = Client::connect(served(Limits::default()).await).await;
    client.call("sleep", json!(1)).await;
    client.call("sleep", json!(0)).await;
    client.call("sleep", json!("no number")).await;
    client.call("guarded", json!(0)).await;
    client.call("fail", json!(0)).await;
    client.call("refresh", json!(null)).await;
    client.call("sync", json!({})).await;
    client.call("sync", json!({ "nonsense": null })).await;
    let expected = [
        call_of("fail", "internal", 1),
        call_of("guarded", "unauthenticated", 1),
        call_of("refresh", "ok", 1),
        call_of("sleep", "invalid", 1),
        call_of("sleep", "ok", 2),
        call_of("sync", "invalid", 1),
        call_of("sync", "ok", 1),
    ];
    assert_eq!(measures.counted(metrics::CALLS), expected);
}

#[tokio::test]
async fn clients_make_up_no_labels() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let mut client = Client::connect(served(Limits::default()).await).await;
    client.call("sleep", json!(0)).await;
    client.call("made_up", json!(0)).await;
    let before = measures.names();
    for n in 0..50 {
        client.call(&format!("made_up_{n}"), json!(0)).await;
    }
    assert_eq!(measures.names(), before);
    assert!(!before.iter().any(|name| name.contains("made_up")));
    assert_eq!(
        measures.counted(metrics::CALLS),
        [
            call_of("sleep", "ok", 1),
            call_of("unknown", "unknown_event", 51)
        ]
    );
}

#[tokio::test]
async fn a_call_takes_the_time_that_its_client_waits() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let mut client = Client::connect(served(Limits::default()).await).await;
    let slow = client.call_later("sleep", json!(600)).await;
    let behind = client.call_later("guarded", json!(0)).await;
    client.ack_of(slow).await;
    client.ack_of(behind).await;
    let [took] = measures.times("rowcast_call_duration_seconds{event=sleep}")[..] else {
        panic!("it was measured once");
    };
    assert!((0.6..20.0).contains(&took), "{took}");
    let [waited] = measures.times("rowcast_call_wait_seconds{event=guarded}")[..] else {
        panic!("it was measured once");
    };
    assert!((0.03..20.0).contains(&waited), "{waited}");
    let [first] = measures.times("rowcast_call_wait_seconds{event=sleep}")[..] else {
        panic!("it was measured once");
    };
    assert!(first < waited, "{first} {waited}");
}

#[tokio::test]
async fn what_was_refused_unread_is_counted_as_such() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let limits = Limits {
        max_in_flight: 1,
        ..Limits::default()
    };
    let mut client = Client::connect(served(limits).await).await;
    client.call_later("sleep", json!(600_000)).await;
    for _ in 0..5 {
        client.call_later("sleep", json!(0)).await;
    }
    for _ in 0..4 {
        assert_eq!(client.next_ack().await.1["code"], "busy");
    }
    let unread = "rowcast_calls_total{event=unread,outcome=busy}";
    let [(name, count)] = &measures.counted(metrics::CALLS)[..] else {
        panic!("nothing else was answered");
    };
    assert!(name == unread && *count >= 4, "{name} {count}");
}

#[tokio::test]
async fn sockets_are_counted_while_they_are_connected() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let address = served(Limits::default()).await;
    let first = Client::connect(address).await;
    let mut second = Client::connect_with(address, r#"{"name":"Rose"}"#).await;
    Client::refused(address, r#"{"name":"banned"}"#).await;
    Client::refused(address, r#"{"contract":"earlier"}"#).await;
    measures.until_gauge(metrics::SOCKETS, 2.0).await;
    drop(first);
    measures.until_gauge(metrics::SOCKETS, 1.0).await;
    // As a client that leaves, but keeps the connection for other namespaces.
    second.send_frame("41").await;
    measures.until_gauge(metrics::SOCKETS, 0.0).await;
    let of = |outcome: &str| format!("rowcast_connections_total{{outcome={outcome}}}");
    assert_eq!(
        measures.counted(metrics::CONNECTIONS),
        [(of("forbidden"), 1), (of("ok"), 2), (of("outdated"), 1)]
    );
}

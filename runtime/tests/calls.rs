//! Calls over real connections: always answered, in order, by those who may.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]
#![allow(clippy::panic, reason = "panics are what is tested")]

mod client;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::{Client, start};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Action, AllowAll, Call, Caller, ChangeLog, Denied, Error, Guard, Limits, Route, Router, Server,
    Verb, route,
};
use rowcast_schema::input::Fields;
use rowcast_schema::{FieldErrors, Input, Reading};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What the calls of these tests take.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Step {
    n: u64,
    sleep_ms: u64,
    size: usize,
}

impl Input for Step {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let n = fields.required("n");
        let (sleep_ms, size) = (
            fields.or_else("sleep_ms", || 0),
            fields.or_else("size", || 0),
        );
        fields.finish(|| {
            Some(Self {
                n: n?,
                sleep_ms: sleep_ms?,
                size: size?,
            })
        })
    }
}

/// Remembers the steps in the order in which they took effect.
#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<u64>>>);

async fn step(steps: Steps, call: Call<Step>) -> Result<String, Error> {
    tokio::time::sleep(Duration::from_millis(call.input.sleep_ms)).await;
    steps.0.lock().unwrap().push(call.input.n);
    Ok("x".repeat(call.input.size))
}

async fn fail(_: Steps, call: Call<Step>) -> Result<(), Error> {
    match call.input.n {
        0 => panic!("secret in a panic"),
        1 => Err(Error::internal("secret in an error")),
        _ => Err(Error::NotFound { what: "step" }),
    }
}

async fn sign_in(_: Steps, call: Call<Step>) -> Result<u64, Error> {
    match call.input.n {
        0 => call.caller.sign_out(),
        n => call.caller.sign_in(n.to_string(), n),
    }
    Ok(call.input.n)
}

fn command(event: &'static str) -> Action {
    Action::new(Verb::Command, event)
}

fn routes() -> [Route<Steps>; 4] {
    [
        route("step", command("step"), Reading::Strict, step),
        route("fail", command("fail"), Reading::Strict, fail),
        route("guarded", command("guarded"), Reading::Strict, step),
        route("sign_in", command("sign_in"), Reading::Strict, sign_in).data_key("user"),
    ]
}

fn server(steps: &Steps) -> Server {
    Server::new(
        Router::new(steps.clone(), routes()),
        Arc::new(ChangeLog::new(10)),
        Vec::new(),
    )
    .guard(AllowAll)
}

async fn connect() -> Client {
    Client::connect(start(server(&Steps::default()), SocketOptions::default()).await).await
}

fn refused(code: &str, field: &str, message: &str) -> Value {
    json!({ "ok": false, "data": null, "errors": { field: [message] }, "code": code })
}

#[tokio::test]
async fn a_connection_is_greeted() {
    let mut client = connect().await;
    let greeting = client.event("connected").await;
    assert_eq!(
        greeting,
        json!({ "data": format!("id: {} is connected", client.sid) })
    );
}

#[tokio::test]
async fn good_calls_are_answered_with_or_without_data_key() {
    let mut client = connect().await;
    let ack = client.call("step", json!({ "n": 1, "size": 2 })).await;
    assert_eq!(
        ack,
        json!({ "ok": true, "data": "xx", "errors": {}, "code": null })
    );
    let ack = client.call("sign_in", json!({ "n": 7 })).await;
    assert_eq!(
        ack,
        json!({ "ok": true, "user": 7, "errors": {}, "code": null })
    );
    let ack = client.call("sign_in", json!({})).await;
    assert_eq!(ack["user"], Value::Null);
    assert_eq!(ack["errors"]["n"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn bad_calls_are_answered() {
    let mut client = connect().await;
    let unknown = client.call("nonsense", json!({})).await;
    assert_eq!(
        unknown,
        refused("unknown_event", "_", "there is no event `nonsense`")
    );
    for arguments in [
        r#"["step"]"#,
        r#"["step",null]"#,
        r#"["step",5]"#,
        r#"["step",{"n":1},{"n":2}]"#,
        r#"["step",1e999]"#,
        r#"["step",{"n":"\ud800"}]"#,
        r#"["step",{"n":-1}]"#,
        r#"["step",{"n":1}] trailing"#,
    ] {
        let ack = client.call_raw(arguments).await;
        assert_eq!(
            (&ack["ok"], &ack["code"]),
            (&json!(false), &json!("invalid")),
            "{arguments}: {ack}"
        );
    }
    let not_found = client.call("fail", json!({ "n": 2 })).await;
    assert_eq!(
        not_found,
        refused("not_found", "id", "there is no step with this id")
    );
}

#[tokio::test]
async fn bytes_where_none_belong_are_refused_and_answered() {
    let mut client = connect().await;
    client
        .send_frame(r#"451-77["step",{"n":{"_placeholder":true,"num":0}}]"#)
        .await;
    client.send_binary(vec![1, 2, 3]).await;
    let ack = client.ack_of(77).await;
    assert_eq!(ack["code"], "invalid");
    assert!(ack["errors"]["n"].is_array(), "{ack}");
    let forged = json!({ "n": { "_placeholder": true, "num": 0 } });
    assert_eq!(
        client.call("step", forged).await,
        refused("invalid", "_", "the binary data did not come along")
    );
}

#[tokio::test]
async fn faults_are_answered_by_reference_only_and_harm_nobody() {
    let mut client = connect().await;
    for n in [0, 1] {
        let ack = client.call("fail", json!({ "n": n })).await;
        assert_eq!(ack["code"], "internal");
        let message = ack["errors"]["_"][0].as_str().unwrap();
        let reference = message
            .strip_prefix("something went wrong on the server (reference ")
            .unwrap();
        let reference = reference.strip_suffix(")").unwrap();
        assert!(
            reference.len() == 8 && reference.chars().all(|c| c.is_ascii_hexdigit()),
            "{message}"
        );
        assert!(!ack.to_string().contains("secret"));
    }
    assert_eq!(client.call("step", json!({ "n": 1 })).await["ok"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_a_socket_take_effect_in_their_order() {
    let steps = Steps::default();
    let mut client = Client::connect(start(server(&steps), SocketOptions::default()).await).await;
    for n in 1..=2000_u64 {
        // Earlier ones take longer, and every third has no callback.
        let payload = json!({ "n": n, "sleep_ms": u64::from(n % 400 == 1) * 20 });
        if n % 3 == 0 {
            client.emit("step", payload).await;
        } else {
            client.call_later("step", payload).await;
        }
    }
    let last = client.call("step", json!({ "n": 2001 })).await;
    assert_eq!(last["ok"], true);
    assert_eq!(*steps.0.lock().unwrap(), (1..=2001).collect::<Vec<_>>());
    let mut before = 0;
    for _ in 0..1334 - 1 {
        let (id, ack) = client.next_ack().await;
        assert!(id == before + 1 && ack["ok"] == true);
        before = id;
    }
}

#[tokio::test]
async fn different_sockets_do_not_wait_for_each_other() {
    let steps = Steps::default();
    let address = start(server(&steps), SocketOptions::default()).await;
    let (mut slow, mut quick) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    slow.call_later("step", json!({ "n": 1, "sleep_ms": 600_000 }))
        .await;
    assert_eq!(quick.call("step", json!({ "n": 2 })).await["ok"], true);
    assert_eq!(*steps.0.lock().unwrap(), [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_is_lost_right_after_connecting() {
    let steps = Steps::default();
    let address = start(server(&steps), SocketOptions::default()).await;
    let connecting = (0..200).map(|n| async move {
        let mut client = Client::connect(address).await;
        client.call("step", json!({ "n": n })).await
    });
    for ack in futures_util::future::join_all(connecting).await {
        assert_eq!(ack["ok"], true);
    }
    assert_eq!(steps.0.lock().unwrap().len(), 200);
}

#[tokio::test]
async fn calls_beyond_the_limit_are_refused_at_once() {
    let limits = Limits {
        max_in_flight: 2,
        ..Limits::default()
    };
    let steps = Steps::default();
    let address = start(server(&steps).limits(limits), SocketOptions::default()).await;
    let mut client = Client::connect(address).await;
    client
        .call_later("step", json!({ "n": 1, "sleep_ms": 600_000 }))
        .await;
    // The first may still wait for the one who works, so that only one more fits.
    for n in 2..=6 {
        client.call_later("step", json!({ "n": n })).await;
    }
    let (id, ack) = client.next_ack().await;
    assert!(id >= 3, "{id}");
    assert_eq!(
        ack,
        refused("busy", "_", "the server is busy, please try again")
    );
}

#[tokio::test]
async fn a_socket_that_sends_fast_is_answered_at_its_pace_and_the_others_at_theirs() {
    let per_second = |calls| NonZeroU32::new(calls).unwrap();
    let limits = Limits {
        calls_per_second: per_second(20),
        burst: per_second(2),
        ..Limits::default()
    };
    let address = start(
        server(&Steps::default()).limits(limits),
        SocketOptions::default(),
    )
    .await;
    let (mut fast, mut other) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    let begun = Instant::now();
    for n in 0..6 {
        fast.call_later("step", json!({ "n": n })).await;
    }
    assert_eq!(other.call("step", json!({ "n": 9 })).await["ok"], true);
    for n in 1..=6 {
        assert_eq!(fast.next_ack().await.0, n);
    }
    // Two at once, and four more at twenty a second.
    assert!(begun.elapsed() >= Duration::from_millis(190));
}

#[tokio::test]
async fn acks_wait_for_room_in_a_full_buffer() {
    let options = SocketOptions {
        max_buffer: 4,
        ..SocketOptions::default()
    };
    let steps = Steps::default();
    let mut client = Client::connect(start(server(&steps), options).await).await;
    // 60 MB of acks fit into no buffer while nobody reads.
    for n in 1..=300 {
        client
            .call_later("step", json!({ "n": n, "size": 200_000 }))
            .await;
    }
    let done = || steps.0.lock().unwrap().len();
    let mut before = 0;
    while before == 0 || done() > before {
        before = done();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(before < 300, "no buffer was full, so nothing was tested");
    for n in 1..=300 {
        let (id, ack) = client.next_ack().await;
        assert_eq!((id, ack["data"].as_str().map(str::len)), (n, Some(200_000)));
    }
}

struct SignedIn;

impl Guard for SignedIn {
    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        match (action.resource, caller.identity::<u64>().as_deref()) {
            ("guarded", None) => Err(Denied::unauthenticated()),
            ("guarded", Some(1)) => Err(Denied::forbidden()),
            ("step", _) => panic!("secret in a guard"),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn the_guard_is_asked_before_the_payload_is_looked_at() {
    let server = server(&Steps::default()).guard(SignedIn);
    let mut client = Client::connect(start(server, SocketOptions::default()).await).await;
    let ack = client.call("guarded", json!("not even an object")).await;
    assert_eq!(ack, refused("unauthenticated", "_", "please sign in first"));
    client.call("sign_in", json!({ "n": 1 })).await;
    let ack = client.call("guarded", json!({ "n": 1 })).await;
    assert_eq!(ack, refused("forbidden", "_", "you may not do this"));
    client.call("sign_in", json!({ "n": 2 })).await;
    assert_eq!(client.call("guarded", json!({ "n": 1 })).await["ok"], true);
    client.call("sign_in", json!({ "n": 0 })).await;
    assert_eq!(
        client.call("guarded", json!({ "n": 1 })).await["code"],
        "unauthenticated"
    );
    let broken = client.call("step", json!({ "n": 1 })).await;
    assert_eq!(broken["code"], "internal");
    assert!(!broken.to_string().contains("secret"));
}

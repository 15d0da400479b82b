//! What is missing, malformed or broken closes a door, and opens none.

use std::net::SocketAddr;
use std::sync::Arc;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Access, Action, Call, Caller, ChangeLog, Denied, Error, Guard, IdOnly, Identified, Limits,
    ListId, LiveList, Router, Scopes, Server, Verb, route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};

use crate::client::{Client, start, start_without_serve};
use crate::echo::{self, served};
use crate::http::{POLLING, request};
use crate::rows::Rows;

fn limits(proxies: usize) -> Limits {
    Limits {
        sockets_per_address: 1,
        proxies,
        ..Limits::default()
    }
}

/// Whether a client may begin to connect that sends these lines of `X-Forwarded-For`.
async fn is_let_in(address: SocketAddr, lines: &[&[u8]]) -> bool {
    let headers: Vec<_> = lines
        .iter()
        .map(|line| ("x-forwarded-for", *line))
        .collect();
    match request(address, POLLING, &headers).await.0 {
        200 => true,
        429 => false,
        status => panic!("the status is {status}"),
    }
}

#[tokio::test]
async fn a_request_without_a_usable_address_counts_for_its_connection() {
    let unusable: [&[&[u8]]; 10] = [
        &[],
        &[b""],
        &[b"unknown"],
        &[b"10.0.0.1, unknown"],
        &[b"10.0.0.1,"],
        &[b"10.0.0.300"],
        &[b"[::1"],
        &[b"for=10.0.0.1"],
        &[b"10.0.0.1, \xff\xfe"],
        &[b"10.0.0.1", b"\xff"],
    ];
    for first in unusable {
        let address = served(limits(1)).await;
        // Two connections for the one socket that an address may have.
        assert!(is_let_in(address, first).await);
        assert!(is_let_in(address, &[]).await);
        for lines in unusable {
            assert!(
                !is_let_in(address, lines).await,
                "{lines:?} after {first:?}"
            );
        }
        assert!(is_let_in(address, &[b"10.0.0.1"]).await);
    }
}

#[tokio::test]
async fn an_address_is_one_however_it_is_written() {
    let address = served(limits(1)).await;
    assert!(is_let_in(address, &[b"10.0.0.1"]).await);
    assert!(is_let_in(address, &[b"::ffff:10.0.0.1"]).await);
    let others: [&[&[u8]]; 5] = [
        &[b"10.0.0.1:80"],
        &[b" 10.0.0.1 "],
        &[b"[::ffff:10.0.0.1]:443"],
        // What a client adds itself is of no account, even if it can't be read.
        &[b"1.2.3.4, 10.0.0.1"],
        &[b"\xff", b"\xff, 10.0.0.1"],
    ];
    for lines in others {
        assert!(!is_let_in(address, lines).await, "{lines:?}");
    }
    assert!(is_let_in(address, &[b"2001:db8::1"]).await);
    assert!(is_let_in(address, &[b"[2001:db8::2]:80"]).await);
    assert!(!is_let_in(address, &[b"2001:db8::3"]).await);
}

#[tokio::test]
async fn behind_a_proxy_this_machine_is_an_address_too() {
    let address = served(limits(1)).await;
    let _socket = Client::connect(address).await;
    let refused = Client::refused(address, "").await;
    assert!(refused["message"].as_str().unwrap().starts_with("busy"));
    for own in [&b"127.0.0.1"[..], b"::1", b"[::1]:80"] {
        assert!(
            !is_let_in(address, &[own]).await || own.contains(&b':'),
            "{own:?}"
        );
    }
    // Without one it is a test, or a proxy that nothing is known of.
    let address = served(limits(0)).await;
    for _ in 0..3 {
        assert!(is_let_in(address, &[]).await);
    }
}

#[tokio::test]
async fn clients_of_unknown_addresses_share_the_limits_of_one() {
    let address = start_without_serve(echo::server(limits(0))).await;
    let mut first = Client::connect(address).await;
    assert_eq!(first.call("echo", json!("a")).await["data"], "a");
    let refused = Client::refused(address, "").await;
    assert_eq!(
        refused["message"],
        "busy: too many connections from this address"
    );
    // A proxy tells the address, though the server does not know that of the connection.
    let address = start_without_serve(echo::server(limits(1))).await;
    let _first = Client::forwarded(address, "10.0.0.1").await;
    let mut second = Client::forwarded(address, "10.0.0.2").await;
    assert_eq!(second.call("echo", json!("a")).await["data"], "a");
    Client::refused_forwarded(address, "10.0.0.2").await;
}

#[tokio::test]
async fn only_pages_of_origins_that_are_known_are_let_in() {
    let address = served(Limits::default()).await;
    let own = format!("http://{address}");
    let status = |origins: Vec<Vec<u8>>| async move {
        let headers: Vec<_> = origins.iter().map(|line| ("origin", &line[..])).collect();
        request(address, POLLING, &headers).await.0
    };
    assert_eq!(status(vec![]).await, 200);
    assert_eq!(status(vec![own.clone().into()]).await, 200);
    for evil in ["null", "", "http://evil.example", "\u{e9}"] {
        assert_eq!(status(vec![evil.into()]).await, 403, "{evil}");
        let twice = vec![own.clone().into(), evil.into()];
        assert_eq!(status(twice).await, 403, "{evil} after its own");
    }
}

/// A guard of which one part is broken.
struct Broken(&'static str);

impl Broken {
    fn fail_at(&self, part: &str) {
        assert_ne!(self.0, part, "a guard that fails in this test");
    }
}

impl Guard for Broken {
    fn identify<'a>(&'a self, caller: &'a Caller, _: &'a Value) -> Identified<'a> {
        caller.sign_in("account", ());
        self.fail_at("identify");
        Box::pin(async move {
            self.fail_at("identified");
            Ok(())
        })
    }

    fn authorize(&self, _: &Caller, action: &Action) -> Result<(), Denied> {
        match action.verb {
            Verb::Watch => self.fail_at("watch"),
            _ => self.fail_at("authorize"),
        }
        Ok(())
    }

    fn is_signed_in(&self, _: &Caller) -> bool {
        self.fail_at("is_signed_in");
        true
    }

    fn has_role(&self, _: &Caller, _: &'static str) -> bool {
        self.fail_at("has_role");
        true
    }

    fn scopes(&self, _: &Caller, _: &'static str) -> Scopes {
        self.fail_at("scopes");
        Scopes::All
    }
}

async fn echo(_: (), call: Call<IdOnly<String>>) -> Result<String, Error> {
    Ok(call.input.0)
}

async fn guarded(broken: &'static str) -> SocketAddr {
    let managers = Action::new(Verb::Command, "echo").access(Access::Role("manager"));
    let router = Router::new((), [route("echo", managers, Reading::Strict, echo)]);
    let rows = Rows::default();
    rows.put(1, "secret");
    let wages = LiveList::new(ListId(0), "wages", rows)
        .scoped("Gym")
        .access(Access::Role("manager"));
    let server =
        Server::new(router, Arc::new(ChangeLog::new(1)), vec![wages]).guard(Broken(broken));
    start(server, SocketOptions::default()).await
}

#[tokio::test]
async fn a_guard_that_panics_lets_nobody_through() {
    let mut whole = Client::connect(guarded("nothing").await).await;
    assert_eq!(whole.call("echo", json!("a")).await["data"], "a");
    whole.call("refresh", Value::Null).await;
    assert_eq!(whole.event("wages").await[0]["text"], "secret");
    for part in ["identify", "identified"] {
        let refused = Client::refused(guarded(part).await, "").await;
        assert!(refused["message"].is_string(), "{part}: {refused}");
    }
    for part in ["authorize", "is_signed_in", "has_role", "scopes"] {
        let mut client = Client::connect(guarded(part).await).await;
        let ack = client.call("echo", json!("a")).await;
        assert_eq!(ack["code"], "internal", "{part}: {ack}");
    }
    for part in ["watch", "is_signed_in", "has_role", "scopes"] {
        let mut client = Client::connect(guarded(part).await).await;
        for (event, payload) in [("refresh", Value::Null), ("sync", json!({ "wages": null }))] {
            let ack = client.call(event, payload).await;
            assert_eq!(ack["code"], "internal", "{part}: {ack}");
        }
        let heard = client.frames.iter().any(|frame| frame.contains("secret"));
        assert!(!heard, "{part}");
    }
}

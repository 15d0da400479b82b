//! The spans of calls. In a process of its own: subscribers of single threads get in each other's way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod client;
mod measures;

use std::net::SocketAddr;
use std::time::Duration;

use client::{Client, start};
use measures::Lines;
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Options, Read, StoreDefinition, Transaction};
use rowcast_runtime::{
    Action, Call, Caller, Denied, Error, Guard, IdOnly, Identified, Router, Server, Stored, Verb,
    route, write_route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};

/// Knows people by name; `guarded` is for those.
struct Names;

impl Guard for Names {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(name) = auth["name"].as_str() {
                caller.sign_in(name, format!("identity of {name}"));
                caller.log_as(name);
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

#[derive(Clone)]
struct Store(Database);

impl Stored for Store {
    fn store(&self) -> &Database {
        &self.0
    }
}

/// Sleeps for so many milliseconds.
async fn sleep(store: Store, call: Call<IdOnly<u64>>) -> Result<(), Error> {
    tracing::info!("in the user's code");
    tokio::time::sleep(Duration::from_millis(call.input.0)).await;
    let read = |reader: &rowcast_runtime::store::Reader<'_>| {
        tracing::info!("on a reader's thread");
        reader.exists("SELECT 1", [])
    };
    store.0.read(read).await.map(drop)
}

fn write(_: &Store, _: &Transaction<'_>, _: Call<IdOnly<u64>>) -> Result<(), Error> {
    tracing::info!("on the writer's thread");
    Ok(())
}

async fn served() -> (tempfile::TempDir, SocketAddr) {
    let definition = StoreDefinition {
        tables: &[],
        lists: &[],
        contract: "1",
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traced.db");
    let store = Database::open(file, Options::default(), &definition).unwrap();
    let change_log = store.change_log().clone();
    let action = |event| Action::new(Verb::Command, event);
    let router = Router::new(
        Store(store),
        [
            route("guarded", action("guarded"), Reading::Strict, sleep),
            write_route("write", action("write"), Reading::Strict, write),
        ],
    );
    let server = Server::new(router, change_log, Vec::new()).guard(Names);
    (folder, start(server, SocketOptions::default()).await)
}

#[tokio::test]
async fn a_call_has_a_span_with_all_that_is_known_of_it() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (_folder, address) = served().await;
    let mut nobody = Client::connect(address).await;
    nobody.call("guarded", json!(0)).await;
    nobody.call("of a client's choice", json!(0)).await;
    let mut rose = Client::connect_with(address, r#"{"name":"Rose"}"#).await;
    rose.call("guarded", json!(20)).await;
    rose.call("write", json!(1)).await;

    let text = lines.text();
    let line = |parts: &[&str]| {
        let found = text
            .lines()
            .find(|line| parts.iter().all(|part| line.contains(part)));
        found
            .unwrap_or_else(|| panic!("{parts:?} are not in one line of\n{text}"))
            .to_owned()
    };
    let answered = "the call was answered";
    let socket = format!("socket=\"{}\"", nobody.sid);
    let refused = line(&[
        answered,
        "event=\"guarded\"",
        &socket,
        "signed_in=false",
        "outcome=\"unauthenticated\"",
    ]);
    assert!(!refused.contains("who="), "{refused}");
    line(&[
        answered,
        "event=\"unknown\"",
        &socket,
        "outcome=\"unknown_event\"",
    ]);
    let socket = format!("socket=\"{}\"", rose.sid);
    let good = [
        "event=\"guarded\"",
        &socket,
        "signed_in=true",
        "who=\"Rose\"",
    ];
    for place in ["in the user's code", "on a reader's thread"] {
        line(&[&[place], &good[..]].concat());
    }
    line(&["on the writer's thread", "event=\"write\"", "who=\"Rose\""]);
    let good = line(&[&[answered, "outcome=\"ok\"", "wait_ms="], &good[..]].concat());
    let took = good.split("duration_ms=").nth(1).unwrap();
    let took: f64 = took.split(['}', ' ']).next().unwrap().parse().unwrap();
    assert!((20.0..20_000.0).contains(&took), "{good}");
    assert!(!text.contains("of a client's choice") && !text.contains("identity of"));
}

//! Who connects: what the guard is asked before a client is let in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod client;

use std::net::SocketAddr;
use std::sync::Arc;

use client::{Client, start};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Action, Call, Caller, ChangeLog, Denied, Error, Guard, Identified, Router, Server, Verb, route,
};
use rowcast_schema::Reading;
use rowcast_schema::input::IdOnly;
use serde_json::{Value, json};

/// Knows names, and lets nobody in without one.
struct Doorkeeper;

impl Guard for Doorkeeper {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            // As a look into a database would, it takes a moment.
            tokio::task::yield_now().await;
            match auth["name"].as_str() {
                Some("banned") => Err(Denied::forbidden().into()),
                Some("broken") => panic!("secret in a guard"),
                Some(name) => {
                    caller.sign_in(name, name.to_owned());
                    Ok(())
                }
                None => Err(Error::Unauthenticated("who are you?".into())),
            }
        })
    }

    fn authorize(&self, caller: &Caller, _: &Action) -> Result<(), Denied> {
        match caller.identity::<String>() {
            Some(_) => Ok(()),
            None => Err(Denied::unauthenticated()),
        }
    }
}

async fn who(_: (), call: Call<IdOnly<i64>>) -> Result<String, Error> {
    let name = call.caller.identity::<String>();
    Ok(name.map(|name| name.as_ref().clone()).unwrap_or_default())
}

async fn served() -> SocketAddr {
    let action = Action::new(Verb::Command, "who");
    let router = Router::new((), [route("who", action, Reading::Strict, who)]);
    let server = Server::new(router, Arc::new(ChangeLog::new(1)), Vec::new()).guard(Doorkeeper);
    start(server, SocketOptions::default()).await
}

#[tokio::test]
async fn whoever_is_known_is_known_from_the_first_call_on() {
    let address = served().await;
    let mut client = Client::connect_with(address, r#"{"name":"Rose"}"#).await;
    assert_eq!(client.call("who", json!(1)).await["data"], "Rose");
    let mut other = Client::connect_with(address, r#"{"name":"Dan"}"#).await;
    assert_eq!(other.call("who", json!(1)).await["data"], "Dan");
}

#[tokio::test]
async fn who_is_not_let_in_hears_why_and_nothing_else() {
    let address = served().await;
    for (auth, message) in [
        ("", "unauthenticated: who are you?"),
        ("{}", "unauthenticated: who are you?"),
        (r#"{"name":7}"#, "unauthenticated: who are you?"),
        (r#"{"name":"banned"}"#, "forbidden: you may not do this"),
    ] {
        assert_eq!(Client::refused(address, auth).await["message"], message);
    }
    let broken = Client::refused(address, r#"{"name":"broken"}"#).await;
    let message = broken["message"].as_str().unwrap();
    assert!(message.starts_with("internal: something went wrong"));
    assert!(!message.contains("secret"));
}

#[tokio::test]
async fn calls_right_after_the_connect_know_who_calls() {
    let address = served().await;
    for _ in 0..20 {
        let mut client = Client::connect_with(address, r#"{"name":"Rose"}"#).await;
        let calls: Vec<u64> = [
            client.call_later("who", json!(1)).await,
            client.call_later("who", json!(2)).await,
        ]
        .into();
        for call in calls {
            assert_eq!(client.ack_of(call).await["data"], "Rose");
        }
    }
}

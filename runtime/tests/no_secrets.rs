//! Nothing that a client has to keep secret is logged, however much is logged.

#![cfg(feature = "accounts")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod client;
mod measures;

use std::time::Duration;

use client::{Client, start};
use measures::{Lines, Measures};
use metrics_util::debugging::DebuggingRecorder;
use rowcast_runtime::accounts::{Session, Sessions, passwords};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Options, StoreDefinition};
use rowcast_runtime::{
    Action, Call, Caller, Denied, Error, Guard, Identified, Router, Server, Verb, route,
};
use rowcast_schema::input::Fields;
use rowcast_schema::{FieldErrors, Input, Reading};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[],
    contract: "1",
};
const PASSWORD: &str = "correct horse battery staple";
const WRONG: &str = "incorrect horse";

struct Login {
    who: String,
    password: String,
}

impl Input for Login {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let (who, password) = (fields.required("who"), fields.required("password"));
        fields.finish(|| {
            Some(Self {
                who: who?,
                password: password?,
            })
        })
    }
}

#[derive(Clone)]
struct Desk {
    sessions: Sessions,
    hash: String,
}

async fn login(desk: Desk, call: Call<Login>) -> Result<String, Error> {
    let Login { who, password } = call.input;
    if who == "panic" {
        panic!("the login is broken");
    }
    if !passwords::verify(password, Some(desk.hash)).await? {
        return Err(Error::invalid("password", "is wrong"));
    }
    let (session, token) = desk.sessions.begin(&who).await?;
    call.caller.sign_in(&who, session);
    call.caller.log_as(who);
    Ok(token)
}

struct Staff(Sessions);

impl Guard for Staff {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(token) = auth["token"].as_str() {
                let session = self.0.find(token).await?;
                caller.sign_in(session.who.clone(), session);
            }
            Ok(())
        })
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        match action.resource {
            "closed" if caller.identity::<Session>().is_none() => Err(Denied::unauthenticated()),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn neither_passwords_nor_tokens_are_logged_or_measured() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    // For all threads: those of the store, and those on which passwords are compared.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);

    let folder = tempfile::tempdir().unwrap();
    let store = Database::open(folder.path().join("s.db"), Options::default(), &STORE).unwrap();
    let change_log = store.change_log().clone();
    let sessions = Sessions::open(store, Duration::from_hours(1))
        .await
        .unwrap();
    let hash = passwords::hash(PASSWORD.to_owned()).await.unwrap();
    let desk = Desk {
        sessions: sessions.clone(),
        hash: hash.clone(),
    };
    let action = |event| Action::new(Verb::Command, event);
    let router = Router::new(
        desk,
        [
            route("login", action("login"), Reading::Strict, login),
            route("closed", action("closed"), Reading::Strict, login),
        ],
    );
    let server = Server::new(router, change_log, Vec::new()).guard(Staff(sessions));
    let address = start(server, SocketOptions::default()).await;

    let with = |who: &str, password: &str| json!({ "who": who, "password": password });
    let mut client = Client::connect(address).await;
    assert_eq!(
        client.call("login", with("rose", WRONG)).await["code"],
        "invalid"
    );
    // In all the ways in which a call can go wrong.
    let malformed = json!({ "who": 5, "password": [PASSWORD] });
    assert_eq!(client.call("login", malformed).await["code"], "invalid");
    let broken = client.call("login", with("panic", PASSWORD)).await;
    assert_eq!(broken["code"], "internal");
    client.call("closed", with("rose", PASSWORD)).await;
    client.call(PASSWORD, json!(PASSWORD)).await;
    let keyed =
        format!(r#"["login",{{"who":"rose","password":"{PASSWORD}"}},{{"key":"0123456789"}}]"#);
    client.call_raw(&keyed).await;
    let token = client.call("login", with("rose", PASSWORD)).await["data"].clone();
    let token = token.as_str().unwrap().to_owned();
    client.call("closed", json!(token)).await;
    let auth = json!({ "token": token }).to_string();
    let mut second = Client::connect_with(address, &auth).await;
    assert_eq!(second.call("closed", json!(null)).await["code"], "invalid");
    let forged = json!({ "token": format!("{token}x") }).to_string();
    Client::refused(address, &forged).await;

    let mut text = lines.text();
    for seen in [
        "the call was answered",
        "outcome=\"internal\"",
        "who=\"rose\"",
    ] {
        assert!(
            text.contains(seen),
            "nothing is tested without {seen}:\n{text}"
        );
    }
    text.extend(measures.names());
    for secret in [PASSWORD, WRONG, &token, &hash] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

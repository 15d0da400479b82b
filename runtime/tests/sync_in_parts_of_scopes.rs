//! Lists with scopes that are loaded in parts: no part has rows of other scopes.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod client;
mod loader;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use client::start;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use loader::{Loader, put_ids};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{FoundRows, Source};
use rowcast_runtime::{
    Access, Action, Call, Caller, Change, ChangeLog, Denied, Error, Guard, Identified, ListId,
    LiveList, Router, RowId, Scopes, Server, Verb, route,
};
use rowcast_schema::Reading;
use rowcast_schema::input::IdOnly;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

const NOTES: ListId = ListId(0);

/// Notes by their ids, each with the gym that it belongs to.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<BTreeMap<i64, i64>>>);

impl Notes {
    fn seen(&self, scopes: &Scopes) -> Vec<i64> {
        let notes = self.0.lock().unwrap();
        let seen = notes
            .iter()
            .filter(|(_, gym)| scopes.contain(&RowId::Int(**gym)));
        seen.map(|(id, _)| *id).collect()
    }

    fn encoded(&self, ids: &[i64]) -> Box<RawValue> {
        let notes = self.0.lock().unwrap();
        let row = |id| json!({ "id": id, "text": format!("{}:{}", notes[id], "x".repeat(1000)) });
        to_raw_value(&ids.iter().map(row).collect::<Vec<_>>()).unwrap()
    }
}

impl Source for Notes {
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        ready(Ok(self.encoded(&self.seen(scopes)))).boxed()
    }

    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, Error>> {
        let seen = self.seen(scopes).into_iter();
        let found: Vec<_> = seen.filter(|id| ids.contains(&RowId::Int(*id))).collect();
        let json = self.encoded(&found);
        let ids = found.into_iter().map(RowId::Int).collect();
        ready(Ok(FoundRows { json, ids })).boxed()
    }
}

/// Shows a client the notes of the gym that it names.
struct Trusting;

impl Guard for Trusting {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        caller.sign_in(auth["gym"].to_string(), auth["gym"].clone());
        Box::pin(ready(Ok(())))
    }

    fn authorize(&self, _: &Caller, _: &Action) -> Result<(), Denied> {
        Ok(())
    }

    fn scopes(&self, caller: &Caller, _: &'static str) -> Scopes {
        let gym = caller.identity::<Value>().unwrap();
        Scopes::of([gym.as_i64().unwrap()])
    }
}

/// Moves a client to another gym.
async fn enter(_: (), call: Call<IdOnly<i64>>) -> Result<(), Error> {
    let gym = call.input.0;
    call.caller.sign_in(gym.to_string(), json!(gym));
    Ok(())
}

struct Served {
    change_log: Arc<ChangeLog>,
    notes: Notes,
    address: SocketAddr,
}

/// 2,000 notes, those with odd ids of gym 1, the others of gym 0.
async fn served() -> Served {
    let notes = Notes::default();
    for id in 1..=2000 {
        notes.0.lock().unwrap().insert(id, id % 2);
    }
    let change_log = Arc::new(ChangeLog::new(1000));
    let action = Action::new(Verb::Command, "enter").access(Access::Anyone);
    let router = Router::new((), [route("enter", action, Reading::Strict, enter)]);
    let list = LiveList::new(NOTES, "notes", notes.clone()).scoped("Gym");
    let server = Server::new(router, change_log.clone(), vec![list]).guard(Trusting);
    Served {
        change_log,
        notes,
        address: start(server, SocketOptions::default()).await,
    }
}

impl Served {
    fn move_note(&self, id: i64, gym: i64) {
        let before = self.notes.0.lock().unwrap().insert(id, gym);
        let change = Change::row(NOTES, id).within(before.into_iter().chain([gym]));
        self.change_log.commit(vec![vec![change]]);
    }

    fn ids(&self, gym: i64) -> Vec<i64> {
        self.notes.seen(&Scopes::of([gym]))
    }
}

fn has_only(answer: &Value, gym: i64) -> bool {
    let rows = answer["put"].as_array().unwrap();
    let text = format!("{gym}:");
    rows.iter()
        .all(|row| row["text"].as_str().unwrap().starts_with(&text))
}

#[tokio::test]
async fn rows_that_come_to_a_scope_or_leave_it_between_parts_do_so_for_the_client() {
    let served = served().await;
    let mut loader = Loader::connect(served.address, json!({ "gym": 0 })).await;
    let first = loader.next().await;
    assert!(has_only(&first, 0));
    let place = first["more"].as_i64().unwrap();
    for id in [2, place, place + 2, 2000] {
        served.move_note(id, 1);
    }
    for id in [1, place - 1, place + 1, 1999] {
        served.move_note(id, 0);
    }
    let second = loader.next().await;
    assert!(has_only(&second, 0));
    assert!(!put_ids(&second).contains(&(place + 2)));
    assert_eq!(second["dropped"], json!([2, place, place + 2, 2000]));
    for answer in loader.load().await {
        assert!(has_only(&answer, 0));
    }
    let ids: Vec<_> = loader.rows.keys().copied().collect();
    assert_eq!(ids, served.ids(0));
    assert_eq!(loader.beginnings, 1);
}

#[tokio::test]
async fn a_client_that_comes_to_another_scope_between_parts_begins_anew() {
    let served = served().await;
    let mut loader = Loader::connect(served.address, json!({ "gym": 0 })).await;
    let first = loader.next().await;
    loader.client.call("enter", json!(1)).await;
    // As a client asks that has read nothing since the first part.
    let known = json!({ "epoch": first["epoch"], "at": first["to"], "after": first["more"] });
    let answer = loader.client.call("sync", json!({ "notes": known })).await;
    let anew = &answer["data"]["notes"];
    assert_eq!(anew["from"], Value::Null);
    assert_ne!(anew["epoch"], first["epoch"]);
    assert!(anew["more"].is_i64() && has_only(anew, 1));
    loader.apply_frames();
    for answer in loader.load().await {
        assert!(has_only(&answer, 1));
    }
    let ids: Vec<_> = loader.rows.keys().copied().collect();
    assert_eq!(ids, served.ids(1));
}

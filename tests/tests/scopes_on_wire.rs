//! Rows that belong to a gym, over the wire: what each socket hears of the live lists, and what it does not.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../../runtime/tests/client/mod.rs"]
mod client;
#[path = "../golden/scopes/schema.rs"]
pub mod scopes;
#[rustfmt::skip]
#[path = "../golden/scopes/rust/mod.rs"]
pub mod server;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Client, start};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Database;
use rowcast_runtime::{Action, Caller, Denied, Error, Guard, Identified, Ref, Scopes, Verb};
use scopes::{CoachPatch, NewCoach, NewGym};
use serde_json::{Value, json};
use server::{NoHooks, Tables as _};
use tempfile::TempDir;

/// Knows who works where; that may change at any time.
#[derive(Clone, Default)]
struct Staff(Arc<Mutex<HashMap<String, Scopes>>>);

impl Staff {
    fn sees(&self, name: &str, scopes: Scopes) {
        self.0.lock().unwrap().insert(name.to_owned(), scopes);
    }

    fn leaves(&self, name: &str) {
        self.0.lock().unwrap().remove(name);
    }

    fn of(&self, caller: &Caller) -> Option<Scopes> {
        let name = caller.identity::<String>()?;
        self.0.lock().unwrap().get(name.as_str()).cloned()
    }
}

impl Guard for Staff {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            let name = auth["name"].as_str();
            let name = name.ok_or_else(|| Error::from(Denied::unauthenticated()))?;
            caller.sign_in(name, name.to_owned());
            Ok(())
        })
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        match action.verb {
            Verb::Watch => Ok(()),
            _ => self.of(caller).map(|_| ()).ok_or_else(Denied::forbidden),
        }
    }

    fn scopes(&self, caller: &Caller, of: &'static str) -> Scopes {
        assert_eq!(of, "Gym");
        self.of(caller).unwrap_or_else(Scopes::none)
    }
}

/// A server with two gyms: Ann sees the first, Bob the second, Eve both, Root all, and Zoe none.
struct Served {
    _folder: TempDir,
    store: Database,
    staff: Staff,
    address: SocketAddr,
    first: i64,
    second: i64,
}

async fn served() -> Served {
    served_with(Duration::from_secs(60)).await
}

async fn served_with(review: Duration) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("gyms.sqlite3")).unwrap();
    let gym = |name: &str| NewGym { name: name.into() };
    let (first, second) = (gym("alpha gym"), gym("beta gym"));
    let made = store.write(|tx| Ok((tx.gyms().create(first)?.id, tx.gyms().create(second)?.id)));
    let (first, second) = made.await.unwrap().value;
    let staff = Staff::default();
    staff.sees("Ann", Scopes::of([first]));
    staff.sees("Bob", Scopes::of([second]));
    staff.sees("Eve", Scopes::of([first, second]));
    staff.sees("Root", Scopes::All);
    staff.sees("Zoe", Scopes::none());
    let app = server::app(store.clone(), (), NoHooks);
    let server = server::server(&app).guard(staff.clone()).review(review);
    let address = start(server, SocketOptions::default()).await;
    Served {
        _folder: folder,
        store,
        staff,
        address,
        first,
        second,
    }
}

impl Served {
    /// A socket that keeps lists itself, and what it was told of the coaches when it asked first.
    async fn synced(&self, name: &str) -> (Client, Value) {
        let auth = json!({ "name": name, "sync": true }).to_string();
        let mut client = Client::connect_with(self.address, &auth).await;
        let news = sync(&mut client, Value::Null).await;
        (client, news)
    }

    async fn plain(&self, name: &str) -> Client {
        let auth = json!({ "name": name }).to_string();
        Client::connect_with(self.address, &auth).await
    }

    /// By the server's own code.
    async fn hire(&self, name: &str, gym: i64) -> rowcast_runtime::Uuid {
        let new = NewCoach {
            name: name.into(),
            gym: Ref::to(gym),
        };
        let hired = self.store.write(move |tx| tx.coaches().create(new));
        hired.await.unwrap().value.id
    }

    async fn send(&self, coach: rowcast_runtime::Uuid, gym: i64) {
        let gym = Some(Ref::to(gym));
        let moved = self.store.write(move |tx| {
            let patch = CoachPatch {
                gym,
                ..CoachPatch::of(coach)
            };
            tx.coaches().update(patch)
        });
        moved.await.unwrap();
    }
}

async fn sync(client: &mut Client, position: Value) -> Value {
    let ack = client.call("sync", json!({ "coaches": position })).await;
    ack["data"]["coaches"].clone()
}

fn position(news: &Value) -> Value {
    json!({ "epoch": news["epoch"], "at": news["to"] })
}

fn names(rows: &Value) -> Vec<&str> {
    let names = rows.as_array().unwrap().iter();
    names.map(|row| row["name"].as_str().unwrap()).collect()
}

/// What it is told next of the coaches, which is not a beat.
async fn news(client: &mut Client) -> Value {
    loop {
        let news = client.event("coaches:changes").await;
        let is_beat = news["put"] == json!([]) && news["dropped"] == json!([]);
        if !is_beat || news["from"].is_null() {
            return news;
        }
    }
}

fn heard_of(client: &Client, what: &str) -> bool {
    client.frames.iter().any(|frame| frame.contains(what))
}

#[tokio::test]
async fn each_socket_hears_of_the_rows_in_its_scopes_and_of_no_others() {
    let served = served().await;
    let (mut ann, _) = served.synced("Ann").await;
    let (mut bob, _) = served.synced("Bob").await;
    let (mut eve, _) = served.synced("Eve").await;
    let (mut root, _) = served.synced("Root").await;
    let (mut zoe, _) = served.synced("Zoe").await;
    served.hire("Rose", served.first).await;
    served.hire("Dan", served.second).await;
    assert_eq!(names(&news(&mut ann).await["put"]), ["Rose"]);
    assert_eq!(names(&news(&mut bob).await["put"]), ["Dan"]);
    for client in [&mut eve, &mut root] {
        let mut heard = Vec::new();
        while heard.len() < 2 {
            heard.extend(
                names(&news(client).await["put"])
                    .iter()
                    .map(|name| (*name).to_owned()),
            );
        }
        assert_eq!(heard, ["Rose", "Dan"]);
    }
    // An answer comes after all that was sent before.
    for client in [&mut ann, &mut bob, &mut zoe] {
        client.call("list_moves", json!({})).await;
    }
    assert!(!heard_of(&ann, "Dan") && !heard_of(&ann, "beta"));
    assert!(!heard_of(&bob, "Rose") && !heard_of(&bob, "alpha"));
    assert!(!heard_of(&zoe, "Dan") && !heard_of(&zoe, "Rose") && !heard_of(&zoe, "gym"));
}

#[tokio::test]
async fn a_row_that_moves_vanishes_here_and_appears_there() {
    let served = served().await;
    let rose = served.hire("Rose", served.first).await;
    let (mut ann, first) = served.synced("Ann").await;
    let (mut bob, _) = served.synced("Bob").await;
    let mut plain = served.plain("Ann").await;
    assert_eq!(names(&first["put"]), ["Rose"]);
    served.send(rose, served.second).await;
    let (gone, come) = (news(&mut ann).await, news(&mut bob).await);
    assert_eq!(
        (&gone["put"], &gone["dropped"]),
        (&json!([]), &json!([rose]))
    );
    assert_eq!(
        (names(&come["put"]), &come["dropped"]),
        (vec!["Rose"], &json!([]))
    );
    assert_eq!(plain.event("coaches").await, json!([]));
    assert!(!heard_of(&ann, "beta"));
}

#[tokio::test]
async fn who_comes_back_gets_what_changed_in_its_scopes() {
    let served = served().await;
    let (mut ann, first) = served.synced("Ann").await;
    let known = position(&first);
    served.hire("Rose", served.first).await;
    for number in 0..5 {
        served.hire(&format!("other {number}"), served.second).await;
    }
    let missed = sync(&mut ann, known.clone()).await;
    assert_eq!(missed["from"], known["at"]);
    assert_eq!(names(&missed["put"]), ["Rose"]);
    let nothing = sync(&mut ann, position(&missed)).await;
    assert_eq!(
        (&nothing["put"], &nothing["dropped"]),
        (&json!([]), &json!([]))
    );
    // A position that somebody else was told is worth nothing here.
    let (_, of_bob) = served.synced("Bob").await;
    let all = sync(&mut ann, position(&of_bob)).await;
    assert_eq!(
        (&all["from"], names(&all["put"])),
        (&Value::Null, vec!["Rose"])
    );
}

#[tokio::test]
async fn calls_are_confined_and_their_positions_are_reached() {
    let served = served().await;
    let dan = served.hire("Dan", served.second).await;
    let (mut ann, _) = served.synced("Ann").await;
    for (event, payload) in [
        ("get_coach", json!(dan)),
        ("delete_coach", json!(dan)),
        ("update_coach", json!({ "id": dan, "name": "Daniel" })),
    ] {
        let ack = ann.call(event, payload).await;
        assert_eq!(ack["code"], "not_found", "{event}: {ack}");
    }
    let abroad = json!({ "name": "Spy", "gym": { "id": served.second } });
    let ack = ann.call("new_coach", abroad).await;
    assert_eq!(
        ack["errors"],
        json!({ "gym.id": ["there is no gym with this id"] })
    );
    assert_eq!(
        ann.call("list_coaches", json!({})).await["data"]["rows"],
        json!([])
    );
    let home = json!({ "name": "Rose", "gym": { "id": served.first } });
    let ack = ann.call("new_coach", home).await;
    let news = news(&mut ann).await;
    assert_eq!(names(&news["put"]), ["Rose"]);
    assert_eq!(ack["position"], position(&news));
    assert!(!heard_of(&ann, "Dan"));
}

#[tokio::test]
async fn other_scopes_take_effect_at_the_next_call() {
    let served = served().await;
    served.hire("Rose", served.first).await;
    served.hire("Dan", served.second).await;
    let (mut ann, first) = served.synced("Ann").await;
    let mut plain = served.plain("Ann").await;
    served.staff.sees("Ann", Scopes::of([served.second]));
    // What it sees now has come before the answer.
    for client in [&mut ann, &mut plain] {
        client.call("list_moves", json!({})).await;
    }
    let events = ann.events();
    let told: Vec<&Value> = events
        .iter()
        .filter_map(|(event, news)| (event == "coaches:changes").then_some(news))
        .collect();
    assert_eq!(told.len(), 1, "{events:?}");
    assert_eq!(
        (&told[0]["from"], names(&told[0]["put"])),
        (&Value::Null, vec!["Dan"])
    );
    assert_ne!(told[0]["epoch"], first["epoch"]);
    let whole = plain
        .events()
        .into_iter()
        .find(|(event, _)| event == "coaches");
    assert_eq!(names(&whole.unwrap().1), ["Dan"]);
    let before = ann.frames.len();
    served.hire("Rita", served.first).await;
    served.hire("Dora", served.second).await;
    assert_eq!(names(&news(&mut ann).await["put"]), ["Dora"]);
    assert!(
        !ann.frames[before..]
            .iter()
            .any(|frame| frame.contains("Rita"))
    );
}

#[tokio::test]
async fn who_may_see_less_hears_so_without_a_call() {
    let served = served_with(Duration::from_millis(20)).await;
    served.hire("Rose", served.first).await;
    let (mut ann, _) = served.synced("Ann").await;
    served.staff.leaves("Ann");
    let news = news(&mut ann).await;
    assert_eq!((&news["from"], &news["put"]), (&Value::Null, &json!([])));
    served.hire("Rita", served.first).await;
    let ack = ann.call("list_moves", json!({})).await;
    assert_eq!(ack["code"], "forbidden");
    assert!(!heard_of(&ann, "Rita"));
}

#[tokio::test]
async fn what_everybody_sees_stays_as_it_was() {
    let served = served().await;
    let (mut ann, _) = served.synced("Ann").await;
    let moves = ann.call("sync", json!({ "moves": null })).await;
    let mut bob = served.plain("Bob").await;
    let ack = bob.call("new_move", json!({ "name": "squat" })).await;
    assert_eq!(ack["ok"], true, "{ack}");
    let heard = ann.event("moves:changes").await;
    assert_eq!(names(&heard["put"]), ["squat"]);
    assert_eq!(heard["epoch"], moves["data"]["moves"]["epoch"]);
    assert_eq!(names(&bob.event("moves").await), ["squat"]);
}

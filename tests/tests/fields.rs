//! Fields that only some see, on every way out of a server; and fields that only some may set.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../../runtime/tests/client/mod.rs"]
mod client;
#[path = "../golden/fields/schema.rs"]
pub mod fields;
#[rustfmt::skip]
#[path = "../golden/fields/rust/mod.rs"]
pub mod server;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use client::{Client, start};
use fields::{Coach, CoachPatch, NewCoach, NewLesson, Plan, ShowPlan, SignIn};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Caller, Error, Guard, Identified, Ref};
use serde_json::{Value, json};
use server::{App, NoHooks, Tables as _};
use tempfile::TempDir;

/// Values of the fields, as they stand nowhere else.
const WAGE: &str = "918273";
const BADGE: &str = "564738291";
const NOTE: &str = "xyzzy-note";

struct Desk;

impl server::Commands for Desk {
    async fn show_plan(&self, app: &App<Self>, _: &Caller, _: ShowPlan) -> Result<Plan, Error> {
        let (coaches, lessons) = app
            .store()
            .read(|tx| Ok((tx.coaches().list()?, tx.lessons().list()?)))
            .await?;
        let lessons = lessons.into_iter();
        Ok(Plan {
            lessons: lessons
                .map(|lesson| (lesson.title.clone(), lesson))
                .collect(),
            chief: coaches.first().cloned().map(Box::new),
            teams: vec![(1, coaches)],
        })
    }

    async fn sign_in(
        &self,
        app: &App<Self>,
        caller: &Caller,
        input: SignIn,
    ) -> Result<Coach, Error> {
        match input.role {
            Some(role) => caller.sign_in("rose", role),
            None => caller.sign_out(),
        }
        let coach = app.store().read(|tx| tx.coaches().get(1)).await?;
        coach.ok_or(Error::not_found("coach"))
    }
}

/// Takes people at their word.
struct Trusting;

impl Guard for Trusting {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        if let Some(role) = auth["role"].as_str() {
            caller.sign_in("rose", role.to_owned());
        }
        Box::pin(async { Ok(()) })
    }

    fn has_role(&self, caller: &Caller, role: &'static str) -> bool {
        caller.identity::<String>().is_some_and(|own| *own == role)
    }
}

fn rows(tx: &Transaction<'_>) -> Result<(), Error> {
    let coach = tx.coaches().create(NewCoach {
        name: "Rose".into(),
        wage: WAGE.parse().ok(),
        rank: 3,
        badge: BADGE.parse().unwrap(),
        notes: BTreeMap::from([("topic".into(), NOTE.into())]),
    })?;
    tx.lessons().create(NewLesson {
        title: "yoga".into(),
        coach: Some(Ref::to(coach.id)),
        others: vec![Ref::to(coach.id)],
    })?;
    Ok(())
}

struct Served {
    _folder: TempDir,
    store: Database,
    address: SocketAddr,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("plan.sqlite3")).unwrap();
    store.write(rows).await.unwrap();
    let app = server::app(store.clone(), Desk, NoHooks);
    let server = server::server(&app).guard(Trusting);
    Served {
        address: start(server, SocketOptions::default()).await,
        _folder: folder,
        store,
    }
}

impl Served {
    async fn client(&self, role: Option<&str>, sync: bool) -> Client {
        let auth = json!({ "role": role, "sync": sync }).to_string();
        Client::connect_with(self.address, &auth).await
    }

    /// What the server's own code changes reaches everybody.
    async fn rename(&self, name: &str) {
        let patch = CoachPatch {
            name: Some(name.to_owned()),
            ..CoachPatch::of(1)
        };
        let renamed = self.store.write(|tx| tx.coaches().update(patch)).await;
        assert_eq!(renamed.unwrap().value.rank, 3);
    }
}

/// Every way by which a row gets out, and all that came by it.
async fn all_ways_out(served: &Served, role: Option<&str>) -> Vec<(&'static str, String)> {
    let (mut plain, mut synced) = (
        served.client(role, false).await,
        served.client(role, true).await,
    );
    let mut got = Vec::new();
    for (event, payload) in [
        ("get_coach", json!(1)),
        ("list_coaches", json!({})),
        ("get_lesson", json!(1)),
        ("list_lessons", json!({ "limit": 5 })),
        ("show_plan", json!({})),
    ] {
        let ack = plain.call(event, payload).await;
        assert_eq!(ack["ok"], true, "{event}: {ack}");
        got.push((event, ack.to_string()));
    }
    plain.call("refresh", Value::Null).await;
    for list in ["coaches", "lessons"] {
        got.push((list, plain.event(list).await.to_string()));
    }
    let all = json!({ "coaches": null, "lessons": null });
    got.push(("sync", synced.call("sync", all).await.to_string()));
    served.rename(&format!("Rosa {role:?}")).await;
    for list in ["coaches", "lessons"] {
        got.push((list, plain.event(list).await.to_string()));
    }
    for changes in ["coaches:changes", "lessons:changes"] {
        got.push((changes, synced.event(changes).await.to_string()));
    }
    got
}

/// What of the fields is in a text: wage, badge, note; by its value and by its key.
fn seen(text: &str) -> [bool; 3] {
    [("wage", WAGE), ("badge", BADGE), ("file", NOTE)].map(|(key, value)| {
        let has_value = text.contains(value);
        assert_eq!(text.contains(&format!("\"{key}\"")), has_value, "{text}");
        has_value
    })
}

#[tokio::test]
async fn a_field_gets_out_to_those_who_see_it_and_to_nobody_else() {
    let served = served().await;
    for (role, [wage, badge, note]) in [
        (None, [false, false, false]),
        (Some("coach"), [false, true, false]),
        (Some("manager"), [true, true, true]),
    ] {
        for (way, text) in all_ways_out(&served, role).await {
            let is_of_lessons = way.contains("lesson");
            let expected = [wage, badge && !is_of_lessons, note && !is_of_lessons];
            assert_eq!(seen(&text), expected, "{role:?} by {way}: {text}");
            assert!(text.contains("Ros"), "{way}: {text}");
            let has_others = text.contains("\"others\"");
            let shows_lessons = is_of_lessons || ["sync", "show_plan"].contains(&way);
            assert_eq!(has_others, shows_lessons && role.is_some(), "{way}: {text}");
        }
    }
}

#[tokio::test]
async fn who_signs_in_sees_more_at_once_and_who_signs_out_less() {
    let served = served().await;
    let mut plain = served.client(None, false).await;
    let mut synced = served.client(None, true).await;
    let all = json!({ "coaches": null, "lessons": null });
    synced.call("sync", all).await;
    for (role, expected) in [
        (Some("manager"), [true, true, true]),
        (Some("coach"), [false, true, false]),
        (None, [false, false, false]),
    ] {
        for (client, event) in [(&mut plain, "coaches"), (&mut synced, "coaches:changes")] {
            let ack = client.call("sign_in", json!({ "role": role })).await;
            // The answer has what they see from now on.
            assert_eq!(seen(&ack.to_string()), expected, "{role:?}: {ack}");
            let told: Vec<Value> = client
                .events()
                .into_iter()
                .filter_map(|(name, news)| (name == event).then_some(news))
                .collect();
            assert_eq!(told.len(), 1, "{role:?} {event}: {told:?}");
            assert_eq!(seen(&told[0].to_string()), expected, "{role:?} {event}");
            if event == "coaches:changes" {
                assert_eq!(told[0]["from"], Value::Null, "the whole list, anew");
            }
        }
    }
}

#[tokio::test]
async fn a_repeated_call_is_answered_by_what_its_caller_sees_now() {
    let served = served().await;
    let mut client = served.client(Some("manager"), true).await;
    let call = json!(["update_coach", { "id": 1, "name": "Ross" }, { "key": "once" }]).to_string();
    let first = client.call_raw(&call).await;
    assert_eq!(seen(&first.to_string()), [true, true, true]);
    client.call("sign_in", json!({ "role": "coach" })).await;
    let again = client.call_raw(&call).await;
    assert_eq!(again["data"]["name"], "Ross", "{again}");
    assert_eq!(seen(&again.to_string()), [false, true, false]);
}

#[tokio::test]
async fn a_field_is_set_by_those_who_may_and_by_nobody_else() {
    let served = served().await;
    let mut coach = served.client(Some("coach"), false).await;
    let mut manager = served.client(Some("manager"), false).await;
    let patch = json!({ "id": 1, "name": "Ruth", "wage": 1, "rank": 5 });
    let refused = coach.call("update_coach", patch.clone()).await;
    assert_eq!(refused["code"], "forbidden", "{refused}");
    let no = json!(["you may not set this"]);
    assert_eq!(refused["errors"], json!({ "wage": no, "rank": no }));
    for field in ["wage", "rank", "file"] {
        // To empty it is to set it.
        let refused = coach
            .call("update_coach", json!({ "id": 1, field: null }))
            .await;
        assert_eq!(refused["code"], "forbidden", "{field}: {refused}");
    }
    let new = json!({ "name": "New", "badge": "7", "wage": null });
    let created = coach.call("new_coach", new).await;
    assert_eq!(created["data"]["rank"], 0, "{created}");
    assert_eq!(created["data"]["badge"], "7");
    assert_eq!(
        seen(&created.to_string().replace("\"badge\":\"7\"", "")),
        [false; 3]
    );
    let new = json!({ "name": "New", "rank": 1 });
    assert_eq!(
        coach.call("new_coach", new.clone()).await["code"],
        "forbidden"
    );
    let lesson = json!({ "id": 1, "others": [] });
    assert_eq!(
        coach.call("update_lesson", lesson.clone()).await["code"],
        "forbidden"
    );
    // Nobody changed anything, and those who may can.
    let before = served
        .store
        .read(|tx| tx.coaches().get(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((before.name.as_str(), before.rank), ("Rose", 3));
    assert_eq!(manager.call("update_coach", patch).await["data"]["rank"], 5);
    assert_eq!(manager.call("new_coach", new).await["ok"], true);
    let changed = manager.call("update_lesson", lesson).await;
    assert_eq!(changed["data"]["others"], json!([]));
}

#[tokio::test]
async fn who_has_not_signed_in_is_told_so() {
    let served = served().await;
    let mut nobody = served.client(None, false).await;
    let refused = nobody
        .call("new_coach", json!({ "name": "x", "rank": 1 }))
        .await;
    assert_eq!(refused["code"], "unauthenticated", "{refused}");
}

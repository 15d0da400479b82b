//! A call that is repeated is answered by what its caller may see and do now, not by what it could when it was made.

use std::net::SocketAddr;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Caller, Error, Guard, Identified, Ref, Scopes};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{self, NewCoach, NewLesson, NewStudio};
use crate::access_server::{self as server, App, NoHooks, Tables as _};
use crate::client::{Client, start};

struct Desk;

impl server::Commands for Desk {
    async fn sign_in(&self, _: &App<Self>, _: &Caller, _: access::SignIn) -> Result<(), Error> {
        Ok(())
    }

    async fn sign_out(&self, _: &App<Self>, _: &Caller, _: access::SignOut) -> Result<(), Error> {
        Ok(())
    }

    fn clear(&self, _: &Caller, _: &Transaction<'_>, _: access::Clear) -> Result<(), Error> {
        Ok(())
    }

    fn reset(&self, _: &Caller, _: &Transaction<'_>, _: access::Reset) -> Result<(), Error> {
        Ok(())
    }
}

/// Each client is the coach that it names, of the first studio.
struct Coaches;

impl Guard for Coaches {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        let coach = auth["coach"].as_i64().unwrap();
        caller.sign_in(format!("coach {coach}"), coach);
        Box::pin(std::future::ready(Ok(())))
    }

    fn owns(&self, caller: &Caller, _: &'static str) -> Scopes {
        Scopes::of(caller.identity::<i64>().map(|coach| *coach))
    }

    fn scopes(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::of([1])
    }
}

struct Served {
    address: SocketAddr,
    store: Database,
    _folder: TempDir,
}

impl Served {
    /// Two studios; coaches 1 and 2 are of the first one, and so is lesson 1, which is coach 1's.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = server::open(folder.path().join("studio.sqlite3")).unwrap();
        store.write(rows).await.unwrap();
        let app = server::app(store.clone(), Desk, NoHooks);
        let served = server::server(&app).guard(Coaches);
        Self {
            address: start(served, SocketOptions::default()).await,
            store,
            _folder: folder,
        }
    }

    async fn coach(&self, coach: i64) -> Client {
        Client::connect_with(self.address, &json!({ "coach": coach }).to_string()).await
    }

    /// Changes rows by no call of a client.
    async fn execute(&self, sql: &'static str) {
        let change = move |tx: &Transaction<'_>| tx.execute(sql, []);
        self.store.write(change).await.unwrap();
    }
}

fn rows(tx: &Transaction<'_>) -> Result<(), Error> {
    for name in ["first", "second"] {
        tx.studios().create(NewStudio { name: name.into() })?;
    }
    for name in ["Rose", "Dan"] {
        let (name, studio) = (name.into(), Ref::to(1));
        tx.coaches().create(NewCoach { name, studio })?;
    }
    tx.lessons().create(NewLesson {
        title: "yoga".into(),
        studio: Ref::to(1),
        coach: Some(Ref::to(1)),
    })?;
    Ok(())
}

async fn send(client: &mut Client, event: &str, payload: &Value) -> Value {
    let arguments = json!([event, payload, { "key": format!("key of {event}").replace(' ', "-") }]);
    client.call_raw(&arguments.to_string()).await
}

/// The writes of a coach that are answered by a row: it, and the writes, each with its answer.
async fn written(served: &Served) -> (Client, [(&'static str, Value); 2]) {
    let mut rose = served.coach(1).await;
    let new = json!({ "title": "boxing", "studio": { "id": 1 }, "coach": { "id": 1 } });
    let calls = [
        ("new_lesson", new),
        ("update_lesson", json!({ "id": 1, "title": "yin yoga" })),
    ];
    for (event, payload) in &calls {
        let ack = send(&mut rose, event, payload).await;
        assert_eq!(ack["ok"], true, "{ack}");
        assert_eq!(send(&mut rose, event, payload).await, ack);
    }
    (rose, calls)
}

async fn titles(served: &Served) -> Vec<String> {
    let read = |reader: &rowcast_runtime::store::Reader<'_>| reader.lessons().list();
    let lessons = served.store.read(read).await.unwrap();
    lessons.into_iter().map(|lesson| lesson.title).collect()
}

#[tokio::test]
async fn a_row_that_belongs_to_another_coach_by_now_is_not_told() {
    let served = Served::start().await;
    let (mut rose, calls) = written(&served).await;
    served
        .execute("UPDATE lessons SET coach_id = 2, title = 'private'")
        .await;
    for (event, payload) in &calls {
        let rejected = send(&mut rose, event, payload).await;
        assert_eq!(
            (&rejected["code"], &rejected["data"]),
            (&json!("forbidden"), &json!(null))
        );
    }
    served.execute("UPDATE lessons SET coach_id = 1").await;
    for (event, payload) in &calls {
        assert_eq!(
            send(&mut rose, event, payload).await["data"]["title"],
            "private"
        );
    }
    assert_eq!(titles(&served).await, ["private", "private"]);
}

#[tokio::test]
async fn a_row_of_another_scope_by_now_is_not_found() {
    let served = Served::start().await;
    let (mut rose, calls) = written(&served).await;
    served.execute("UPDATE lessons SET studio_id = 2").await;
    for (event, payload) in &calls {
        assert_eq!(send(&mut rose, event, payload).await["code"], "not_found");
    }
}

#[tokio::test]
async fn a_row_that_was_deleted_is_not_found_and_its_deletion_answered_the_same() {
    let served = Served::start().await;
    let (mut rose, calls) = written(&served).await;
    let deleted = send(&mut rose, "delete_lesson", &json!(1)).await;
    assert_eq!(deleted["ok"], true);
    assert_eq!(send(&mut rose, "delete_lesson", &json!(1)).await, deleted);
    let (event, payload) = &calls[1];
    assert_eq!(send(&mut rose, event, payload).await["code"], "not_found");
    assert_eq!(titles(&served).await, ["boxing"]);
}

#[tokio::test]
async fn another_coach_with_the_same_keys_is_told_nothing_of_these_writes() {
    let served = Served::start().await;
    let (_, calls) = written(&served).await;
    let mut dan = served.coach(2).await;
    for (event, payload) in &calls {
        let rejected = send(&mut dan, event, payload).await;
        assert_eq!(
            (&rejected["code"], &rejected["data"]),
            (&json!("forbidden"), &json!(null))
        );
    }
}

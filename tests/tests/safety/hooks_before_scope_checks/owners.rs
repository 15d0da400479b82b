//! The same for rows of others in one's own scope: `access(write = owner(coach))`.

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Transaction;
use rowcast_runtime::{Caller, Error, Guard, Ref, Scopes};
use serde_json::{Value, json};

use crate::access::{self, LessonPatch, NewLesson};
use crate::access_server::{self, Tables as _};
use crate::client::{Client, start};

/// Fails whenever it runs, with what it was asked about.
struct Failing;

impl access_server::Hooks for Failing {
    fn before_create_lesson(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        new: &mut NewLesson,
    ) -> Result<(), Error> {
        Err(Error::invalid("_", format!("the hook saw {:?}", new.coach)))
    }
    fn before_update_lesson(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        patch: &mut LessonPatch,
    ) -> Result<(), Error> {
        Err(Error::invalid(
            "_",
            format!("the hook saw {:?}", patch.coach),
        ))
    }
    fn before_delete_lesson(&self, _: &Caller, _: &Transaction<'_>, id: i64) -> Result<(), Error> {
        Err(Error::invalid("_", format!("the hook saw {id}")))
    }
}

/// Is the coach with the id 1, in the studio with the id 1.
struct First;

impl Guard for First {
    fn is_signed_in(&self, _: &Caller) -> bool {
        true
    }

    fn owns(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::of([1])
    }

    fn scopes(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::of([1])
    }
}

struct Desk;

impl access_server::Commands for Desk {
    async fn sign_in(
        &self,
        _: &access_server::App<Self>,
        _: &Caller,
        _: access::SignIn,
    ) -> Result<(), Error> {
        Ok(())
    }
    async fn sign_out(
        &self,
        _: &access_server::App<Self>,
        _: &Caller,
        _: access::SignOut,
    ) -> Result<(), Error> {
        Ok(())
    }
    fn clear(&self, _: &Caller, _: &Transaction<'_>, _: access::Clear) -> Result<(), Error> {
        Ok(())
    }
    fn reset(&self, _: &Caller, _: &Transaction<'_>, _: access::Reset) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test]
async fn who_does_not_own_a_row_runs_no_hook() {
    let folder = tempfile::tempdir().unwrap();
    let store = access_server::open(folder.path().join("studio.sqlite3")).unwrap();
    let made = store.write(|tx| {
        let studio = || Ref::to(1);
        tx.studios()
            .create(access::NewStudio { name: "one".into() })?;
        for name in ["first", "second"] {
            tx.coaches().create(access::NewCoach {
                name: name.into(),
                studio: studio(),
            })?;
        }
        for coach in [1, 2] {
            let coach = Some(Ref::to(coach));
            tx.lessons().create(NewLesson {
                title: "yoga".into(),
                studio: studio(),
                coach,
            })?;
        }
        Ok(())
    });
    made.await.unwrap();
    let app = access_server::app(store, Desk, Failing);
    let server = access_server::server(&app).guard(First);
    let mut client = Client::connect(start(server, SocketOptions::default()).await).await;
    let (own, other) = (json!({ "id": 1 }), json!({ "id": 2 }));
    let new = |coach: &Value| json!({ "title": "x", "studio": { "id": 1 }, "coach": coach });
    let calls = [
        ("new_lesson", new(&other), "forbidden"),
        (
            "update_lesson",
            json!({ "id": 2, "title": "x" }),
            "forbidden",
        ),
        (
            "update_lesson",
            json!({ "id": 1, "coach": other }),
            "forbidden",
        ),
        ("delete_lesson", json!(2), "forbidden"),
        ("delete_lesson", json!(3), "not_found"),
        // These are the caller's, so the hook says what it has to say.
        ("new_lesson", new(&own), "invalid"),
        ("update_lesson", json!({ "id": 1, "coach": own }), "invalid"),
        ("delete_lesson", json!(1), "invalid"),
    ];
    for (event, payload, code) in calls {
        let ack = client.call(event, payload.clone()).await;
        assert_eq!(ack["code"], code, "{event} {payload}: {ack}");
        let ran = ack.to_string().contains("the hook saw");
        assert_eq!(ran, code == "invalid", "{event} {payload}: {ack}");
    }
}

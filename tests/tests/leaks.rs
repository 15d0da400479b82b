//! A hidden field on every way out of a server: lists, answers, errors, what is kept for later, what is emitted, the log.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../golden/access/schema.rs"]
pub mod access;
#[path = "../../runtime/tests/client/mod.rs"]
mod client;
#[rustfmt::skip]
#[path = "../golden/access/rust/mod.rs"]
pub mod server;

use std::io;
use std::sync::{Arc, Mutex};

use access::{NewCoach, NewLesson, NewStudio};
use client::{Client, start};
use rowcast_codegen::lock::Lock;
use rowcast_codegen::{AsyncApiOptions, TypeScriptOptions, render_asyncapi, render_typescript};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Read, Transaction};
use rowcast_runtime::{AllowAll, Caller, Error, Ref};
use serde_json::{Value, json};
use server::{App, NoHooks, Tables as _};

/// The value of the hidden field, and its name: neither may leave.
const VALUE: &str = "xyzzy-7f3a";
const NAME: &str = "secret";

struct Desk;

impl server::Commands for Desk {
    async fn sign_in(&self, app: &App<Self>, _: &Caller, _: access::SignIn) -> Result<(), Error> {
        // An error in somebody's own code, with all that it knows.
        let coaches = app.store().read(|tx| tx.coaches().list()).await?;
        Err(rowcast_runtime::Error::internal(format!(
            "no token for {}",
            coaches.len()
        )))
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

/// What is logged, whatever its level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Ids {
    studio: i64,
    coach: i64,
    lesson: i64,
}

fn rows(tx: &Transaction<'_>) -> Result<Ids, Error> {
    let studio = tx
        .studios()
        .create(NewStudio {
            name: "first".into(),
        })?
        .id;
    let coach = tx.coaches().create(NewCoach {
        name: "Rose".into(),
        studio: Ref::to(studio),
    })?;
    tx.coaches().set_secret(coach.id, VALUE)?;
    let lesson = tx.lessons().create(NewLesson {
        title: "yoga".into(),
        studio: Ref::to(studio),
        coach: Some(Ref::to(coach.id)),
    })?;
    Ok(Ids {
        studio,
        coach: coach.id,
        lesson: lesson.id,
    })
}

/// Every call about a coach, good and bad.
fn calls(ids: &Ids) -> Vec<(&'static str, Value)> {
    let Ids {
        studio,
        coach,
        lesson,
    } = ids;
    let studio = json!({ "id": studio });
    vec![
        ("get_coach", json!(coach)),
        ("list_coaches", json!({})),
        ("get_lesson", json!(lesson)),
        ("list_lessons", json!({})),
        ("update_coach", json!({ "id": coach, "name": "Rosa" })),
        ("update_lesson", json!({ "id": lesson, "title": "box" })),
        ("new_coach", json!({ "name": "Dan", "studio": studio })),
        // The fields that are wrong are named, and all that there are.
        ("new_coach", json!({ "nome": "Dan", "studio": studio })),
        ("update_coach", json!({ "id": "no id", "name": 7 })),
        ("delete_coach", json!(coach)),
        ("delete_studio", studio),
        ("get_coach", json!(999)),
        ("sign_in", json!({ "token": "t" })),
        ("refresh", Value::Null),
        (
            "sync",
            json!({ "coaches": null, "lessons": null, "studios": null }),
        ),
    ]
}

/// All texts of the tables that the runtime keeps for itself.
async fn kept(store: &Database) -> String {
    let read = |reader: &rowcast_runtime::store::Reader<'_>| {
        let changes =
            "SELECT list || operation || row_id || ifnull(scopes, '') FROM rowcast_changes";
        let records = "SELECT sealed FROM rowcast_idempotency_records";
        let mut texts: Vec<String> = reader.rows(changes, [], |row| row.get(0))?;
        let records: Vec<Vec<u8>> = reader.rows(records, [], |row| row.get(0))?;
        assert!(!records.is_empty(), "writes with keys are recorded");
        let records = records
            .iter()
            .map(|record| String::from_utf8_lossy(record).into_owned());
        texts.extend(records);
        Ok(texts.join("\n"))
    };
    store.read(read).await.unwrap()
}

#[tokio::test]
async fn a_hidden_field_is_on_no_wire_in_no_log_and_in_nothing_that_is_kept() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("studio.sqlite3")).unwrap();
    let ids = store.write(rows).await.unwrap().value;
    let app = server::app(store.clone(), Desk, NoHooks);
    let address = start(
        server::server(&app).guard(AllowAll),
        SocketOptions::default(),
    )
    .await;
    let mut plain = Client::connect(address).await;
    let mut synced = Client::connect_with(address, r#"{"sync":true}"#).await;
    synced
        .call("sync", json!({ "coaches": null, "lessons": null }))
        .await;
    for (index, (event, payload)) in calls(&ids).into_iter().enumerate() {
        let ack = plain.call(event, payload.clone()).await;
        let keyed = json!([event, payload, { "key": format!("key-of-call-number-{index}") }]);
        synced.call_raw(&keyed.to_string()).await;
        if event == "sign_in" {
            let text = ack["errors"]["_"][0].as_str().unwrap();
            assert!(!text.contains("token"), "{text}");
            // Whoever reads the log finds it by what the client was told.
            let reference = text
                .rsplit(' ')
                .next()
                .unwrap()
                .trim_end_matches(['.', ')']);
            assert!(log.text().contains(reference), "{text}");
            assert!(log.text().contains("no token for"), "the log has the error");
        }
    }
    plain.event("lessons").await;
    synced.event("coaches:changes").await;
    let frames: String = [plain.frames, synced.frames].concat().join("\n");
    assert!(frames.contains("Rose") && frames.contains("Rosa"));
    let kept = kept(&store).await;
    assert!(kept.contains("coachesput1"), "changes are kept: {kept}");
    assert!(!kept.contains("Rosa"), "but no rows: {kept}");
    for (place, text) in [("frames", &frames), ("kept", &kept), ("log", &log.text())] {
        assert!(!text.contains(VALUE), "{place}");
    }
    assert!(!frames.contains(NAME));
    assert!(log.text().contains("new_coach"), "calls are logged");
}

#[tokio::test]
async fn a_hidden_field_is_no_field_to_those_who_send_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("studio.sqlite3")).unwrap();
    let ids = store.write(rows).await.unwrap().value;
    let app = server::app(store.clone(), Desk, NoHooks);
    let address = start(
        server::server(&app).guard(AllowAll),
        SocketOptions::default(),
    )
    .await;
    let mut client = Client::connect(address).await;
    let mut said = Vec::new();
    // A value of another type would be told, if anybody looked at it.
    for field in [NAME, "sekret"] {
        let patch = json!({ "id": ids.coach, field: [7] });
        said.push(client.call("update_coach", patch).await);
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0]["ok"], true, "{said:?}");
    let coach = store.read(move |tx| tx.coaches().get(ids.coach)).await;
    assert_eq!(coach.unwrap().unwrap().secret, VALUE);
}

#[test]
fn a_hidden_field_is_in_nothing_that_clients_or_readers_get() {
    let contract = rowcast_schema::resolve(&access::schema()).unwrap();
    let typescript = TypeScriptOptions {
        zod: true,
        react: true,
        tanstack_db: true,
        branded_ids: true,
        ..TypeScriptOptions::default()
    };
    let mut emitted = render_typescript(&contract, &typescript).unwrap();
    emitted.extend(render_asyncapi(&contract, &AsyncApiOptions::default()).unwrap());
    assert!(emitted.len() > 3);
    for file in &emitted {
        assert!(!file.text.contains(NAME), "{}", file.path.display());
    }
    assert!(emitted.iter().any(|file| file.text.contains("studio")));
    // The lock tells what is stored too; what is on the wire has no trace of it.
    let lock: Value = serde_json::from_str(&Lock::of(&contract).text().unwrap()).unwrap();
    assert!(!lock["wire"].to_string().contains(NAME));
    assert!(lock["tables"].to_string().contains(NAME));
}

//! Rows that only managers read stay with them, in everything that the server sends: others see at most the view that a
//! relation, a command or an event is declared to show.

use std::net::SocketAddr;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Caller, Error, Guard, Identified, Ref};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use tempfile::TempDir;

use crate::client::{Client, start_with_io};
use crate::shown::{
    Arrived, Begun, Introduce, Introduced, NewPerson, NewReview, NewRoom, NewShift, NewTeam,
    Payroll, Person, PersonName, PersonPatch, Plan, Shift,
};
use crate::shown_server::{self, App, Events as _, NoHooks, Tables as _};

/// Stands in no row but that of Rose.
const WAGE: u32 = 735_191;

struct Desk;

fn introduced(name: &str, tx: &impl rowcast_runtime::store::Read) -> Result<Introduced, Error> {
    let mut people = tx.people().list()?.into_iter();
    let found = people.find(|person| person.name == name);
    let Person { id, name, .. } = found.ok_or(Error::not_found("person"))?;
    Ok(Introduced {
        person: PersonName { id, name },
    })
}

impl shown_server::Commands for Desk {
    async fn introduce(
        &self,
        app: &App<Self>,
        _: &Caller,
        input: Introduce,
    ) -> Result<Introduced, Error> {
        app.store()
            .read(move |tx| introduced(&input.name, tx))
            .await
    }

    async fn payroll(&self, app: &App<Self>, _: &Caller, _: Payroll) -> Result<Vec<Person>, Error> {
        app.store().read(|tx| tx.people().list()).await
    }

    async fn plan(&self, app: &App<Self>, _: &Caller, _: Plan) -> Result<Vec<Shift>, Error> {
        app.store().read(|tx| tx.shifts().list()).await
    }
}

/// Whoever names a role has it.
struct Roles;

impl Guard for Roles {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(role) = auth["role"].as_str() {
                caller.sign_in(role, role.to_owned());
            }
            Ok(())
        })
    }

    fn authorize(
        &self,
        _: &Caller,
        _: &rowcast_runtime::Action,
    ) -> Result<(), rowcast_runtime::Denied> {
        Ok(())
    }

    fn has_role(&self, caller: &Caller, role: &'static str) -> bool {
        caller.identity::<String>().is_some_and(|own| *own == role)
    }
}

/// Rose, with a wage, in a room, a team, a shift and a review.
fn rows(tx: &Transaction<'_>) -> Result<(), Error> {
    tx.rooms().create(NewRoom {
        name: "office".into(),
    })?;
    let room = Some(Ref::to(1));
    tx.people().create(NewPerson {
        name: "Rose".into(),
        wage: WAGE,
        room,
    })?;
    let person = || Ref::to(1);
    tx.teams().create(NewTeam {
        members: vec![person()],
    })?;
    tx.shifts().create(NewShift {
        day: "Monday".into(),
        person: person(),
    })?;
    tx.reviews().create(NewReview {
        text: "punctual".into(),
        person: person(),
    })?;
    Ok(())
}

struct Served {
    _folder: TempDir,
    store: Database,
    address: SocketAddr,
    io: SocketIo,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = shown_server::open(folder.path().join("staff.sqlite3")).unwrap();
    store.write(rows).await.unwrap();
    let app = shown_server::app(store.clone(), Desk, NoHooks);
    let server = shown_server::server(&app).guard(Roles);
    let (address, io) = start_with_io(server, SocketOptions::default()).await;
    Served {
        _folder: folder,
        store,
        address,
        io,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    Worker,
    Manager,
}

use Who::{Anonymous, Manager, Worker};

impl Who {
    fn auth(self, sync: bool) -> String {
        let role = match self {
            Anonymous => Value::Null,
            Worker => json!("worker"),
            Manager => json!("manager"),
        };
        json!({ "role": role, "sync": sync }).to_string()
    }

    fn reads_people(self) -> bool {
        self == Manager
    }
}

/// What a client that does not read people has been sent of them: a name, where it is shown, and nothing else.
fn keeps_the_rules(client: &Client, who: Who) {
    let frames = client.frames.join("\n");
    assert_eq!(
        frames.contains(&WAGE.to_string()),
        who.reads_people(),
        "{who:?}"
    );
    assert_eq!(frames.contains("punctual"), who.reads_people(), "{who:?}");
}

fn view() -> Value {
    json!({ "id": 1, "name": "Rose" })
}

/// Each list, with how many rows of it somebody sees.
fn lists(who: Who) -> [(&'static str, usize); 5] {
    let (people, teams) = (usize::from(who == Manager), usize::from(who != Anonymous));
    [
        ("people", people),
        ("rooms", 1),
        ("teams", teams),
        ("shifts", 1),
        ("reviews", people),
    ]
}

fn shows_the_view(list: &str, row: &Value) {
    match list {
        "rooms" => assert_eq!(row["people"], json!([view()])),
        "teams" => assert_eq!(row["members"], json!([view()])),
        "shifts" | "reviews" => assert_eq!(row["person"], view()),
        _ => assert_eq!(row["wage"], WAGE),
    }
}

#[tokio::test]
async fn lists_pages_and_single_rows() {
    let served = served().await;
    for who in [Anonymous, Worker, Manager] {
        let mut client = Client::connect_with(served.address, &who.auth(false)).await;
        assert_eq!(client.call("refresh", Value::Null).await, Value::Null);
        for (list, count) in lists(who) {
            let rows = client.event(list).await;
            assert_eq!(rows.as_array().unwrap().len(), count, "{list} for {who:?}");
            rows.as_array()
                .unwrap()
                .iter()
                .for_each(|row| shows_the_view(list, row));
        }
        let mut synced = Client::connect_with(served.address, &who.auth(true)).await;
        let all = json!({ "people": null, "rooms": null, "teams": null, "shifts": null, "reviews": null });
        let ack = synced.call("sync", all).await;
        for (list, count) in lists(who) {
            assert_eq!(
                ack["data"][list]["put"].as_array().unwrap().len(),
                count,
                "{list} for {who:?}"
            );
        }
        for (page, get, count) in [
            ("list_people", "get_person", lists(who)[0].1),
            ("list_rooms", "get_room", 1),
            ("list_teams", "get_team", lists(who)[2].1),
            ("list_shifts", "get_shift", 1),
            ("list_reviews", "get_review", lists(who)[4].1),
        ] {
            let listed = client.call(page, json!({})).await;
            let got = client.call(get, json!(1)).await;
            assert_eq!(
                (&listed["ok"], &got["ok"]),
                (&json!(count == 1), &json!(count == 1)),
                "{page} for {who:?}"
            );
            if count == 1 {
                shows_the_view(&page[5..], &listed["data"]["rows"][0]);
                shows_the_view(&page[5..], &got["data"]);
            }
        }
        keeps_the_rules(&client, who);
        keeps_the_rules(&synced, who);
    }
}

#[tokio::test]
async fn changes() {
    let served = served().await;
    let mut clients = Vec::new();
    for who in [Anonymous, Worker, Manager] {
        for sync in [false, true] {
            let mut client = Client::connect_with(served.address, &who.auth(sync)).await;
            if sync {
                let all = json!({ "people": null, "rooms": null, "shifts": null, "reviews": null });
                client.call("sync", all).await;
            }
            clients.push((who, sync, client));
        }
    }
    // Changes the row itself, and those that show it.
    let patch = PersonPatch {
        name: Some("Rosa".into()),
        ..PersonPatch::of(1)
    };
    served
        .store
        .write(move |tx| tx.people().update(patch))
        .await
        .unwrap();
    for (who, sync, client) in &mut clients {
        let shift = match sync {
            true => client.event("shifts:changes").await["put"][0].clone(),
            false => client.event("shifts").await[0].clone(),
        };
        assert_eq!(
            shift["person"],
            json!({ "id": 1, "name": "Rosa" }),
            "{who:?}"
        );
        let people = match sync {
            true => "people:changes",
            false => "people",
        };
        match who {
            Manager => {
                let news = client.event(people).await.to_string();
                assert!(news.contains(&WAGE.to_string()));
            }
            _ => {
                // An answer to a call comes behind what was sent before it.
                client.call("list_shifts", json!({})).await;
                let frames = client.frames.join("\n");
                assert!(
                    !frames.contains(&WAGE.to_string()) && !frames.contains("punctual"),
                    "{who:?}: {frames}"
                );
            }
        }
    }
}

#[tokio::test]
async fn acks() {
    let served = served().await;
    let mut worker = Client::connect_with(served.address, &Worker.auth(false)).await;
    // A worker may change people, but the answer is the row: nothing is done.
    for patch in [
        json!({ "id": 1 }),
        json!({ "id": 1, "name": "Ron" }),
        json!({ "id": 99 }),
    ] {
        let ack = worker.call("update_person", patch).await;
        assert_eq!(
            (&ack["code"], &ack["data"]),
            (&json!("forbidden"), &Value::Null)
        );
    }
    let row = served.store.read(|tx| tx.people().get(1)).await.unwrap();
    assert_eq!(row.unwrap().name, "Rose");
    let made = worker
        .call("new_team", json!({ "members": [{ "id": 1 }] }))
        .await;
    assert_eq!(made["data"]["members"], json!([view()]));
    let changed = worker.call("update_team", json!({ "id": 1 })).await;
    assert_eq!(changed["data"]["members"], json!([view()]));
    keeps_the_rules(&worker, Worker);
    let mut nobody = Client::connect_with(served.address, &Anonymous.auth(false)).await;
    assert_eq!(
        nobody.call("update_person", json!({ "id": 1 })).await["code"],
        "unauthenticated"
    );
    keeps_the_rules(&nobody, Anonymous);
    let mut manager = Client::connect_with(served.address, &Manager.auth(false)).await;
    let ack = manager.call("update_person", json!({ "id": 1 })).await;
    assert_eq!(ack["data"]["wage"], WAGE);
}

#[tokio::test]
async fn commands_and_events() {
    let served = served().await;
    for who in [Anonymous, Worker, Manager] {
        let mut client = Client::connect_with(served.address, &who.auth(false)).await;
        let ack = client.call("introduce", json!({ "name": "Rose" })).await;
        assert_eq!(ack["data"]["person"], view());
        let ack = client.call("plan", json!({})).await;
        assert_eq!(ack["data"][0]["person"], view());
        let payroll = client.call("payroll", json!({})).await;
        assert_eq!(payroll["ok"], who.reads_people(), "{who:?}");
        let person = PersonName {
            id: 1,
            name: "Rose".into(),
        };
        let _ = served.io.emit_arrived(&Arrived { person }).await;
        assert_eq!(client.event("arrived").await["person"], view());
        let shift = served
            .store
            .read(|tx| tx.shifts().get(1))
            .await
            .unwrap()
            .unwrap();
        let _ = served.io.emit_begun(&Begun { shift }).await;
        assert_eq!(client.event("begun").await["shift"]["person"], view());
        let frames = client.frames.join("\n");
        assert_eq!(
            frames.contains(&WAGE.to_string()),
            who.reads_people(),
            "{who:?}"
        );
    }
}

/// An event goes to every socket, or to those that the application lets into a room.
#[tokio::test]
async fn events_of_a_room() {
    let served = served().await;
    let mut inside = Client::connect_with(served.address, &Worker.auth(false)).await;
    served.io.sockets()[0].join("gym-3");
    let mut outside = Client::connect_with(served.address, &Worker.auth(false)).await;
    let arrived = |name: &str| Arrived {
        person: PersonName {
            id: 1,
            name: name.into(),
        },
    };
    let (rose, dan) = (arrived("Rose"), arrived("Dan"));
    served.io.to("gym-3").emit_arrived(&rose).await.unwrap();
    served.io.emit_arrived(&dan).await.unwrap();
    assert_eq!(inside.event("arrived").await["person"]["name"], "Rose");
    assert_eq!(inside.event("arrived").await["person"]["name"], "Dan");
    assert_eq!(outside.event("arrived").await["person"]["name"], "Dan");
}

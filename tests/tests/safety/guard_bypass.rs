//! A guard that denies a resource denies it in every way: `get`, `list`, `refresh`, `sync`, what is sent after changes, and the
//! answers of writes. It is a guard as applications have written it: it looks at the resource and knows nothing of lists.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Database;
use rowcast_runtime::{Action, Caller, Denied, Guard, Identified, Scopes, Verb};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, start};
use crate::scopes::{NewGym, NewMove};
use crate::scopes_server::{self, NoHooks, Tables as _};

/// Denies some to read moves; that may change at any time.
#[derive(Clone, Default)]
struct Rules {
    denied: Arc<Mutex<BTreeSet<String>>>,
    asked: Arc<Mutex<Vec<Action>>>,
}

impl Rules {
    fn denies(&self, name: &str) {
        self.denied.lock().unwrap().insert(name.to_owned());
    }

    fn allows(&self, name: &str) {
        self.denied.lock().unwrap().remove(name);
    }
}

impl Guard for Rules {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            let name = auth["name"].as_str().unwrap_or_default();
            caller.sign_in(name, name.to_owned());
            Ok(())
        })
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        self.asked.lock().unwrap().push(*action);
        let name = caller.identity::<String>().unwrap_or_default();
        let is_denied = self.denied.lock().unwrap().contains(name.as_str());
        match (action.resource, action.verb) {
            ("Move", Verb::Get | Verb::List) if is_denied => Err(Denied::forbidden()),
            _ => Ok(()),
        }
    }

    fn scopes(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::All
    }
}

struct Served {
    _folder: TempDir,
    store: Database,
    app: scopes_server::App<()>,
    rules: Rules,
    address: SocketAddr,
}

/// A gym and a move; Eve may not read moves, Ann may.
async fn served(review: Duration) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = scopes_server::open(folder.path().join("gyms.sqlite3")).unwrap();
    let made = store.write(|tx| {
        tx.gyms().create(NewGym { name: "gym".into() })?;
        tx.moves().create(NewMove {
            name: "secret squat".into(),
        })
    });
    made.await.unwrap();
    let rules = Rules::default();
    rules.denies("Eve");
    let app = scopes_server::app(store.clone(), (), NoHooks);
    let server = scopes_server::server(&app)
        .guard(rules.clone())
        .review(review);
    let address = start(server, SocketOptions::default()).await;
    Served {
        _folder: folder,
        store,
        app,
        rules,
        address,
    }
}

const NEVER: Duration = Duration::from_secs(600);

impl Served {
    async fn plain(&self, name: &str) -> Client {
        Client::connect_with(self.address, &json!({ "name": name }).to_string()).await
    }

    async fn synced(&self, name: &str) -> (Client, Value) {
        let auth = json!({ "name": name, "sync": true }).to_string();
        let mut client = Client::connect_with(self.address, &auth).await;
        let ack = client
            .call("sync", json!({ "moves": null, "gyms": null }))
            .await;
        assert_eq!(ack["ok"], true, "{ack}");
        (client, ack["data"].clone())
    }

    async fn add(&self, name: &str) {
        let (name, gym) = (name.to_owned(), format!("gym with {name}"));
        let added = self.store.write(move |tx| {
            tx.moves().create(NewMove { name })?;
            tx.gyms().create(NewGym { name: gym })
        });
        added.await.unwrap();
    }
}

/// Nothing of any move has come to it.
fn has_seen_no_move(client: &Client) {
    let seen: Vec<&String> = client
        .frames
        .iter()
        .filter(|frame| frame.contains("squat"))
        .collect();
    assert!(seen.is_empty(), "{seen:?}");
}

#[tokio::test]
async fn no_call_and_no_list_has_what_the_guard_denies() {
    let served = served(NEVER).await;
    let (mut eve, mut ann) = (served.plain("Eve").await, served.plain("Ann").await);
    assert_eq!(eve.call("get_move", json!(1)).await["code"], "forbidden");
    assert_eq!(eve.call("list_moves", json!({})).await["code"], "forbidden");
    for (client, moves) in [(&mut eve, 0), (&mut ann, 1)] {
        assert_eq!(client.call("refresh", Value::Null).await, Value::Null);
        assert_eq!(client.event("moves").await.as_array().unwrap().len(), moves);
        assert_eq!(client.event("gyms").await.as_array().unwrap().len(), 1);
    }
    let asked = eve.call("sync", json!({ "moves": null })).await;
    assert_eq!(asked["data"]["moves"]["put"], json!([]), "{asked}");
    has_seen_no_move(&eve);
    let listed = served.rules.asked.lock().unwrap();
    let lists: BTreeSet<&str> = listed
        .iter()
        .filter(|action| action.verb == Verb::List)
        .map(|action| action.resource)
        .collect();
    assert_eq!(
        lists,
        BTreeSet::from(["Gym", "Coach", "Move", "Plan", "Lesson"])
    );
}

#[tokio::test]
async fn changes_go_to_those_only_whom_the_guard_lets_read_the_list() {
    let served = served(NEVER).await;
    // Sockets that get whole lists, though they share the lists that all of them see.
    let (mut plain_eve, mut plain_ann) = (served.plain("Eve").await, served.plain("Ann").await);
    let (mut eve, told_eve) = served.synced("Eve").await;
    let (mut ann, told_ann) = served.synced("Ann").await;
    assert_eq!(told_eve["moves"]["put"], json!([]));
    assert_eq!(told_ann["moves"]["put"].as_array().unwrap().len(), 1);
    served.add("jump squat").await;
    for client in [&mut plain_eve, &mut plain_ann] {
        assert_eq!(client.event("gyms").await.as_array().unwrap().len(), 2);
    }
    assert_eq!(plain_ann.event("moves").await.as_array().unwrap().len(), 2);
    let news = ann.event("moves:changes").await;
    assert_eq!(news["put"][0]["name"], "jump squat");
    eve.event("gyms:changes").await;
    // By the application, to all sockets: a list that is denied is empty, and stays so.
    scopes_server::moves::refresh_moves(&served.app)
        .await
        .unwrap();
    scopes_server::refresh_all(&served.app).await.unwrap();
    assert_eq!(plain_ann.event("moves").await.as_array().unwrap().len(), 2);
    served.add("last squat").await;
    while plain_ann.event("moves").await.as_array().unwrap().len() < 3 {}
    while plain_eve.event("gyms").await.as_array().unwrap().len() < 3 {}
    let all = json!({ "moves": null, "gyms": null });
    let ack = eve.call("sync", all).await;
    assert_eq!(ack["data"]["moves"]["put"], json!([]));
    assert_eq!(ack["data"]["gyms"]["put"].as_array().unwrap().len(), 3);
    assert_eq!(plain_eve.call("refresh", Value::Null).await, Value::Null);
    for frame in plain_eve.frames.iter().chain(&eve.frames) {
        // The gyms are named after the moves that were added with them.
        assert!(
            !frame.replace("gym with ", "").contains("\"moves\",[{"),
            "{frame}"
        );
        assert!(
            !frame.contains("\"name\":\"jump squat\"")
                && !frame.contains("\"name\":\"last squat\""),
            "{frame}"
        );
    }
}

#[tokio::test]
async fn a_list_appears_and_disappears_with_the_answer_of_the_guard() {
    let served = served(Duration::from_millis(50)).await;
    let (mut ann, told) = served.synced("Ann").await;
    let mut plain = served.plain("Ann").await;
    assert_eq!(told["moves"]["put"].as_array().unwrap().len(), 1);
    assert_eq!(plain.call("refresh", Value::Null).await, Value::Null);
    assert_eq!(plain.event("moves").await.as_array().unwrap().len(), 1);
    served.rules.denies("Ann");
    let gone = ann.event("moves:changes").await;
    assert_eq!((&gone["from"], &gone["put"]), (&Value::Null, &json!([])));
    assert_eq!(plain.event("moves").await, json!([]));
    served.rules.allows("Ann");
    let back = ann.event("moves:changes").await;
    assert_eq!(back["put"][0]["name"], "secret squat");
    assert_eq!(plain.event("moves").await[0]["name"], "secret squat");
    // The others have not been sent anew.
    assert!(
        ann.events()
            .iter()
            .all(|(event, _)| event != "gyms:changes")
    );
}

#[tokio::test]
async fn a_write_answers_with_no_row_that_the_caller_may_not_read() {
    let served = served(NEVER).await;
    let mut eve = served.plain("Eve").await;
    for (event, payload) in [
        ("update_move", json!({ "id": 1 })),
        ("update_move", json!({ "id": 1, "name": "renamed" })),
        ("new_move", json!({ "name": "own" })),
    ] {
        let ack = eve.call(event, payload).await;
        assert_eq!(
            (&ack["code"], &ack["data"]),
            (&json!("forbidden"), &Value::Null),
            "{event}"
        );
    }
    has_seen_no_move(&eve);
    let names = served.store.read(|tx| tx.moves().list()).await.unwrap();
    assert_eq!(
        names
            .iter()
            .map(|row| row.name.as_str())
            .collect::<Vec<_>>(),
        ["secret squat"]
    );
    // What answers nothing needs no more than the leave to do it.
    assert_eq!(eve.call("delete_move", json!(1)).await["ok"], true);
    let mut ann = served.plain("Ann").await;
    assert_eq!(
        ann.call("new_move", json!({ "name": "own" })).await["data"]["name"],
        "own"
    );
}

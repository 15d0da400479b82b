//! Writes with a key over real connections: carried out once, and answered each time.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod client;
mod planner;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use client::{Client, start};
use planner::schema::{Coach, Login};
use planner::server::{App, Commands, NoHooks, open, server};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Options;
use rowcast_runtime::{Action, Call, Caller, Denied, Error, Guard};
use serde_json::{Value, json};

struct Nobody;

impl Commands for Nobody {
    async fn login(&self, _: &App<Self>, _: Call<Login>) -> Result<Coach, Error> {
        Err(Error::invalid("username", "is not known"))
    }
}

/// Refuses everything once it is closed.
#[derive(Clone, Default)]
struct Door(Arc<AtomicBool>);

impl Guard for Door {
    fn authorize(&self, _: &Caller, _: &Action) -> Result<(), Denied> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Denied::forbidden());
        }
        Ok(())
    }
}

async fn planner(folder: &Path, door: &Door) -> SocketAddr {
    let file = folder.join("planner.db");
    let store = open(&format!("sqlite:{}", file.display()), Options::default()).unwrap();
    let app = App::new(store, Nobody, Arc::new(NoHooks));
    start(server(app).guard(door.clone()), SocketOptions::default()).await
}

/// Makes a key of a short name: callers without an account need one that is hard to guess.
async fn send(client: &mut Client, event: &str, payload: Value, key: &str) -> Value {
    let key = format!("{key}-0123456789abcdefghij");
    let arguments = json!([event, payload, { "key": key }]);
    client.call_raw(&arguments.to_string()).await
}

async fn names(client: &mut Client) -> Vec<Value> {
    let page = client.call("list_coaches", json!({})).await;
    let rows = page["data"]["rows"].as_array().unwrap();
    rows.iter().map(|row| row["name"].clone()).collect()
}

#[tokio::test]
async fn a_write_that_is_sent_again_on_another_connection_happens_once() {
    let folder = tempfile::tempdir().unwrap();
    let door = Door::default();
    let address = planner(folder.path(), &door).await;
    let (mut first, mut second) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    let rose = json!({ "name": "Rose" });
    let ack = send(&mut first, "new_coach", rose.clone(), "k1").await;
    assert_eq!(ack["data"]["id"], 1);
    assert_eq!(send(&mut second, "new_coach", rose, "k1").await, ack);
    let patch = json!({ "id": 1, "name": "Rosa" });
    send(&mut first, "update_coach", patch.clone(), "k2").await;
    first
        .call("update_coach", json!({ "id": 1, "name": "Later" }))
        .await;
    let repeated = send(&mut second, "update_coach", patch, "k2").await;
    assert_eq!(repeated["data"]["name"], "Later");
    assert_eq!(names(&mut second).await, ["Later"]);
    let gone = send(&mut first, "delete_coach", json!(1), "k3").await;
    assert_eq!(
        send(&mut second, "delete_coach", json!(1), "k3").await,
        gone
    );
}

#[tokio::test]
async fn synced_sockets_are_told_the_position_of_a_repeated_write_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let door = Door::default();
    let mut client = Client::connect(planner(folder.path(), &door).await).await;
    client.call("sync", json!({ "coaches": null })).await;
    let rose = json!({ "name": "Rose" });
    let ack = send(&mut client, "new_coach", rose.clone(), "k1").await;
    assert_eq!(ack["position"]["at"], 1);
    let mut restarted = Client::connect(planner(folder.path(), &door).await).await;
    let missed = json!({ "coaches": ack["position"] });
    let synced = restarted.call("sync", missed).await;
    let nothing =
        json!({ "epoch": ack["position"]["epoch"], "from": 1, "to": 1, "put": [], "dropped": [] });
    assert_eq!(synced["data"]["coaches"], nothing);
    assert_eq!(send(&mut restarted, "new_coach", rose, "k1").await, ack);
}

#[tokio::test]
async fn a_caller_that_may_not_write_any_more_is_rejected_until_it_may_again() {
    let folder = tempfile::tempdir().unwrap();
    let door = Door::default();
    let address = planner(folder.path(), &door).await;
    let mut client = Client::connect(address).await;
    let rose = json!({ "name": "Rose" });
    let ack = send(&mut client, "new_coach", rose.clone(), "k1").await;
    assert_eq!(ack["ok"], true);
    door.0.store(true, Ordering::SeqCst);
    let rejected = send(&mut client, "new_coach", rose.clone(), "k1").await;
    assert_eq!(rejected["code"], "forbidden");
    door.0.store(false, Ordering::SeqCst);
    assert_eq!(send(&mut client, "new_coach", rose, "k1").await, ack);
    assert_eq!(names(&mut client).await, ["Rose"]);
}

#[tokio::test]
async fn keys_are_refused_where_they_could_not_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let address = planner(folder.path(), &Door::default()).await;
    let mut client = Client::connect(address).await;
    let message = |ack: &Value| ack["errors"]["_"][0].as_str().unwrap().to_owned();
    let login = json!({ "username": "rose" });
    let ack = send(&mut client, "login", login, "k").await;
    assert_eq!(message(&ack), "this call takes no key");
    let arguments = json!(["new_coach", { "name": "Rose" }, { "key": "" }]);
    let ack = client.call_raw(&arguments.to_string()).await;
    assert_eq!(
        message(&ack),
        "the key must be 1 to 64 visible ASCII characters"
    );
    send(&mut client, "new_coach", json!({ "name": "Rose" }), "k").await;
    let ack = send(&mut client, "new_coach", json!({ "name": "Dan" }), "k").await;
    assert_eq!(message(&ack), "this key was used for another call");
    assert_eq!(ack["code"], "conflict");
    assert_eq!(names(&mut client).await, ["Rose"]);
}

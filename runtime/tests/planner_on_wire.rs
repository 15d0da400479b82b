//! The planner over real connections: payloads, acks and lists as plain and generated clients see them.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod client;
mod planner;

use std::net::SocketAddr;
use std::sync::Arc;

use client::{Client, start};
use planner::schema::{Coach, Login};
use planner::server::{App, Commands, NoHooks, Tables, open, server};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Options;
use rowcast_runtime::{Call, Error};
use serde_json::{Value, json};

struct Staff;

impl Commands for Staff {
    async fn login(&self, app: &App<Self>, call: Call<Login>) -> Result<Coach, Error> {
        let username = call.input.username;
        let found = app
            .store()
            .read(move |reader| reader.coaches().by_username(&username))
            .await?;
        found.ok_or_else(|| Error::invalid("username", "is not known"))
    }
}

async fn planner() -> (tempfile::TempDir, SocketAddr) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("planner.db");
    let store = open(&format!("sqlite:{}", file.display()), Options::default()).unwrap();
    let app = App::new(store, Staff, Arc::new(NoHooks));
    (folder, start(server(app), SocketOptions::default()).await)
}

fn done(data: Value) -> Value {
    json!({ "ok": true, "data": data, "errors": {}, "code": null })
}

#[tokio::test]
async fn forms_create_update_and_delete() {
    let (_folder, address) = planner().await;
    let (mut client, mut other) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    let rose = json!({ "id": 1, "name": "Rose", "age": 41, "username": null });
    let ack = client
        .call(
            "new_coach",
            json!({ "id": "", "name": "Rose", "age": "41", "password_hash": "x" }),
        )
        .await;
    assert_eq!(ack, done(rose.clone()));
    assert_eq!(other.event("coaches").await, json!([rose]));
    assert_eq!(client.event("coaches").await, json!([rose]));

    let ack = client
        .call(
            "new_schedule",
            json!({ "day": "monday", "coach": { "id": "1", "name": "" } }),
        )
        .await;
    let schedule = json!({ "id": 1, "day": "monday", "coach": { "id": 1, "name": "Rose" } });
    assert_eq!(ack, done(schedule));
    assert_eq!(
        client.call("delete_coach", json!({ "id": 1 })).await["code"],
        "conflict"
    );

    client
        .call(
            "update_coach",
            json!({ "id": 1, "name": "Rose Smith", "age": null }),
        )
        .await;
    let shown = loop {
        let schedules = other.event("schedules").await;
        if schedules[0]["coach"]["name"] != "Rose" {
            break schedules;
        }
    };
    assert_eq!(shown[0]["coach"], json!({ "id": 1, "name": "Rose Smith" }));

    assert_eq!(
        client
            .call("delete_schedule", json!({ "id": 1, "day": 5 }))
            .await,
        done(Value::Null)
    );
    assert_eq!(
        client.call("delete_coach", json!(1)).await,
        done(Value::Null)
    );
    assert_eq!(
        client.call("get_coach", json!({ "id": 1 })).await["code"],
        "not_found"
    );
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let (_folder, address) = planner().await;
    let mut client = Client::connect(address).await;
    let ack = client
        .call("new_coach", json!({ "name": "R", "age": 3 }))
        .await;
    let fields: Vec<_> = ack["errors"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        (fields, &ack["code"]),
        (vec!["age", "name"], &json!("invalid"))
    );
    let ack = client
        .call(
            "new_schedule",
            json!({ "day": "monday", "coach": { "id": 9 } }),
        )
        .await;
    assert_eq!(
        ack["errors"],
        json!({ "coach.id": ["there is no coach with this id"] })
    );
    let ack = client.call("login", json!({ "username": "nobody" })).await;
    let errors = json!({ "username": ["is not known"] });
    assert_eq!(
        ack,
        json!({ "ok": false, "user": null, "errors": errors, "code": "invalid" })
    );
}

#[tokio::test]
async fn only_synced_sockets_learn_the_position_of_their_writes() {
    let (_folder, address) = planner().await;
    let (mut plain, mut synced) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    let ack = synced.call("sync", json!({ "coaches": null })).await;
    let epoch = ack["data"]["coaches"]["epoch"].clone();
    let ack = plain.call("new_coach", json!({ "name": "Rose" })).await;
    assert!(ack.get("position").is_none());
    let ack = synced.call("new_coach", json!({ "name": "Dan" })).await;
    assert_eq!(ack["position"], json!({ "epoch": epoch, "at": 2 }));
    while synced.event("coaches:changes").await["to"] != 2 {}
    let ack = synced
        .call("update_coach", json!({ "id": 9, "name": "No one" }))
        .await;
    assert_eq!(
        (&ack["code"], ack.get("position")),
        (&json!("not_found"), None)
    );
    let ack = synced.call("delete_coach", json!({ "id": 1 })).await;
    assert_eq!(
        (&ack["data"], &ack["position"]["at"]),
        (&Value::Null, &json!(3))
    );
    assert_eq!(synced.event("coaches:changes").await["dropped"], json!([1]));
}

#[tokio::test]
async fn pages_are_typed_queries() {
    let (_folder, address) = planner().await;
    let mut client = Client::connect(address).await;
    for name in ["Ann", "Bob", "Cid"] {
        client.call("new_coach", json!({ "name": name })).await;
    }
    let ack = client.call("list_coaches", json!({ "limit": 2 })).await;
    assert_eq!(
        (
            ack["data"]["rows"].as_array().unwrap().len(),
            &ack["data"]["next"]
        ),
        (2, &json!(2))
    );
    let ack = client.call("list_coaches", json!({ "after": 2 })).await;
    assert_eq!(
        (&ack["data"]["rows"][0]["name"], &ack["data"]["next"]),
        (&json!("Cid"), &Value::Null)
    );
    assert_eq!(
        client.call("list_coaches", json!({ "limit": 0 })).await["code"],
        "invalid"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_from_many_sockets_leaves_all_lists_as_the_database_is() {
    let (_folder, address) = planner().await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::connect(address).await);
    }
    clients[0]
        .call("new_coach", json!({ "name": "Rose" }))
        .await;
    let bursts = clients
        .into_iter()
        .enumerate()
        .map(|(index, mut client)| async move {
            for n in 0..50 {
                client
                    .call_later(
                        "update_coach",
                        json!({ "id": 1, "name": format!("Rose {index} {n}") }),
                    )
                    .await;
            }
            client.call("get_coach", json!(1)).await;
            client
        });
    let mut clients = futures_util::future::join_all(bursts).await;
    let last = clients[0].call("get_coach", json!(1)).await["data"]["name"].clone();
    for client in &mut clients {
        while client.event("coaches").await[0]["name"] != last {}
        // It may come twice, when it was loaded between a commit and its position; but nothing older may follow.
        client.call("refresh", Value::Null).await;
        for (event, list) in client.events() {
            assert!(
                event != "coaches" || list[0]["name"] == last,
                "a list went back in time"
            );
        }
    }
}

//! Two gyms on one server that do all they can at once: not one byte of one reaches the other.
//!
//! Five seconds as part of the tests; `TENANT_SECONDS=60 cargo test -p rowcast-tests --test tenants` for a minute, and
//! `TENANT_SEED` for another run of events.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../../runtime/tests/client/mod.rs"]
mod client;
#[path = "../golden/scopes/schema.rs"]
pub mod scopes;
#[rustfmt::skip]
#[path = "../golden/scopes/rust/mod.rs"]
pub mod server;

use std::collections::BTreeSet;
use std::env;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use client::{Client, start};
use fastrand::Rng;
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Database;
use rowcast_runtime::{Action, Caller, Denied, Guard, Identified, Ref, Scopes};
use scopes::{NewCoach, NewGym, NewPlan};
use serde_json::{Value, json};
use server::{NoHooks, Tables as _};

/// Sees the gym that it names when it connects.
struct Members;

impl Guard for Members {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        let gym = auth["gym"].as_i64().unwrap_or_default();
        caller.sign_in(format!("member of {gym}"), gym);
        Box::pin(std::future::ready(Ok(())))
    }

    fn authorize(&self, _: &Caller, _: &Action) -> Result<(), Denied> {
        Ok(())
    }

    fn scopes(&self, caller: &Caller, _: &'static str) -> Scopes {
        caller
            .identity::<i64>()
            .map_or_else(Scopes::none, |gym| Scopes::of([*gym]))
    }
}

/// A gym, all of whose texts contain its name.
#[derive(Debug, Clone, Copy)]
struct Tenant {
    name: &'static str,
    gym: i64,
    other: i64,
}

const LISTS: [&str; 4] = ["gyms", "coaches", "plans", "lessons"];

/// A client that does what comes to its mind, most of it allowed, and all that it was sent.
struct Hammer {
    tenant: Tenant,
    address: SocketAddr,
    rng: Rng,
    client: Client,
    synced: bool,
    /// Texts that it was sent as ids, its own and what it is told of.
    coaches: Vec<Value>,
    lessons: Vec<Value>,
    frames: Vec<String>,
    calls: usize,
    accepted: usize,
}

impl Hammer {
    async fn connect(tenant: Tenant, address: SocketAddr, seed: u64) -> Self {
        let synced = seed.is_multiple_of(2);
        Self {
            client: Client::connect_with(address, &auth(tenant, synced)).await,
            tenant,
            address,
            rng: Rng::with_seed(seed),
            synced,
            coaches: Vec::new(),
            lessons: Vec::new(),
            frames: Vec::new(),
            calls: 0,
            accepted: 0,
        }
    }

    async fn until(mut self, end: Instant) -> Self {
        while Instant::now() < end {
            self.step().await;
        }
        self.frames.append(&mut self.client.frames);
        self
    }

    async fn step(&mut self) {
        if self.rng.u32(..200) == 0 {
            return self.reconnect().await;
        }
        let (event, payload) = self.idea();
        let ack = self.client.call(event, payload).await;
        self.calls += 1;
        self.client.events();
        // `refresh` answers null.
        if ack["ok"] != true {
            return;
        }
        self.accepted += 1;
        let id = ack["data"]["id"].clone();
        match event {
            "new_coach" => self.coaches.push(id),
            "new_lesson" => self.lessons.push(id),
            _ => {}
        }
    }

    async fn reconnect(&mut self) {
        self.frames.append(&mut self.client.frames);
        self.client = Client::connect_with(self.address, &auth(self.tenant, self.synced)).await;
    }

    fn idea(&mut self) -> (&'static str, Value) {
        let Tenant { name, gym, other } = self.tenant;
        let text = format!("{name} {}", self.rng.u32(..));
        // Now and then it reaches for what belongs to the other.
        let gym = if self.rng.u32(..10) == 0 { other } else { gym };
        let coach = self.any(|hammer| &hammer.coaches);
        let lesson = match self.rng.u32(..4) {
            0 => json!(self.rng.i64(1..400)),
            _ => self.any(|hammer| &hammer.lessons),
        };
        let plan = match self.rng.u32(..10) {
            0 => json!({ "id": "plan-1" }),
            _ => json!({ "id": format!("plan-{}", self.tenant.gym) }),
        };
        match self.rng.u32(..14) {
            0 | 1 => ("new_coach", json!({ "name": text, "gym": { "id": gym } })),
            2 => ("update_coach", json!({ "id": coach, "name": text })),
            3 => ("update_coach", json!({ "id": coach, "gym": { "id": gym } })),
            4 => ("delete_coach", coach),
            5 | 6 => {
                let lesson = json!({
                    "title": text, "gym": { "id": gym }, "plan": plan, "coaches": [{ "id": coach }],
                });
                ("new_lesson", lesson)
            }
            7 => ("update_lesson", json!({ "id": lesson, "title": text })),
            8 => (
                "update_lesson",
                json!({ "id": lesson, "coaches": [{ "id": coach }] }),
            ),
            9 => ("delete_lesson", lesson),
            10 => ("get_lesson", lesson),
            11 => ("list_lessons", json!({ "limit": 20 })),
            12 if self.synced => {
                let lists = LISTS.map(|list| (list.to_owned(), Value::Null));
                ("sync", Value::Object(lists.into_iter().collect()))
            }
            12 => ("refresh", Value::Null),
            _ => ("update_gym", json!({ "id": gym, "name": text })),
        }
    }

    fn any(&mut self, of: fn(&Self) -> &Vec<Value>) -> Value {
        match of(self).len() {
            0 => Value::Null,
            known => {
                let chosen = self.rng.usize(..known);
                of(self)[chosen].clone()
            }
        }
    }
}

fn auth(tenant: Tenant, synced: bool) -> String {
    json!({ "gym": tenant.gym, "sync": synced }).to_string()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let set = env::var(variable).ok();
    set.map_or(otherwise, |text| text.parse().unwrap())
}

async fn gym(store: &Database, name: &'static str) -> i64 {
    let made = store.write(move |tx| {
        let gym = tx.gyms().create(NewGym { name: name.into() })?.id;
        tx.plans().create(NewPlan {
            id: format!("plan-{gym}"),
            gym: Ref::to(gym),
            moves: Vec::new(),
        })?;
        Ok(gym)
    });
    made.await.unwrap().value
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_one_reaches_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("gyms.sqlite3")).unwrap();
    let (first, second) = (gym(&store, "quokka").await, gym(&store, "wombat").await);
    let app = server::app(store.clone(), (), NoHooks);
    let address = start(
        server::server(&app).guard(Members),
        SocketOptions::default(),
    )
    .await;
    let quokka = Tenant {
        name: "quokka",
        gym: first,
        other: second,
    };
    let wombat = Tenant {
        name: "wombat",
        gym: second,
        other: first,
    };
    let seed = number("TENANT_SEED", 1) * 1000;
    let end = Instant::now() + Duration::from_secs(number("TENANT_SECONDS", 5));
    let mut running = Vec::new();
    for index in 0..6 {
        let tenant = if index < 3 { quokka } else { wombat };
        let hammer = Hammer::connect(tenant, address, seed + index).await;
        running.push(tokio::spawn(hammer.until(end)));
    }
    // The server's own code writes for both.
    for number in 0.. {
        if Instant::now() >= end {
            break;
        }
        let tenant = if number % 2 == 0 { quokka } else { wombat };
        let name = format!("{} hired {number}", tenant.name);
        let hired = store.write(move |tx| {
            let gym = Ref::to(tenant.gym);
            tx.coaches().create(NewCoach { name, gym })
        });
        hired.await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut hammers = Vec::new();
    for task in running {
        hammers.push(task.await.unwrap());
    }
    check(&hammers);
}

fn check(hammers: &[Hammer]) {
    for hammer in hammers {
        let others = hammers
            .iter()
            .filter(|other| other.tenant.gym != hammer.tenant.gym);
        let foreign: BTreeSet<String> = others
            .flat_map(|other| &other.coaches)
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        let foreign_name = if hammer.tenant.name == "quokka" {
            "wombat"
        } else {
            "quokka"
        };
        assert!(
            hammer.accepted * 3 > hammer.calls,
            "it was hardly let do anything"
        );
        assert!(hammer.calls > 100, "only {} calls were made", hammer.calls);
        let own = hammer
            .frames
            .iter()
            .filter(|frame| frame.contains(hammer.tenant.name));
        assert!(own.count() > 100, "it has hardly heard of its own gym");
        for frame in &hammer.frames {
            assert!(!frame.contains(foreign_name), "{frame}");
            let leaked = uuids(frame).find(|id| foreign.contains(*id));
            assert_eq!(leaked, None, "{frame}");
        }
    }
}

/// The texts in a frame that have the form of a coach's id.
fn uuids(frame: &str) -> impl Iterator<Item = &str> {
    frame
        .split('"')
        .filter(|text| text.len() == 36 && text.as_bytes()[8] == b'-')
}

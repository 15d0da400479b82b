//! A position in an ack is one that the socket reaches, without a heartbeat and without asking again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{
    Database, ListDefinition, Options, Statement, StoreDefinition, Transaction,
};
use rowcast_runtime::{
    Access, Action, Call, Caller, Denied, Error, Guard, IdOnly, Identified, ListId, LiveList,
    Router, Scopes, Server, Stored, Verb, write_route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};

use crate::client::{Client, start};
use crate::rows::Rows;

/// The lists: one whose rows have scopes, one for managers, one for everybody.
const LISTS: [&str; 3] = ["lessons", "wages", "notes"];
/// Rows are in scope 0 or 1 by their id; of every third row nobody knows the scope.
const SCOPE: Statement<'static> = Statement::of("SELECT ?1 % 3 WHERE ?1 % 3 < 2");
const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[
        ListDefinition::new(LISTS[0]).scoped(SCOPE),
        ListDefinition::new(LISTS[1]),
        ListDefinition::new(LISTS[2]),
    ],
    contract: "by hand",
};
const UNKNOWN_SCOPE: i64 = 2;

#[derive(Clone)]
struct Desk(Database);

impl Stored for Desk {
    fn store(&self) -> &Database {
        &self.0
    }
}

/// Changes this row of every list.
fn touch(_: &Desk, tx: &Transaction<'_>, call: Call<IdOnly<i64>>) -> Result<(), Error> {
    for list in 0..LISTS.len() {
        tx.changed(ListId(list), call.input.0);
    }
    Ok(())
}

/// Signs in somebody with this scope, and changes the row of the same id.
fn enter(desk: &Desk, tx: &Transaction<'_>, call: Call<IdOnly<i64>>) -> Result<(), Error> {
    let scope = json!({ "scope": call.input.0 });
    call.caller.sign_in(scope.to_string(), scope);
    touch(desk, tx, call)
}

/// Takes what somebody says that they are.
struct Trusting;

impl Trusting {
    fn of(caller: &Caller, what: &str) -> Value {
        let identity = caller.identity::<Value>();
        identity.map_or(Value::Null, |identity| identity[what].clone())
    }
}

impl Guard for Trusting {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        caller.sign_in(auth.to_string(), auth.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        let is_blind = action.verb == Verb::Watch && Self::of(caller, "blind") == true;
        (!is_blind).then_some(()).ok_or_else(Denied::forbidden)
    }

    fn has_role(&self, caller: &Caller, role: &'static str) -> bool {
        Self::of(caller, "role") == role
    }

    fn scopes(&self, caller: &Caller, _: &'static str) -> Scopes {
        match Self::of(caller, "scope") {
            Value::Null => Scopes::none(),
            Value::String(_) => Scopes::All,
            scope => Scopes::of([scope.as_i64().unwrap()]),
        }
    }
}

struct Served {
    _folder: tempfile::TempDir,
    address: SocketAddr,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.sqlite3");
    let store = Database::open(file.to_str().unwrap(), Options::default(), &STORE).unwrap();
    let list = |index| LiveList::new(ListId(index), LISTS[index], Rows::default());
    let lists = vec![
        list(0).scoped("Gym"),
        list(1).access(Access::Role("manager")),
        list(2).on_request(),
    ];
    let open = |event| Action::new(Verb::Command, event).access(Access::Anyone);
    let routes = [
        write_route("touch", open("touch"), Reading::Strict, touch),
        write_route("enter", open("enter"), Reading::Strict, enter),
    ];
    let router = Router::new(Desk(store.clone()), routes);
    // Beats would tell sooner or later where a list is.
    let server = Server::new(router, store.change_log().clone(), lists)
        .guard(Trusting)
        .heartbeat(Duration::from_secs(3600))
        .review(Duration::from_secs(3600));
    Served {
        _folder: folder,
        address: start(server, SocketOptions::default()).await,
    }
}

/// A client, and how far it has come with each list.
struct Follower {
    client: Client,
    read: usize,
    reached: HashMap<(String, String), u64>,
}

impl Follower {
    async fn connect(served: &Served, mut auth: Value) -> Self {
        auth["sync"] = json!(true);
        Self {
            client: Client::connect_with(served.address, &auth.to_string()).await,
            read: 0,
            reached: HashMap::new(),
        }
    }

    /// One that follows all lists.
    async fn of(served: &Served, auth: Value) -> Self {
        let mut follower = Self::connect(served, auth).await;
        follower.sync(&LISTS).await;
        follower
    }

    async fn sync(&mut self, lists: &[&str]) {
        let asked: HashMap<&str, Value> = lists.iter().map(|list| (*list, Value::Null)).collect();
        let answer = self.client.call("sync", json!(asked)).await;
        for (list, changes) in answer["data"].as_object().unwrap() {
            self.note(list, changes);
        }
    }

    fn note(&mut self, list: &str, changes: &Value) {
        let epoch = changes["epoch"].as_str().unwrap();
        let to = changes["to"].as_u64().unwrap();
        let reached = self.reached.entry((list.into(), epoch.into())).or_default();
        *reached = to.max(*reached);
    }

    /// Makes a call, gives the lists of whose positions it is told, and waits until they are reached.
    async fn call(&mut self, event: &str, payload: i64) -> Vec<String> {
        let ack = self.client.call(event, json!(payload)).await;
        self.reach(&ack).await
    }

    async fn reach(&mut self, ack: &Value) -> Vec<String> {
        assert_eq!(ack["ok"], true, "{ack}");
        let none = serde_json::Map::new();
        let positions = ack["positions"].as_object().unwrap_or(&none);
        for (list, position) in positions {
            let key = (list.clone(), position["epoch"].as_str().unwrap().to_owned());
            let at = position["at"].as_u64().unwrap();
            self.note_changes();
            while self.reached.get(&key).is_none_or(|reached| *reached < at) {
                let changes = self.client.event(&format!("{list}:changes")).await;
                self.note(list, &changes);
            }
        }
        positions.keys().cloned().collect()
    }

    /// What has come already.
    fn note_changes(&mut self) {
        for frame in self.client.frames.split_off(self.read) {
            let event = frame.strip_prefix("42").map(serde_json::from_str::<Value>);
            if let Some(Ok(event)) = event
                && let Some(list) = event[0].as_str().unwrap().strip_suffix(":changes")
            {
                self.note(list, &event[1]);
            }
            self.client.frames.push(frame);
        }
        self.read = self.client.frames.len();
    }
}

#[tokio::test]
async fn no_position_is_promised_of_a_list_that_the_caller_may_not_read() {
    let served = served().await;
    let mut manager = Follower::of(&served, json!({ "role": "manager", "scope": 0 })).await;
    assert_eq!(
        manager.call("touch", 0).await,
        ["lessons", "notes", "wages"]
    );
    let mut other = Follower::of(&served, json!({ "role": "coach", "scope": 0 })).await;
    assert_eq!(other.call("touch", 0).await, ["lessons", "notes"]);
    // Without any scope, nothing is told even of rows whose scope nobody knows.
    let mut visitor = Follower::of(&served, json!({})).await;
    for row in [0, 1, UNKNOWN_SCOPE] {
        assert_eq!(visitor.call("touch", row).await, ["notes"], "{row}");
    }
}

#[tokio::test]
async fn no_position_is_promised_of_a_list_of_which_the_socket_gets_no_changes() {
    let served = served().await;
    let auth = json!({ "role": "manager", "scope": "all" });
    let mut follower = Follower::connect(&served, auth).await;
    assert_eq!(follower.call("touch", 0).await, [""; 0]);
    follower.sync(&["notes"]).await;
    assert_eq!(follower.call("touch", 0).await, ["notes"]);
    follower.sync(&["wages"]).await;
    assert_eq!(follower.call("touch", 0).await, ["notes", "wages"]);
    let mut blind = Follower::connect(&served, json!({ "blind": true, "scope": 0 })).await;
    let refused = blind.client.call("sync", json!({ "notes": null })).await;
    assert_eq!(refused["code"], "forbidden");
    assert_eq!(blind.call("touch", 0).await, [""; 0]);
}

#[tokio::test]
async fn rows_of_other_scopes_and_of_none_lead_to_positions_that_are_reached() {
    let served = served().await;
    let mut first = Follower::of(&served, json!({ "scope": 0 })).await;
    let mut second = Follower::of(&served, json!({ "scope": 1 })).await;
    let mut all = Follower::of(&served, json!({ "scope": "all" })).await;
    for row in [0, 1, 0, UNKNOWN_SCOPE, 1, 1, 4, 3, UNKNOWN_SCOPE, 0, 1] {
        for follower in [&mut first, &mut second, &mut all] {
            assert!(follower.call("touch", row).await.contains(&"notes".into()));
        }
    }
    // So many that none concerns one of them that it is told where the list is.
    for _ in 0..300 {
        second.call("touch", 1).await;
    }
    for row in [1, 0, UNKNOWN_SCOPE] {
        assert!(first.call("touch", row).await.contains(&"lessons".into()));
    }
}

#[tokio::test]
async fn who_sees_another_part_after_the_call_is_told_the_position_there() {
    let served = served().await;
    let mut follower = Follower::of(&served, json!({ "scope": 0 })).await;
    for scope in [1, 0, 1, 1] {
        let lists = follower.call("enter", scope).await;
        assert_eq!(lists, ["lessons", "notes"], "{scope}");
    }
    // Both parts have been told, each in its own epoch.
    let epochs = follower
        .reached
        .keys()
        .filter(|(list, _)| list == "lessons");
    assert_eq!(epochs.count(), 2);
}

#[tokio::test]
async fn a_repeated_call_is_told_positions_that_are_reached() {
    let served = served().await;
    let auth = json!({ "role": "manager", "scope": 0 });
    let call = |number: u32| format!(r#"["touch",3,{{"key":"a-key-of-its-own-of-{number:04}"}}]"#);
    let mut first = Follower::of(&served, auth.clone()).await;
    for number in 0..3 {
        let ack = first.client.call_raw(&call(number)).await;
        first.reach(&ack).await;
    }
    let mut again = Follower::of(&served, auth).await;
    for number in 0..3 {
        let ack = again.client.call_raw(&call(number)).await;
        assert_eq!(again.reach(&ack).await, ["lessons", "notes", "wages"]);
    }
}

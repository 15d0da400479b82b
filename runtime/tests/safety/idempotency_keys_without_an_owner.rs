//! A key belongs to an account, or else to a client: nobody gets the answer to a call of another one, no write is taken for
//! one of another, and a caller that the guard rejects gets no answer at all.
//!
//! Long, since its cases share one way to set the scene.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{
    Column, Database, ListDefinition, Options, Read, Reader, Statement, StoreDefinition,
    TableDefinition, Transaction,
};
use rowcast_runtime::{
    Access, Action, App, Call, Caller, Denied, Error, Guard, IdOnly, Identified, ListId, Route,
    Router, RowId, Server, Verb, route, row_route, write_route,
};
use rowcast_schema::Reading;
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, start};

const KEY: &str = "a-key-of-more-than-20-characters";
const CLIENT: &str = "client-id-of-more-than-20-characters";

const TABLE: TableDefinition = TableDefinition {
    name: "notes",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL)",
    ),
    indexes: &[],
    columns: &[Column::new("id"), Column::new("text")],
    keys: &[],
};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[TABLE],
    lists: &[ListDefinition::new("notes")],
    contract: "1",
};

type Notes = App<Tokens, ()>;

/// Gives each token once.
#[derive(Default)]
struct Tokens(AtomicU64);

#[derive(Serialize)]
struct Note {
    id: i64,
    text: String,
}

fn note(tx: &Transaction<'_>, id: i64) -> Result<Note, Error> {
    let text = tx.row("SELECT text FROM notes WHERE id = ?1", [id], |row| {
        row.get(0)
    })?;
    let text = text.ok_or(Error::not_found("note"))?;
    Ok(Note { id, text })
}

fn current(tx: &Transaction<'_>, _: &Caller, id: RowId) -> Result<Note, Error> {
    match id {
        RowId::Int(id) => note(tx, id),
        RowId::Text(_) => Err(Error::not_found("note")),
    }
}

fn new_note(_: &Notes, tx: &Transaction<'_>, call: Call<IdOnly<String>>) -> Result<Note, Error> {
    if call.input.0 == "taken" && tx.row("SELECT 1 FROM notes", [], |_| Ok(()))?.is_some() {
        return Err(Error::conflict("id", "is taken"));
    }
    let id = tx.insert(
        &TABLE,
        "INSERT INTO notes (text) VALUES (?1)",
        [call.input.0],
    )?;
    tx.changed(ListId(0), id);
    note(tx, id)
}

fn delete_note(_: &Notes, tx: &Transaction<'_>, call: Call<IdOnly<i64>>) -> Result<(), Error> {
    match tx.delete("DELETE FROM notes WHERE id = ?1", [call.input.0])? {
        true => Ok(()),
        false => Err(Error::not_found("note")),
    }
}

/// A command whose answer is a secret of the one who called it.
fn new_token(app: &Notes, _: &Transaction<'_>, _: Call<IdOnly<i64>>) -> Result<String, Error> {
    Ok(format!(
        "token {}",
        app.commands().0.fetch_add(1, Ordering::SeqCst)
    ))
}

async fn sign_in(_: Notes, call: Call<IdOnly<String>>) -> Result<(), Error> {
    match call.input.0.as_str() {
        "" => call.caller.sign_out(),
        account => call.caller.sign_in(account, ()),
    }
    Ok(())
}

/// Takes the account that a client names; `guarded_note` is for those who have named one.
#[derive(Default, Clone)]
struct Names {
    /// All sessions have ended.
    is_over: Arc<AtomicBool>,
}

impl Guard for Names {
    fn is_signed_in(&self, caller: &Caller) -> bool {
        caller.is_signed_in() && !self.is_over.load(Ordering::SeqCst)
    }

    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        if let Some(account) = auth["account"].as_str() {
            caller.sign_in(account, ());
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        match (action.resource, caller.account().as_deref()) {
            ("guarded_note", None) => Err(Denied::unauthenticated()),
            ("guarded_note", Some("banned")) => Err(Denied::forbidden()),
            _ => Ok(()),
        }
    }
}

fn routes() -> [Route<Notes>; 5] {
    let open = |event| Action::new(Verb::Command, event).access(Access::Anyone);
    let strict = Reading::Strict;
    let id = |note: &Note| RowId::from(note.id);
    [
        row_route("new_note", open("new_note"), strict, new_note, id, current),
        row_route(
            "guarded_note",
            open("guarded_note"),
            strict,
            new_note,
            id,
            current,
        ),
        write_route("delete_note", open("delete_note"), strict, delete_note),
        write_route("new_token", open("new_token"), strict, new_token),
        route("sign_in", open("sign_in"), strict, sign_in),
    ]
}

/// A server with a new file.
struct Served {
    address: SocketAddr,
    store: Database,
    guard: Names,
    _folder: TempDir,
}

impl Served {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Database::open(folder.path().join("notes.db"), Options::default(), &STORE);
        let store = store.unwrap();
        let app = App::new(store.clone(), Tokens::default(), Arc::new(()));
        let change_log = store.change_log().clone();
        let guard = Names::default();
        let server =
            Server::new(Router::new(app, routes()), change_log, Vec::new()).guard(guard.clone());
        Self {
            address: start(server, SocketOptions::default()).await,
            store,
            guard,
            _folder: folder,
        }
    }

    async fn connect(&self, auth: Value) -> Client {
        Client::connect_with(self.address, &auth.to_string()).await
    }

    async fn account(&self, account: &str) -> Client {
        self.connect(json!({ "account": account })).await
    }

    async fn texts(&self) -> Vec<String> {
        let read = |reader: &Reader<'_>| {
            reader.rows("SELECT text FROM notes ORDER BY id", [], |row| row.get(0))
        };
        self.store.read(read).await.unwrap()
    }
}

async fn send(client: &mut Client, event: &str, payload: Value, key: &str) -> Value {
    let arguments = json!([event, payload, { "key": key }]);
    client.call_raw(&arguments.to_string()).await
}

async fn new(client: &mut Client, text: &str) -> Value {
    send(client, "new_note", json!(text), KEY).await
}

fn message(ack: &Value) -> &str {
    ack["errors"]["_"][0].as_str().unwrap()
}

#[tokio::test]
async fn accounts_with_the_same_key_and_payload_write_rows_of_their_own() {
    let served = Served::start().await;
    let mut rose = served.account("rose").await;
    let mut dan = served.account("dan").await;
    assert_eq!(new(&mut rose, "a").await["data"]["id"], 1);
    assert_eq!(new(&mut dan, "a").await["data"]["id"], 2);
    // Another payload is no conflict either: what others name their calls is not to be found out.
    let mut eve = served.account("eve").await;
    assert_eq!(new(&mut eve, "b").await["data"]["id"], 3);
    assert_eq!(new(&mut rose, "a").await["data"]["id"], 1);
    assert_eq!(served.texts().await, ["a", "a", "b"]);
}

#[tokio::test]
async fn an_account_has_its_keys_on_whatever_socket_and_client() {
    let served = Served::start().await;
    let mut first = served
        .connect(json!({ "account": "rose", "client": CLIENT }))
        .await;
    let ack = new(&mut first, "a").await;
    let mut plain = served.account("rose").await;
    assert_eq!(new(&mut plain, "a").await, ack);
    let elsewhere =
        json!({ "account": "rose", "client": "another client of 20 or more".replace(' ', "-") });
    assert_eq!(new(&mut served.connect(elsewhere).await, "a").await, ack);
    assert_eq!(served.texts().await, ["a"]);
}

#[tokio::test]
async fn a_socket_whose_session_has_ended_has_no_keys_of_its_account() {
    let served = Served::start().await;
    let mut rose = served.account("rose").await;
    let ack = new(&mut rose, "a").await;
    served.guard.is_over.store(true, Ordering::SeqCst);
    assert_eq!(new(&mut rose, "a").await["code"], "unauthenticated");
    assert_eq!(new(&mut rose, "b").await["code"], "unauthenticated");
    served.guard.is_over.store(false, Ordering::SeqCst);
    assert_eq!(new(&mut rose, "a").await, ack);
    assert_eq!(served.texts().await, ["a"]);
}

#[tokio::test]
async fn a_socket_that_signs_in_as_another_account_has_other_keys() {
    let served = Served::start().await;
    for client in [json!(null), json!(CLIENT)] {
        let mut socket = served.connect(json!({ "client": client })).await;
        let mut ids = Vec::new();
        for account in ["rose", "dan", "rose"] {
            socket
                .call("sign_in", json!(format!("{account} {client}")))
                .await;
            ids.push(new(&mut socket, "a").await["data"]["id"].as_i64().unwrap());
        }
        assert_eq!((ids[0], ids[1]), (ids[2], ids[0] + 1), "{client}");
    }
}

#[tokio::test]
async fn clients_without_an_account_are_known_by_their_id() {
    let served = Served::start().await;
    let client = |id: &str| served.connect(json!({ "client": id }));
    let other = CLIENT.replace("client", "another");
    assert_eq!(new(&mut client(CLIENT).await, "a").await["data"]["id"], 1);
    assert_eq!(new(&mut client(&other).await, "a").await["data"]["id"], 2);
    assert_eq!(new(&mut client(CLIENT).await, "a").await["data"]["id"], 1);
    // Their keys may be short: nobody else has them.
    let short = send(&mut client(CLIENT).await, "new_note", json!("b"), "k").await;
    assert_eq!(short["data"]["id"], 3);
    let mut plain = Client::connect(served.address).await;
    assert_eq!(new(&mut plain, "a").await["data"]["id"], 4);
    assert_eq!(new(&mut plain, "a").await["data"]["id"], 4);
}

#[tokio::test]
async fn a_client_that_says_nothing_of_itself_needs_a_long_key() {
    let served = Served::start().await;
    for auth in [
        json!({}),
        json!({ "client": "guessable" }),
        json!({ "client": 7 }),
    ] {
        let mut client = served.connect(auth.clone()).await;
        let ack = send(&mut client, "new_note", json!("a"), &"k".repeat(19)).await;
        assert_eq!(ack["code"], "invalid", "{auth}");
        assert_eq!(
            message(&ack),
            "the key must have at least 20 characters, chosen at random; a shorter one is taken from callers that have \
             signed in, or that send a random id of 20 to 64 characters as `client` in `auth`"
        );
        let ack = send(&mut client, "new_note", json!("a"), &"k".repeat(20)).await;
        assert_eq!(ack["data"]["id"], 1, "{auth}");
    }
    let mut rose = served.account("rose").await;
    assert_eq!(
        send(&mut rose, "new_note", json!("a"), "k").await["ok"],
        true
    );
}

#[tokio::test]
async fn an_account_that_is_called_like_a_client_is_another_owner() {
    let served = Served::start().await;
    let mut client = served.connect(json!({ "client": CLIENT })).await;
    let mut account = served.account(CLIENT).await;
    let mut nameless = served.account("").await;
    let mut plain = Client::connect(served.address).await;
    for (id, caller) in [&mut client, &mut account, &mut nameless, &mut plain]
        .into_iter()
        .enumerate()
    {
        assert_eq!(new(caller, "a").await["data"]["id"], id + 1);
    }
}

#[tokio::test]
async fn the_guard_is_asked_before_an_answer_is_looked_for() {
    let served = Served::start().await;
    let mut rose = served.account("rose").await;
    let guarded = json!("a");
    let ack = send(&mut rose, "guarded_note", guarded.clone(), KEY).await;
    assert_eq!(ack["ok"], true);
    rose.call("sign_in", json!("")).await;
    let rejected = send(&mut rose, "guarded_note", guarded.clone(), KEY).await;
    assert_eq!(
        (&rejected["code"], &rejected["data"]),
        (&json!("unauthenticated"), &json!(null))
    );
    rose.call("sign_in", json!("banned")).await;
    let rejected = send(&mut rose, "guarded_note", guarded.clone(), KEY).await;
    assert_eq!(
        (&rejected["code"], &rejected["data"]),
        (&json!("forbidden"), &json!(null))
    );
    // As the same account, on any socket.
    rose.call("sign_in", json!("rose")).await;
    assert_eq!(
        send(&mut rose, "guarded_note", guarded.clone(), KEY).await,
        ack
    );
    let mut again = served.account("rose").await;
    assert_eq!(send(&mut again, "guarded_note", guarded, KEY).await, ack);
    assert_eq!(served.texts().await, ["a"]);
}

#[tokio::test]
async fn what_a_client_wrote_before_it_signed_in_is_not_written_again_after() {
    let served = Served::start().await;
    let mut client = served.connect(json!({ "client": CLIENT })).await;
    let ack = new(&mut client, "a").await;
    client.call("sign_in", json!("rose")).await;
    assert_eq!(new(&mut client, "a").await, ack);
    // The same account elsewhere has not made that call.
    assert_eq!(
        new(&mut served.account("rose").await, "a").await["data"]["id"],
        2
    );
}

#[tokio::test]
async fn what_an_account_wrote_is_neither_told_nor_written_again_after_it_signed_out() {
    let served = Served::start().await;
    let mut client = served
        .connect(json!({ "account": "rose", "client": CLIENT }))
        .await;
    let token = send(&mut client, "new_token", json!(1), KEY).await;
    let mut expired = served.connect(json!({ "client": CLIENT })).await;
    let rejected = send(&mut expired, "new_token", json!(1), KEY).await;
    assert_eq!(rejected["code"], "unauthenticated");
    assert_eq!(
        message(&rejected),
        "this call was carried out for an account: sign in with the same account to get its answer"
    );
    expired.call("sign_in", json!("rose")).await;
    assert_eq!(send(&mut expired, "new_token", json!(1), KEY).await, token);
    assert_eq!(token["data"], "token 0");
}

#[tokio::test]
async fn the_answer_to_a_command_is_its_callers_only() {
    let served = Served::start().await;
    let mut rose = served.account("rose").await;
    let mut dan = served.account("dan").await;
    let mut plain = Client::connect(served.address).await;
    for (number, caller) in [&mut rose, &mut dan, &mut plain].into_iter().enumerate() {
        for _ in 0..2 {
            let ack = send(caller, "new_token", json!(1), KEY).await;
            assert_eq!(ack["data"], format!("token {number}"));
        }
    }
}

#[tokio::test]
async fn a_repeated_call_is_answered_what_the_row_is_now() {
    let served = Served::start().await;
    let mut rose = served.account("rose").await;
    new(&mut rose, "a").await;
    let change = |tx: &Transaction<'_>| tx.execute("UPDATE notes SET text = 'b'", []);
    served.store.write(change).await.unwrap();
    assert_eq!(
        new(&mut rose, "a").await["data"],
        json!({ "id": 1, "text": "b" })
    );
    let deleted = send(&mut rose, "delete_note", json!(1), "delete").await;
    assert_eq!(
        send(&mut rose, "delete_note", json!(1), "delete").await,
        deleted
    );
    assert_eq!(deleted["ok"], true);
    let gone = new(&mut rose, "a").await;
    assert_eq!(gone["code"], "not_found");
    assert!(served.texts().await.is_empty());
}

#[tokio::test]
async fn a_rejected_call_is_evaluated_again() {
    let served = Served::start().await;
    let mut rose = served.account("rose").await;
    send(&mut rose, "new_note", json!("a"), "first").await;
    assert_eq!(new(&mut rose, "taken").await["code"], "conflict");
    send(&mut rose, "delete_note", json!(1), "delete").await;
    assert_eq!(new(&mut rose, "taken").await["ok"], true);
    assert_eq!(new(&mut rose, "other").await["code"], "conflict");
    assert_eq!(
        message(&new(&mut rose, "other").await),
        "this key was used for another call"
    );
    assert_eq!(served.texts().await, ["taken"]);
}

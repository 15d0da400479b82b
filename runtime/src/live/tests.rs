//! Live lists with clients that are no sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::*;
use crate::store::{
    Change, ChangeLog, Error, FoundRows, ListId, RowId, Scopes, ScopesByKind, Source,
};

const NOTES: ListId = ListId(0);

/// Notes by their ids, each in a scope.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<BTreeMap<i64, i64>>>, Arc<AtomicUsize>);

impl Notes {
    fn seen(&self, scopes: &Scopes, wanted: impl Fn(i64) -> bool) -> Vec<(i64, Value)> {
        self.1.fetch_add(1, SeqCst);
        let rows = self.0.lock().unwrap();
        let seen = rows
            .iter()
            .filter(|(id, scope)| wanted(**id) && scopes.contain(&RowId::Int(**scope)));
        seen.map(|(id, scope)| (*id, json!({ "id": id, "gym": scope })))
            .collect()
    }
}

impl Source for Notes {
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        let rows = self.seen(scopes, |_| true).into_iter();
        let rows: Vec<Value> = rows.map(|(_, row)| row).collect();
        async move { Ok(to_raw_value(&rows)?) }.boxed()
    }

    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, Error>> {
        let found = self.seen(scopes, |id| ids.contains(&RowId::Int(id)));
        async move {
            let rows: Vec<&Value> = found.iter().map(|(_, row)| row).collect();
            Ok(FoundRows {
                json: to_raw_value(&rows)?,
                ids: found.iter().map(|(id, _)| RowId::Int(*id)).collect(),
            })
        }
        .boxed()
    }
}

/// A client that records what it is sent.
#[derive(Clone, Default)]
struct Client(Arc<Kept>);

#[derive(Default)]
struct Kept {
    subscription: Subscription,
    rooms: Mutex<BTreeSet<String>>,
    events: Mutex<Vec<(String, Value)>>,
    is_full: AtomicBool,
}

impl Client {
    fn receive(&self, event: &Event<'_>) -> Result<(), Full> {
        if self.0.is_full.load(SeqCst) {
            return Err(Full::OF_PACKETS);
        }
        let data = serde_json::from_str(event.data.get()).unwrap();
        self.0
            .events
            .lock()
            .unwrap()
            .push((event.name.to_owned(), data));
        Ok(())
    }

    /// What it was sent since the last call.
    async fn received(&self) -> Vec<(String, Value)> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::mem::take(&mut self.0.events.lock().unwrap())
    }
}

impl Sink for Client {
    fn subscription(&self) -> &Subscription {
        &self.0.subscription
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn join(&self, room: &str) {
        self.0.rooms.lock().unwrap().insert(room.to_owned());
    }

    fn leave(&self, room: &str) {
        self.0.rooms.lock().unwrap().remove(room);
    }

    async fn send(&self, event: &Event<'_>) -> Result<(), Full> {
        self.receive(event)
    }

    async fn until_room(&self, _: Full, _: Option<usize>, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    async fn until_half_sent(&self) -> bool {
        !self.0.is_full.load(SeqCst)
    }
}

#[derive(Default)]
struct Clients(Mutex<Vec<Client>>);

impl Clients {
    fn in_room(&self, room: &str) -> Vec<Client> {
        let all = self.0.lock().unwrap();
        let is_in_room = |client: &&Client| client.0.rooms.lock().unwrap().contains(room);
        all.iter().filter(is_in_room).cloned().collect()
    }
}

impl Sinks for Clients {
    type Sink = Client;

    fn is_open(&self) -> bool {
        true
    }

    fn is_empty(&self, room: &str) -> bool {
        self.in_room(room).is_empty()
    }

    async fn send(
        &self,
        room: &str,
        event: &Event<'_>,
        _: &Event<'_>,
        lagging: impl Fn(Client) + Send + Sync,
    ) {
        for client in self.in_room(room) {
            if client.receive(event).is_err() {
                lagging(client);
            }
        }
    }
}

/// A list of notes with scopes, its publisher and its clients.
struct Board {
    notes: Notes,
    lists: Arc<Lists>,
    clients: Arc<Clients>,
}

impl Board {
    fn start() -> Self {
        let notes = Notes::default();
        let list = LiveList::new(NOTES, "notes", notes.clone()).scoped("Gym");
        let log = Arc::new(ChangeLog::new(100));
        let board = Self {
            notes,
            lists: Arc::new(Lists::new(log, vec![list])),
            clients: Arc::default(),
        };
        start(&board.lists, &board.clients, Duration::from_secs(3600));
        board
    }

    async fn client(&self, keeps_lists: bool, gyms: &[i64]) -> Client {
        let client = Client::default();
        self.clients.0.lock().unwrap().push(client.clone());
        if keeps_lists {
            client.change(|following| following.keep_lists());
        }
        self.move_to(&client, gyms).await;
        client
    }

    /// Moves a client to the view of these gyms.
    async fn move_to(&self, client: &Client, gyms: &[i64]) {
        let mut scopes = ScopesByKind::default();
        scopes.set("Gym", Scopes::of(gyms.iter().copied()));
        let views = self.lists.views(&[true], &[FieldMask::default()], &scopes);
        resubscribe(&self.lists, client, true, views).await;
    }

    fn put(&self, id: i64, gym: i64) {
        let before = self.notes.0.lock().unwrap().insert(id, gym);
        let change = Change::row(NOTES, id).within([gym].into_iter().chain(before));
        self.lists.change_log.commit(vec![vec![change]]);
    }

    /// The answer to `sync` for a client that has nothing.
    async fn sync(&self, client: &Client) -> Value {
        let request = RawValue::from_string(json!({ "notes": null }).to_string()).unwrap();
        let request = SyncRequest::read(&self.lists, &request).unwrap();
        let answer = Mutex::new(Value::Null);
        let ack = |data: &RawValue| {
            *answer.lock().unwrap() = serde_json::from_str(data.get()).unwrap();
            Ok(())
        };
        sync(&self.lists, client, &request, ack).await.unwrap();
        let answer = answer.into_inner().unwrap();
        answer["data"]["notes"].clone()
    }
}

fn row(id: i64, gym: i64) -> Value {
    json!({ "id": id, "gym": gym })
}

#[tokio::test(start_paused = true)]
async fn plain_clients_of_one_view_get_the_list_that_is_loaded_once() {
    let board = Board::start();
    let (one, other) = (
        board.client(false, &[1]).await,
        board.client(false, &[1]).await,
    );
    let foreign = board.client(false, &[2]).await;
    board.put(7, 1);
    let expected = vec![("notes".to_owned(), json!([row(7, 1)]))];
    assert_eq!(one.received().await, expected);
    assert_eq!(other.received().await, expected);
    assert_eq!(foreign.received().await, []);
    assert_eq!(board.notes.1.load(SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_synced_gets_changes_with_positions_that_follow() {
    let board = Board::start();
    board.put(1, 1);
    let client = board.client(true, &[1]).await;
    let answer = board.sync(&client).await;
    assert_eq!(
        (&answer["put"], &answer["to"]),
        (&json!([row(1, 1)]), &json!(1))
    );
    board.put(2, 1);
    let received = client.received().await;
    let (name, delta) = &received[0];
    assert_eq!((name.as_str(), received.len()), ("notes:changes", 1));
    assert_eq!((&delta["from"], &delta["to"]), (&json!(1), &json!(2)));
    assert_eq!(delta["put"], json!([row(2, 1)]));
    assert_eq!(delta["epoch"], answer["epoch"]);
}

#[tokio::test(start_paused = true)]
async fn a_lagging_client_leaves_its_room_and_is_sent_the_position_later() {
    let board = Board::start();
    let client = board.client(true, &[1]).await;
    board.sync(&client).await;
    client.0.is_full.store(true, SeqCst);
    board.put(1, 1);
    board.put(2, 1);
    assert_eq!(client.received().await, []);
    assert!(client.0.rooms.lock().unwrap().is_empty());
    client.0.is_full.store(false, SeqCst);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let received = client.received().await;
    let (name, heartbeat) = &received[0];
    assert_eq!(name, "notes:changes");
    // The heartbeat begins at the current position: the client detects a gap, and syncs.
    assert_eq!(
        (&heartbeat["from"], &heartbeat["to"]),
        (&json!(2), &json!(2))
    );
    assert!(!client.0.rooms.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_of_the_old_view_is_sent_after_the_new_one() {
    let board = Board::start();
    board.put(1, 1);
    board.put(2, 2);
    let client = board.client(true, &[1]).await;
    board.sync(&client).await;
    board.move_to(&client, &[2]).await;
    let received = client.received().await;
    assert_eq!(received[0].1["put"], json!([row(2, 2)]));
    board.put(3, 1);
    assert_eq!(client.received().await, []);
    board.put(4, 2);
    assert_eq!(client.received().await[0].1["put"], json!([row(4, 2)]));
}

#[tokio::test(start_paused = true)]
async fn a_publisher_ends_with_its_lists() {
    let board = Board::start();
    let client = board.client(false, &[1]).await;
    board.put(1, 1);
    assert_eq!(client.received().await.len(), 1);
    let log = board.lists.change_log.clone();
    drop(board.lists);
    log.commit(vec![vec![Change::row(NOTES, 2)]]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&board.clients), 1);
    assert_eq!(client.received().await, []);
}

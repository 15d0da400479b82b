//! A server with two live lists whose rows count how often they are asked for.

// Not every test binary uses all of it.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::sync::Arc;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{Change, ChangeLog, ListId, LiveList, Router, Server};
use serde_json::{Value, json};

use crate::client::{Client, start};
use crate::rows::Rows;

pub(crate) const NOTES: ListId = ListId(0);
pub(crate) const TAGS: ListId = ListId(1);

/// A server with the lists `notes` and `tags`.
pub(crate) struct Board {
    pub(crate) change_log: Arc<ChangeLog>,
    pub(crate) notes: Rows,
    pub(crate) tags: Rows,
}

impl Board {
    /// Keeps the last `keep` changes of each list.
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            change_log: Arc::new(ChangeLog::new(keep)),
            notes: Rows::default(),
            tags: Rows::default(),
        }
    }

    pub(crate) fn server(&self) -> Server {
        self.server_with(LiveList::new(NOTES, "notes", self.notes.clone()))
    }

    /// A server whose notes are refreshed only when that is asked for.
    pub(crate) async fn start_on_request(&self) -> SocketAddr {
        let notes = LiveList::new(NOTES, "notes", self.notes.clone()).on_request();
        start(self.server_with(notes), SocketOptions::default()).await
    }

    fn server_with(&self, notes: LiveList) -> Server {
        let lists = vec![notes, LiveList::new(TAGS, "tags", self.tags.clone())];
        Server::new(Router::new((), []), self.change_log.clone(), lists)
    }

    pub(crate) async fn start(&self) -> SocketAddr {
        start(self.server(), SocketOptions::default()).await
    }

    pub(crate) fn put(&self, id: i64, text: &str) {
        self.notes.put(id, text);
        self.change_log.commit(vec![vec![Change::row(NOTES, id)]]);
    }

    pub(crate) fn drop(&self, id: i64) {
        self.notes.drop(id);
        self.change_log.commit(vec![vec![Change::row(NOTES, id)]]);
    }

    /// As after an import that nobody noted.
    pub(crate) fn reset_notes(&self) {
        self.change_log.commit(vec![vec![Change::reset(NOTES)]]);
    }

    /// A client that follows both lists from where they are.
    pub(crate) async fn synced(&self, address: SocketAddr) -> Client {
        let mut client = Client::connect_with(address, r#"{"sync":true}"#).await;
        let positions = json!({
            "notes": self.position(self.change_log.position(NOTES)),
            "tags": self.position(self.change_log.position(TAGS)),
        });
        assert_eq!(client.call("sync", positions).await["ok"], true);
        client
    }

    /// A client that follows the notes of a server that has no tags, from where they are.
    pub(crate) async fn synced_to_notes(&self, address: SocketAddr) -> Client {
        let mut client = Client::connect_with(address, r#"{"sync":true}"#).await;
        let notes = self.position(self.change_log.position(NOTES));
        let ack = client.call("sync", json!({ "notes": notes })).await;
        assert_eq!(ack["ok"], true);
        client
    }

    pub(crate) fn position(&self, at: u64) -> Value {
        json!({ "epoch": &*self.change_log.epoch(NOTES), "at": at })
    }

    pub(crate) fn changes(&self, from: Option<u64>, to: u64, put: Value, dropped: &[i64]) -> Value {
        json!({ "epoch": &*self.change_log.epoch(NOTES), "from": from, "to": to, "put": put, "dropped": dropped })
    }
}

pub(crate) fn row(id: i64, text: &str) -> Value {
    json!({ "id": id, "text": text })
}

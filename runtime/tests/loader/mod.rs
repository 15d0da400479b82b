//! A client that loads the list `notes` in parts and follows its changes, by the rules of the wire.

// Not every test binary uses all of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::Client;

pub(crate) struct Loader {
    pub(crate) client: Client,
    pub(crate) rows: BTreeMap<i64, String>,
    /// The epoch, and the position up to which it has all changes.
    position: Option<(String, u64)>,
    /// The id up to which it has rows; none once it has all.
    pub(crate) after: Option<Value>,
    /// It lacks changes that a push was to follow.
    has_gap: bool,
    /// How many frames it has applied.
    read: usize,
    /// How often it began anew.
    pub(crate) beginnings: usize,
}

impl Loader {
    pub(crate) async fn connect(address: SocketAddr, mut auth: Value) -> Self {
        auth["sync"] = json!(true);
        Self {
            client: Client::connect_with(address, &auth.to_string()).await,
            rows: BTreeMap::new(),
            position: None,
            after: None,
            has_gap: false,
            read: 0,
            beginnings: 0,
        }
    }

    /// The ids of rows that it has and should not have, or has not or otherwise.
    pub(crate) fn wrong(&self, expected: &BTreeMap<i64, String>) -> Vec<i64> {
        let ids = self.rows.keys().chain(expected.keys());
        let wrong = ids.filter(|id| self.rows.get(id) != expected.get(id));
        wrong.copied().collect()
    }

    /// Begins anew with its next question.
    pub(crate) fn forget(&mut self) {
        self.position = None;
        self.after = None;
    }

    /// What it asks for next.
    pub(crate) fn known(&self) -> Value {
        match &self.position {
            Some((epoch, at)) => json!({ "epoch": epoch, "at": at, "after": self.after }),
            None => json!({ "after": null }),
        }
    }

    /// Asks, applies all that comes up to the answer, and gives that.
    pub(crate) async fn next(&mut self) -> Value {
        let call = self.ask().await;
        self.answer(call).await
    }

    pub(crate) async fn ask(&mut self) -> u64 {
        let known = self.known();
        self.has_gap = false;
        self.client
            .call_later("sync", json!({ "notes": known }))
            .await
    }

    pub(crate) async fn answer(&mut self, call: u64) -> Value {
        let ack = self.client.ack_of(call).await;
        assert_eq!(ack["ok"], true, "{ack}");
        self.apply_frames();
        ack["data"]["notes"].clone()
    }

    /// Loads until it has the whole list; gives the answers.
    pub(crate) async fn load(&mut self) -> Vec<Value> {
        let mut answers = vec![self.next().await];
        while self.after.is_some() {
            answers.push(self.next().await);
        }
        answers
    }

    /// Loads, and asks again wherever there is a gap, until it has this position.
    pub(crate) async fn load_up_to(&mut self, at: u64) {
        while self.has_gap || self.after.is_some() || self.at() != Some(at) {
            self.next().await;
        }
    }

    pub(crate) fn at(&self) -> Option<u64> {
        self.position.as_ref().map(|(_, at)| *at)
    }

    /// Applies what has been read, in the order in which it came.
    pub(crate) fn apply_frames(&mut self) {
        let frames = self.client.frames[self.read..].to_vec();
        self.read = self.client.frames.len();
        for frame in frames {
            let (Some(kind), Some(begin)) = (frame.get(..2), frame.find('[')) else {
                continue;
            };
            let arguments = || serde_json::from_str::<Value>(&frame[begin..]).unwrap();
            match kind {
                "42" if frame.starts_with(r#"42["notes:changes""#) => self.push(&arguments()[1]),
                "43" if arguments()[0]["data"]["notes"].is_object() => {
                    self.answered(&arguments()[0]["data"]["notes"]);
                }
                _ => {}
            }
        }
    }

    /// An answer counts even if pushes led further: the position goes back then.
    fn answered(&mut self, changes: &Value) {
        if changes["from"].is_null() {
            self.begin(changes);
        } else {
            let from = changes["from"].as_u64().unwrap();
            let (epoch, at) = self.position.clone().unwrap();
            assert_eq!(changes["epoch"], *epoch);
            assert!(
                from <= at,
                "it lacks what came before {from}, being at {at}"
            );
            self.take(changes);
            if self.after.is_some() {
                self.after = changes.get("more").cloned();
            }
        }
    }

    fn push(&mut self, changes: &Value) {
        assert!(changes.get("more").is_none(), "a push is no part");
        let to = changes["to"].as_u64().unwrap();
        let is_same = |(epoch, _): &(String, u64)| changes["epoch"] == **epoch;
        let at = self
            .position
            .as_ref()
            .filter(|at| is_same(at))
            .map(|at| at.1);
        match (changes["from"].as_u64(), at) {
            (_, Some(at)) if to <= at => {}
            (None, _) => self.begin(changes),
            (Some(from), Some(at)) if from <= at => self.take(changes),
            _ => self.has_gap = true,
        }
    }

    fn begin(&mut self, changes: &Value) {
        self.beginnings += 1;
        self.rows.clear();
        self.after = changes.get("more").cloned();
        self.take(changes);
    }

    fn take(&mut self, changes: &Value) {
        let put = changes["put"].as_array().unwrap();
        let dropped = changes["dropped"].as_array().unwrap();
        for id in dropped {
            self.rows.remove(&id.as_i64().unwrap());
        }
        for row in put {
            let id = row["id"].as_i64().unwrap();
            assert!(!dropped.contains(&row["id"]), "{id} is put and dropped");
            let text = row["text"].as_str().unwrap();
            self.rows.insert(id, text.to_owned());
        }
        let epoch = changes["epoch"].as_str().unwrap().to_owned();
        self.position = Some((epoch, changes["to"].as_u64().unwrap()));
    }
}

/// The ids of the rows that an answer has.
pub(crate) fn put_ids(answer: &Value) -> Vec<i64> {
    let rows = answer["put"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

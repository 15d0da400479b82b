//! The two calls about lists: `refresh` for plain sockets, `sync` for those that keep lists themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use rowcast_schema::{Ack, FieldErrors, Position};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::catch_up::send_whole;
use super::changes::News;
use super::lists::Lists;
use super::rooms;
use crate::StoreError;
use crate::pipeline::{AckTo, Peer};

/// How long to wait for room in the buffer of a socket that has asked for something.
const WAIT: Duration = Duration::from_millis(20);

/// What a client that calls `sync` has: by the index of the list, the position if any.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyncRequest(BTreeMap<usize, Option<Position>>);

impl SyncRequest {
    /// Reads the payload `{ "coaches": { "epoch": "…", "at": 12 } | null, … }`.
    pub(crate) fn read(lists: &Lists, payload: Value) -> Result<Self, FieldErrors> {
        let Value::Object(entries) = payload else {
            return Err(FieldErrors::general("must be an object"));
        };
        let mut known = BTreeMap::new();
        let mut errors = FieldErrors::default();
        for (name, position) in entries {
            let index = lists.lists.iter().position(|list| list.event == name);
            match (index, serde_json::from_value(position)) {
                (Some(index), Ok(position)) => {
                    known.insert(index, position);
                }
                (Some(_), Err(_)) => errors.add(name, "must be null or a position: { epoch, at }"),
                (None, _) => errors.add(name, "there is no such list"),
            }
        }
        if errors.is_empty() {
            Ok(Self(known))
        } else {
            Err(errors)
        }
    }
}

/// Sends all lists to one socket, in the order of their registration.
pub(crate) async fn refresh<A: Adapter>(
    lists: &Lists,
    socket: &SocketRef<A>,
) -> Result<(), StoreError> {
    for list in &lists.lists {
        while send_whole(lists, list, socket).await?.is_err() {
            if !socket.connected() {
                return Ok(());
            }
            tokio::time::sleep(WAIT).await;
        }
    }
    Ok(())
}

/// Answers with what the client misses; from then on it gets changes only.
///
/// The ack leaves while nobody else can send about these lists, so that what is pushed later follows it.
pub(crate) async fn sync<A: Adapter>(
    lists: &Lists,
    socket: &SocketRef<A>,
    peer: &Peer,
    request: &SyncRequest,
    ack: &AckTo<A>,
) -> Result<(), StoreError> {
    loop {
        // Always in the order of the lists, so that two of these can't wait for each other.
        let mut turns = Vec::new();
        let mut news = Vec::new();
        let mut later = Vec::new();
        for (index, known) in &request.0 {
            let list = &lists.lists[*index];
            let mut turn = list.turn().await;
            let from = known
                .as_ref()
                .filter(|known| known.epoch == lists.feed.epoch())
                .map(|known| known.at);
            let (first, second) = turn.all_since(&lists.feed, from).await?;
            news.push((list.event, first));
            later.extend(second.map(|news| (list, news)));
            turns.push(turn);
        }
        let answer = encode(lists, &news)?;
        peer.place.change(socket, |facts| {
            let rooms = facts.synced.get_or_insert_default();
            rooms.extend(
                request
                    .0
                    .keys()
                    .map(|index| lists.lists[*index].room.clone()),
            );
            facts.lagging = false;
        });
        if ack.try_send(&answer).is_ok() || !socket.connected() {
            for (list, news) in later {
                // Should there be no room for it, the client will see a gap and ask again.
                let news = news.encode(lists.feed.epoch())?;
                let _ = rooms::emit_to(socket, &list.changes_event, &news).await;
            }
            return Ok(());
        }
        drop(turns);
        tokio::time::sleep(WAIT).await;
    }
}

fn encode(lists: &Lists, news: &[(&str, News)]) -> Result<Box<RawValue>, StoreError> {
    let epoch = lists.feed.epoch();
    let data: BTreeMap<&str, _> = news
        .iter()
        .map(|(name, news)| (*name, news.on_wire(epoch)))
        .collect();
    Ok(to_raw_value(&Ack::ok(data))?)
}

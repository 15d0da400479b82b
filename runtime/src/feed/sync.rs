//! The two calls about lists: `refresh` for plain sockets, `sync` for those that keep lists themselves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rowcast_schema::input::Json;
use rowcast_schema::{Ack, FieldErrors, Position};
use serde_json::value::{RawValue, to_raw_value};
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use tokio::sync::OwnedMutexGuard;

use super::audience::{Audience, Turn};
use super::changes::News;
use super::lists::Lists;
use super::place::At;
use super::rooms::{self, Event};
use crate::StoreError;
use crate::pipeline::{AckTo, Peer};

/// How long to wait for room in the buffer of a socket that has asked for something.
const WAIT: Duration = Duration::from_millis(20);

/// What a client that calls `sync` has: by the index of the list, the position if any.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyncRequest(BTreeMap<usize, Option<Position>>);

impl SyncRequest {
    /// Reads the payload `{ "coaches": { "epoch": "…", "at": 12 } | null, … }`.
    pub(crate) fn read(lists: &Lists, payload: &RawValue) -> Result<Self, FieldErrors> {
        let Json::Object(entries) = Json::of(payload) else {
            return Err(FieldErrors::general("must be an object"));
        };
        let mut known = BTreeMap::new();
        let mut errors = FieldErrors::default();
        for (name, position) in entries {
            let name = name.unwrap_or_default();
            let index = lists.lists.iter().position(|list| list.event == name);
            match (index, serde_json::from_str(position.get())) {
                (Some(index), Ok(position)) => {
                    known.insert(index, position);
                }
                (Some(_), Err(_)) => errors.add(name, "must be null or a position: { epoch, at }"),
                // One is enough to say so.
                (None, _) => return Err(FieldErrors::of(name, "there is no such list")),
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
    peer: &Peer,
) -> Result<(), StoreError> {
    for index in 0..lists.lists.len() {
        while let Err(full) = At::new(lists, index, peer).send_whole(socket).await? {
            if !socket.connected() {
                return Ok(());
            }
            peer.outbound.until_room(full, Some(index), WAIT).await;
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
        let missed = missed(lists, peer, request).await?;
        if !missed.belong_to(peer) {
            // It has moved meanwhile, and must not see this any more.
            continue;
        }
        let answer = missed.encode(lists)?;
        peer.place.change(socket, |facts| {
            facts
                .synced
                .get_or_insert_default()
                .extend(request.0.keys().copied());
            facts.lagging = false;
        });
        let sent = ack.try_send(&answer);
        if sent.is_ok() || !socket.connected() {
            for Missed {
                list,
                audience,
                later,
                ..
            } in &missed.0
            {
                let Some(news) = later else { continue };
                // Should there be no room for it, the client will see a gap and ask again.
                let news = news.encode(&audience.epoch())?;
                let event = Event::new(&lists.lists[*list].changes_event, &news);
                let _ = rooms::emit_to(socket, peer, &event).await;
            }
            return Ok(());
        }
        drop(missed);
        if let Err(full) = sent {
            peer.outbound.until_room(full, None, WAIT).await;
        }
    }
}

/// What a client misses of one list, and the right to tell it.
struct Missed {
    list: usize,
    audience: Arc<Audience>,
    news: News,
    later: Option<News>,
    _turn: OwnedMutexGuard<Turn>,
}

/// What a client misses of the lists that it asked for.
struct MissedOfLists(Vec<Missed>);

async fn missed(
    lists: &Lists,
    peer: &Peer,
    request: &SyncRequest,
) -> Result<MissedOfLists, StoreError> {
    let audiences = peer.place.facts().audiences;
    let mut missed = Vec::new();
    // Always in the order of the lists, so that two of these can't wait for each other.
    for (list, known) in &request.0 {
        let audience = audiences
            .get(*list)
            .ok_or_else(|| StoreError::internal("a socket without a place calls `sync`"))?;
        let mut turn = audience.turn().await;
        let epoch = audience.epoch();
        let from = known
            .as_ref()
            .filter(|known| known.epoch == epoch)
            .map(|known| known.at);
        let (news, later) = turn.all_since(&lists.feed, from).await?;
        missed.push(Missed {
            list: *list,
            audience: audience.clone(),
            news,
            later,
            _turn: turn,
        });
    }
    Ok(MissedOfLists(missed))
}

impl MissedOfLists {
    fn belong_to(&self, peer: &Peer) -> bool {
        let facts = peer.place.facts();
        self.0
            .iter()
            .all(|missed| facts.belongs_to(missed.list, &missed.audience))
    }

    fn encode(&self, lists: &Lists) -> Result<Box<RawValue>, StoreError> {
        let epochs: Vec<_> = self
            .0
            .iter()
            .map(|missed| missed.audience.epoch())
            .collect();
        let data: BTreeMap<&str, _> = self
            .0
            .iter()
            .zip(&epochs)
            .map(|(missed, epoch)| (lists.lists[missed.list].event, missed.news.on_wire(epoch)))
            .collect();
        Ok(to_raw_value(&Ack::ok(data))?)
    }
}

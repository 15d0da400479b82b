//! The two calls about lists: `refresh` for plain sockets, `sync` for those that keep lists themselves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rowcast_schema::{Ack, FieldErrors, Position};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use tokio::sync::OwnedMutexGuard;

use super::audience::Told;
use super::catch_up;
use super::lists::Lists;
use super::missed::{MAX_TRIES, Missed};
use super::place::At;
use super::rooms::Full;
use crate::StoreError;
use crate::app::Core;
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
///
/// While the socket's buffer is full, nothing is loaded again.
pub(crate) async fn refresh<A: Adapter>(
    lists: &Lists,
    socket: &SocketRef<A>,
    peer: &Peer,
) -> Result<(), StoreError> {
    for index in 0..lists.lists.len() {
        let at = At::new(lists, index, peer);
        let Some(whole) = at.whole().await? else {
            continue;
        };
        while at.offer_whole(socket, whole.clone()).await.is_err() {
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
/// Everything is loaded while others may be told something about these lists; the ack leaves while nobody else can, so that
/// what is pushed later follows it.
pub(crate) async fn sync<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Peer,
    request: &SyncRequest,
    ack: &AckTo<A>,
) -> Result<(), StoreError> {
    let mut answer = Answer::load(&core.lists, peer, request).await?;
    let mut tries = 0;
    loop {
        let turns = answer.turns().await;
        if !answer.belongs_to(peer) {
            // It has moved meanwhile, and must not see this any more.
            drop(turns);
            answer = Answer::load(&core.lists, peer, request).await?;
            continue;
        }
        if tries < MAX_TRIES && answer.is_behind(&turns) {
            let told: Vec<u64> = turns.iter().map(|told| told.synced).collect();
            drop(turns);
            tries += 1;
            answer.add_later(&told).await?;
            continue;
        }
        if ack.try_send(&answer.encoded).is_ok() || !socket.connected() {
            let sent = answer.join(socket, peer, &turns).await;
            drop(turns);
            if sent?.is_err() {
                catch_up::leave_behind(core, socket.clone());
            }
            return Ok(());
        }
        // However much is told until there is room, nothing more is loaded for it: the client is told of the gap.
        drop(turns);
        tries = MAX_TRIES;
        tokio::time::sleep(WAIT).await;
    }
}

/// What a client misses of the lists that it asked for, in the order of the lists.
struct Answer<'a> {
    missed: Vec<Missed<'a>>,
    /// The ack with the first piece of each.
    encoded: Box<RawValue>,
}

impl<'a> Answer<'a> {
    async fn load(
        lists: &'a Lists,
        peer: &Peer,
        request: &SyncRequest,
    ) -> Result<Self, StoreError> {
        let audiences = peer.place.facts().audiences;
        let mut missed = Vec::new();
        for (list, known) in &request.0 {
            let audience = audiences
                .get(*list)
                .ok_or_else(|| StoreError::internal("a socket without a place calls `sync`"))?;
            missed.push(Missed::since(lists, *list, audience, known.as_ref()).await?);
        }
        let encoded = encode(lists, &missed)?;
        Ok(Self { missed, encoded })
    }

    /// The right to send about all these lists. It is taken in the order of the lists, so that two calls can't wait for
    /// each other.
    async fn turns(&self) -> Vec<OwnedMutexGuard<Told>> {
        let mut turns = Vec::new();
        for missed in &self.missed {
            turns.push(missed.audience.turn().await);
        }
        turns
    }

    fn belongs_to(&self, peer: &Peer) -> bool {
        let facts = peer.place.facts();
        self.missed
            .iter()
            .all(|missed| facts.belongs_to(missed.list, &missed.audience) && !missed.is_outdated())
    }

    fn is_behind(&self, turns: &[OwnedMutexGuard<Told>]) -> bool {
        let mut each = self.missed.iter().zip(turns);
        each.any(|(missed, told)| missed.is_behind(told.synced))
    }

    async fn add_later(&mut self, told: &[u64]) -> Result<(), StoreError> {
        for (missed, told) in self.missed.iter_mut().zip(told) {
            if missed.is_behind(*told) {
                missed.add_later().await?;
            }
        }
        Ok(())
    }

    /// After the ack: from now on the socket gets changes of these lists. Sends what follows the first pieces.
    async fn join<A: Adapter>(
        &self,
        socket: &SocketRef<A>,
        peer: &Peer,
        turns: &[OwnedMutexGuard<Told>],
    ) -> Result<Result<(), Full>, StoreError> {
        peer.place.change(socket, |facts| {
            let lists = self.missed.iter().map(|missed| missed.list);
            facts.synced.get_or_insert_default().extend(lists);
            facts.lagging = false;
            for missed in &self.missed {
                facts.unshown.remove(&missed.list);
            }
        });
        let mut sent = Ok(());
        for (missed, told) in self.missed.iter().zip(turns) {
            sent = sent.and(missed.send_later(socket, told.synced).await?);
        }
        Ok(sent)
    }
}

fn encode(lists: &Lists, missed: &[Missed<'_>]) -> Result<Box<RawValue>, StoreError> {
    let data: BTreeMap<&str, _> = missed
        .iter()
        .map(|missed| {
            let event = lists.lists[missed.list].event;
            (event, missed.news.on_wire(missed.epoch()))
        })
        .collect();
    Ok(to_raw_value(&Ack::ok(data))?)
}

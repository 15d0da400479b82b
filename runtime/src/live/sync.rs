//! The two calls about lists: `refresh` for plain sockets, `sync` for those that keep lists themselves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rowcast_schema::Ack;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::OwnedMutexGuard;

use super::lagging;
use super::list::Lists;
use super::missed::{MAX_TRIES, Missed};
use super::sink::{Full, Sink};
use super::subscriber::Subscriber;
use super::subscription::Subscription;
use super::sync_request::SyncRequest;
use super::view::Published;
use crate::store::Error;

/// How long to wait for room in the buffer of a socket that has asked for something.
const WAIT: Duration = Duration::from_millis(20);

/// Sends all lists to one socket, in the order of their registration.
///
/// While the socket's buffer is full, nothing is loaded again.
pub(crate) async fn refresh<S: Sink>(lists: &Lists, sink: &S) -> Result<(), Error> {
    for index in 0..lists.lists.len() {
        let at = Subscriber::new(lists, index, sink);
        at.load_whole().await?;
        while let Err(full) = at.offer_whole().await {
            if !sink.is_connected() {
                return Ok(());
            }
            sink.until_room(full, Some(index), WAIT).await;
        }
    }
    Ok(())
}

/// Answers with what the client misses; from then on it gets changes only.
///
/// Everything is loaded while these lists may be published; the ack leaves under the publish guards, so that
/// what is pushed later follows it.
pub(crate) async fn sync<S: Sink>(
    lists: &Arc<Lists>,
    sink: &S,
    request: &SyncRequest,
    ack: impl Fn(&RawValue) -> Result<(), Full>,
) -> Result<(), Error> {
    let mut answer = SyncAnswer::load(lists, sink.subscription(), request).await?;
    let mut tries = Tries::default();
    loop {
        let (guards, encoded) = answer
            .settle(sink.subscription(), request, &mut tries)
            .await?;
        let full = match ack(&encoded) {
            Err(full) if sink.is_connected() => full,
            _ => {
                let sent = answer.join(sink, &guards).await;
                drop(guards);
                if sent?.is_err() {
                    lagging::mark_lagging(lists, sink.clone());
                }
                return Ok(());
            }
        };
        drop((guards, encoded));
        answer.rest(full, &mut tries);
        sink.until_room(full, None, WAIT).await;
    }
}

/// The right to send about some lists.
type Guards = Vec<OwnedMutexGuard<Published>>;

/// How often an answer was loaded again, or more of it.
#[derive(Default)]
struct Tries {
    later: u32,
    epochs: u32,
}

/// What a client misses of the lists that it asked for, in the order of the lists.
struct SyncAnswer<'a> {
    lists: &'a Lists,
    missed: Vec<Missed<'a>>,
    /// The ack with the first piece of each.
    encoded: Option<Arc<RawValue>>,
}

impl<'a> SyncAnswer<'a> {
    async fn load(
        lists: &'a Lists,
        subscription: &Subscription,
        request: &SyncRequest,
    ) -> Result<Self, Error> {
        let views = subscription.following().views;
        let mut missed = Vec::new();
        let budget = request.budget();
        for (list, known) in request.lists() {
            let view = views
                .get(list)
                .ok_or_else(|| Error::internal("a socket without a place calls `sync`"))?;
            missed.push(Missed::since(lists, list, view, known, budget).await?);
        }
        Ok(Self {
            lists,
            missed,
            encoded: None,
        })
    }

    /// Loads what is missing yet, as far as `tries` allow, and gives the right to send the ack, and the ack.
    async fn settle(
        &mut self,
        subscription: &Subscription,
        request: &SyncRequest,
        tries: &mut Tries,
    ) -> Result<(Guards, Arc<RawValue>), Error> {
        loop {
            let encoded = self.encoded()?;
            let guards = self.guards().await;
            // It has moved meanwhile, and must not see this any more.
            let has_moved = !self.belongs_to(subscription);
            if has_moved || (tries.epochs < MAX_TRIES && self.is_outdated()) {
                drop(guards);
                tries.epochs += u32::from(!has_moved);
                *self = Self::load(self.lists, subscription, request).await?;
                continue;
            }
            let behind = self.behind(&guards);
            if tries.later < MAX_TRIES && behind.contains(&true) {
                drop(guards);
                tries.later += 1;
                self.add_later(&behind).await?;
                continue;
            }
            return Ok((guards, encoded));
        }
    }

    /// There is no room for the ack. However much is told until there is, it is not loaded: the client is told of the gap.
    fn rest(&mut self, full: Full, tries: &mut Tries) {
        tries.later = MAX_TRIES;
        // If that may take long, only the rows are kept: they are those that others are sent, until the list changes.
        if full != Full::OF_PACKETS {
            self.encoded = None;
        }
    }

    /// The right to send about all these lists. It is taken in the order of the lists, so that two calls can't wait for
    /// each other.
    async fn guards(&self) -> Guards {
        let mut guards = Vec::new();
        for missed in &self.missed {
            guards.push(missed.view.publish_guard().await);
        }
        guards
    }

    fn belongs_to(&self, subscription: &Subscription) -> bool {
        let following = subscription.following();
        self.missed
            .iter()
            .all(|missed| following.belongs_to(missed.list, &missed.view))
    }

    fn is_outdated(&self) -> bool {
        self.missed.iter().any(Missed::is_outdated)
    }

    /// For each list, whether more of it was published to the view.
    fn behind(&self, guards: &[OwnedMutexGuard<Published>]) -> Vec<bool> {
        let each = self.missed.iter().zip(guards);
        each.map(|(missed, published)| missed.is_behind(published))
            .collect()
    }

    async fn add_later(&mut self, behind: &[bool]) -> Result<(), Error> {
        for (missed, is_behind) in self.missed.iter_mut().zip(behind) {
            if *is_behind && missed.add_later().await? {
                self.encoded = None;
            }
        }
        Ok(())
    }

    /// The ack, encoded if it is not yet.
    fn encoded(&mut self) -> Result<Arc<RawValue>, Error> {
        if let Some(encoded) = &self.encoded {
            return Ok(encoded.clone());
        }
        let missed = self.missed.iter();
        let data: BTreeMap<&str, _> = missed
            .map(|missed| {
                let event = self.lists.lists[missed.list].event;
                (event, missed.delta.on_wire(&missed.view.suffix))
            })
            .collect();
        let encoded: Arc<RawValue> = to_raw_value(&Ack::ok(data))?.into();
        self.encoded = Some(encoded.clone());
        Ok(encoded)
    }

    /// After the ack: from now on the socket gets changes of these lists. Sends what follows the first pieces.
    async fn join<S: Sink>(
        &self,
        sink: &S,
        guards: &[OwnedMutexGuard<Published>],
    ) -> Result<Result<(), Full>, Error> {
        sink.change(|following| {
            let lists = self.missed.iter().map(|missed| missed.list);
            following.synced.get_or_insert_default().extend(lists);
            following.lagging = false;
            for missed in &self.missed {
                following.unshown.remove(&missed.list);
            }
        });
        let mut sent = Ok(());
        for (missed, published) in self.missed.iter().zip(guards) {
            sent = sent.and(missed.send_later(sink, published).await?);
        }
        Ok(sent)
    }
}

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

/// How long to wait for room in the buffer of a socket before a call is continued.
const WAIT: Duration = Duration::from_millis(20);

/// Sends all lists to one socket, in the order of their registration.
///
/// While the socket's buffer is full, nothing is reloaded.
pub(crate) async fn refresh<S: Sink>(lists: &Lists, sink: &S) -> Result<(), Error> {
    for index in 0..lists.lists.len() {
        let subscriber = Subscriber::new(lists, index, sink);
        subscriber.load_whole().await?;
        while let Err(full) = subscriber.try_send_whole().await {
            if !sink.is_connected() {
                return Ok(());
            }
            sink.until_room(full, Some(index), WAIT).await;
        }
    }
    Ok(())
}

/// Answers with what the client misses; from then on it receives changes only.
///
/// Everything is loaded while these lists may be published; the ack is sent under the publish guards, so that later
/// changes follow it.
pub(crate) async fn sync<S: Sink>(
    lists: &Arc<Lists>,
    sink: &S,
    request: &SyncRequest,
    ack: impl Fn(&RawValue) -> Result<(), Full>,
) -> Result<(), Error> {
    let mut answer = SyncAnswer::load(lists, sink.subscription(), request).await?;
    let mut tries = Tries::default();
    loop {
        let (publish_guards, encoded) = answer
            .finish_loading(sink.subscription(), request, &mut tries)
            .await?;
        let full = match ack(&encoded) {
            Err(full) if sink.is_connected() => full,
            _ => {
                let sent = answer.join(sink, &publish_guards).await;
                drop(publish_guards);
                if sent?.is_err() {
                    lagging::mark_lagging(lists, sink.clone());
                }
                return Ok(());
            }
        };
        drop((publish_guards, encoded));
        answer.stop_loading(full, &mut tries);
        sink.until_room(full, None, WAIT).await;
    }
}

/// The publish guards of some lists.
type PublishGuards = Vec<OwnedMutexGuard<Published>>;

/// How often an answer was reloaded, or extended.
#[derive(Default)]
struct Tries {
    later: u32,
    epochs: u32,
}

/// What a client misses of the requested lists, in the order of the lists.
struct SyncAnswer<'a> {
    lists: &'a Lists,
    missed: Vec<Missed<'a>>,
    /// The ack with the first delta of each list.
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

    /// Loads what is still missing, as far as `tries` allow, and returns the publish guards, and the ack.
    async fn finish_loading(
        &mut self,
        subscription: &Subscription,
        request: &SyncRequest,
        tries: &mut Tries,
    ) -> Result<(PublishGuards, Arc<RawValue>), Error> {
        loop {
            let encoded = self.encoded()?;
            let publish_guards = self.publish_guards().await;
            // The views have changed meanwhile, and the client must not see these any more.
            let has_new_views = !self.has_view(subscription);
            if has_new_views || (tries.epochs < MAX_TRIES && self.is_outdated()) {
                drop(publish_guards);
                tries.epochs += u32::from(!has_new_views);
                *self = Self::load(self.lists, subscription, request).await?;
                continue;
            }
            let behind = self.behind(&publish_guards);
            if tries.later < MAX_TRIES && behind.contains(&true) {
                drop(publish_guards);
                tries.later += 1;
                self.add_later(&behind).await?;
                continue;
            }
            return Ok((publish_guards, encoded));
        }
    }

    /// There is no room for the ack. Changes published until there is are not loaded: the client is sent the gap.
    fn stop_loading(&mut self, full: Full, tries: &mut Tries) {
        tries.later = MAX_TRIES;
        // If that may take long, only the rows are kept: other sockets are sent the same ones, until the list changes.
        if full != Full::OF_PACKETS {
            self.encoded = None;
        }
    }

    /// Takes the publish guards of all these lists, in the order of the lists, so that two calls can't deadlock.
    async fn publish_guards(&self) -> PublishGuards {
        let mut publish_guards = Vec::new();
        for missed in &self.missed {
            publish_guards.push(missed.view.publish_guard().await);
        }
        publish_guards
    }

    fn has_view(&self, subscription: &Subscription) -> bool {
        let following = subscription.following();
        self.missed
            .iter()
            .all(|missed| following.has_view(missed.list, &missed.view))
    }

    fn is_outdated(&self) -> bool {
        self.missed.iter().any(Missed::is_outdated)
    }

    /// For each list, whether more of it was published to the view.
    fn behind(&self, publish_guards: &[OwnedMutexGuard<Published>]) -> Vec<bool> {
        let each = self.missed.iter().zip(publish_guards);
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

    /// The ack, encoded on first use.
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

    /// After the ack: from now on the socket receives changes of these lists. Sends what follows the first deltas.
    async fn join<S: Sink>(
        &self,
        sink: &S,
        publish_guards: &[OwnedMutexGuard<Published>],
    ) -> Result<Result<(), Full>, Error> {
        sink.change(|following| {
            let lists = self.missed.iter().map(|missed| missed.list);
            following.synced.get_or_insert_default().extend(lists);
            following.lagging = false;
            for missed in &self.missed {
                following.unsent_views.remove(&missed.list);
            }
        });
        let mut sent = Ok(());
        for (missed, published) in self.missed.iter().zip(publish_guards) {
            sent = sent.and(missed.send_later(sink, published).await?);
        }
        Ok(sent)
    }
}

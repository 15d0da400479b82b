//! One socket's part in one list, for sending it something alone.

use std::sync::Arc;

use super::audience::Audience;
use super::changes::News;
use super::list::LiveList;
use super::lists::Lists;
use super::missed::{MAX_TRIES, Missed};
use super::sink::{Event, Full, Sink};
use super::subscription::Facts;
use crate::store::StoreError;

/// A socket's place in one list, for sending it something alone.
pub(super) struct At<'a, S> {
    lists: &'a Lists,
    pub(super) list: &'a LiveList,
    index: usize,
    sink: &'a S,
    pub(super) facts: Facts,
}

/// What became of something that was to be sent.
pub(super) type Sent = Result<Result<(), Full>, StoreError>;

impl<'a, S: Sink> At<'a, S> {
    pub(super) fn new(lists: &'a Lists, index: usize, sink: &'a S) -> Self {
        Self {
            lists,
            list: &lists.lists[index],
            index,
            sink,
            facts: sink.subscription().facts(),
        }
    }

    /// Sends all that the socket sees of the list, from what is kept if it has not changed.
    pub(super) async fn send_whole(&self) -> Sent {
        self.load_whole().await?;
        Ok(self.offer_whole().await)
    }

    /// Loads all that the socket sees of the list, for [`At::offer_whole`].
    pub(super) async fn load_whole(&self) -> Result<(), StoreError> {
        if let Some(audience) = self.audience() {
            audience.loaded.whole(&self.lists.change_log).await?;
        }
        Ok(())
    }

    /// Sends the list that was loaded last, if there is room for it. While there is none, the socket keeps no copy.
    pub(super) async fn offer_whole(&self) -> Result<(), Full> {
        let Some(audience) = self.audience() else {
            return Ok(());
        };
        let _turn = audience.turn().await;
        if !self.still_belongs(audience) {
            return Ok(());
        }
        let Some((_, rows)) = audience.loaded.newest() else {
            return Ok(());
        };
        let event = Event::new(self.list.event, rows.json()).whole(self.index);
        self.sink.send(&event).await
    }

    /// The same for a socket that keeps the list itself: it replaces what it has. From then on it is sent changes.
    pub(super) async fn show(&self) -> Sent {
        let Some(audience) = self.audience() else {
            return Ok(Ok(()));
        };
        let mut missed = Missed::whole(self.lists, self.index, audience).await?;
        let mut tries = 0;
        loop {
            let told = audience.turn().await;
            let is_unshown = || {
                self.sink
                    .subscription()
                    .facts()
                    .unshown
                    .contains(&self.index)
            };
            if !self.still_belongs(audience) || !is_unshown() {
                return Ok(Ok(()));
            }
            if tries < MAX_TRIES && missed.is_outdated() {
                drop(told);
                tries += 1;
                missed = Missed::whole(self.lists, self.index, audience).await?;
                continue;
            }
            if tries < MAX_TRIES && missed.is_behind(&told) {
                drop(told);
                tries += 1;
                missed.add_later().await?;
                continue;
            }
            let sent = missed.send(self.sink, &told).await?;
            if sent.is_ok() {
                self.sink.change(|facts| {
                    facts.unshown.remove(&self.index);
                });
            }
            return Ok(sent);
        }
    }

    /// Sends where the list is, so that the socket asks for what it has missed.
    pub(super) async fn send_beat(&self) -> Sent {
        let Some(audience) = self.audience() else {
            return Ok(Ok(()));
        };
        let told = audience.turn().await;
        if !self.still_belongs(audience) {
            return Ok(Ok(()));
        }
        let beat = News::beat(told.synced.at, told.synced.clone())?;
        let beat = beat.encode(&audience.suffix)?;
        let event = Event::new(&self.list.changes_event, &beat);
        Ok(self.sink.send(&event).await)
    }

    fn audience(&self) -> Option<&Arc<Audience>> {
        self.facts.audiences.get(self.index)
    }

    /// Who had to wait for a turn may belong to others by now; whoever moved it has sent it what it sees.
    fn still_belongs(&self, audience: &Arc<Audience>) -> bool {
        self.sink
            .subscription()
            .facts()
            .belongs_to(self.index, audience)
    }
}

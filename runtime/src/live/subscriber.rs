//! One socket's part in one list, for sending it something alone.

use std::sync::Arc;

use super::delta::Delta;
use super::list::Lists;
use super::list::LiveList;
use super::missed::{MAX_TRIES, Missed};
use super::sink::{Event, Full, Sink};
use super::subscription::Following;
use super::view::View;
use crate::store::Error;

/// A socket's place in one list, for sending it something alone.
pub(super) struct Subscriber<'a, S> {
    lists: &'a Lists,
    pub(super) list: &'a LiveList,
    index: usize,
    sink: &'a S,
    pub(super) following: Following,
}

/// What became of something that was to be sent.
pub(super) type Sent = Result<Result<(), Full>, Error>;

impl<'a, S: Sink> Subscriber<'a, S> {
    pub(super) fn new(lists: &'a Lists, index: usize, sink: &'a S) -> Self {
        Self {
            lists,
            list: &lists.lists[index],
            index,
            sink,
            following: sink.subscription().following(),
        }
    }

    /// Sends all that the socket sees of the list, from what is kept if it has not changed.
    pub(super) async fn send_whole(&self) -> Sent {
        self.load_whole().await?;
        Ok(self.offer_whole().await)
    }

    /// Loads all that the socket sees of the list, for [`Subscriber::offer_whole`].
    pub(super) async fn load_whole(&self) -> Result<(), Error> {
        if let Some(view) = self.view() {
            view.loaded.whole(&self.lists.change_log).await?;
        }
        Ok(())
    }

    /// Sends the list that was loaded last, if there is room for it. While there is none, the socket keeps no copy.
    pub(super) async fn offer_whole(&self) -> Result<(), Full> {
        let Some(view) = self.view() else {
            return Ok(());
        };
        let _guard = view.publish_guard().await;
        if !self.still_belongs(view) {
            return Ok(());
        }
        let Some((_, rows)) = view.loaded.newest() else {
            return Ok(());
        };
        let event = Event::new(self.list.event, rows.json()).whole(self.index);
        self.sink.send(&event).await
    }

    /// The same for a socket that keeps the list itself: it replaces what it has. From then on it is sent changes.
    pub(super) async fn show(&self) -> Sent {
        let Some(view) = self.view() else {
            return Ok(Ok(()));
        };
        let mut missed = Missed::whole(self.lists, self.index, view).await?;
        let mut tries = 0;
        loop {
            let published = view.publish_guard().await;
            let is_unshown = || {
                self.sink
                    .subscription()
                    .following()
                    .unshown
                    .contains(&self.index)
            };
            if !self.still_belongs(view) || !is_unshown() {
                return Ok(Ok(()));
            }
            if tries < MAX_TRIES && missed.is_outdated() {
                drop(published);
                tries += 1;
                missed = Missed::whole(self.lists, self.index, view).await?;
                continue;
            }
            if tries < MAX_TRIES && missed.is_behind(&published) {
                drop(published);
                tries += 1;
                missed.add_later().await?;
                continue;
            }
            let sent = missed.send(self.sink, &published).await?;
            if sent.is_ok() {
                self.sink.change(|following| {
                    following.unshown.remove(&self.index);
                });
            }
            return Ok(sent);
        }
    }

    /// Sends where the list is, so that the socket asks for what it has missed.
    pub(super) async fn send_heartbeat(&self) -> Sent {
        let Some(view) = self.view() else {
            return Ok(Ok(()));
        };
        let published = view.publish_guard().await;
        if !self.still_belongs(view) {
            return Ok(Ok(()));
        }
        let heartbeat = Delta::heartbeat(published.synced.at, published.synced.clone())?;
        let heartbeat = heartbeat.encode(&view.suffix)?;
        let event = Event::new(&self.list.changes_event, &heartbeat);
        Ok(self.sink.send(&event).await)
    }

    fn view(&self) -> Option<&Arc<View>> {
        self.following.views.get(self.index)
    }

    /// While it waited for the guard, the socket may have moved to another view; what moved it has sent what it sees now.
    fn still_belongs(&self, view: &Arc<View>) -> bool {
        self.sink
            .subscription()
            .following()
            .belongs_to(self.index, view)
    }
}

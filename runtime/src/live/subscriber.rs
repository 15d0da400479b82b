//! The subscription of one socket to one list, for sending to that socket alone.

use std::sync::Arc;

use super::delta::Delta;
use super::list::Lists;
use super::list::LiveList;
use super::missed::{MAX_TRIES, Missed};
use super::sink::{Event, Full, Sink};
use super::subscription::Following;
use super::view::View;
use crate::store::Error;

/// The subscription of one socket to one list, for sending to that socket alone.
pub(super) struct Subscriber<'a, S> {
    lists: &'a Lists,
    pub(super) list: &'a LiveList,
    index: usize,
    sink: &'a S,
    pub(super) following: Following,
}

/// The outcome of loading and sending.
pub(super) type SendResult = Result<Result<(), Full>, Error>;

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

    /// Sends all that the socket sees of the list, from the cache if it has not changed.
    pub(super) async fn send_whole(&self) -> SendResult {
        self.load_whole().await?;
        Ok(self.try_send_whole().await)
    }

    /// Loads all that the socket sees of the list, for [`Subscriber::try_send_whole`].
    pub(super) async fn load_whole(&self) -> Result<(), Error> {
        if let Some(view) = self.view() {
            view.loaded.whole(&self.lists.change_log).await?;
        }
        Ok(())
    }

    /// Sends the list that was loaded last, if there is room for it. While there is none, no copy is kept for the
    /// socket.
    pub(super) async fn try_send_whole(&self) -> Result<(), Full> {
        let Some(view) = self.view() else {
            return Ok(());
        };
        let _guard = view.publish_guard().await;
        if !self.is_current(view) {
            return Ok(());
        }
        let Some((_, rows)) = view.loaded.newest() else {
            return Ok(());
        };
        let event = Event::new(self.list.event, rows.json()).whole(self.index);
        self.sink.send(&event).await
    }

    /// The same for a client that keeps the list itself: it replaces its copy. From then on it is sent changes.
    pub(super) async fn send_new_view(&self) -> SendResult {
        let Some(view) = self.view() else {
            return Ok(Ok(()));
        };
        let mut missed = Missed::whole(self.lists, self.index, view).await?;
        let mut tries = 0;
        loop {
            let published = view.publish_guard().await;
            let is_unsent = || {
                self.sink
                    .subscription()
                    .following()
                    .unsent_views
                    .contains(&self.index)
            };
            if !self.is_current(view) || !is_unsent() {
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
                    following.unsent_views.remove(&self.index);
                });
            }
            return Ok(sent);
        }
    }

    /// Sends the current position, so that the client syncs what it has missed.
    pub(super) async fn send_heartbeat(&self) -> SendResult {
        let Some(view) = self.view() else {
            return Ok(Ok(()));
        };
        let published = view.publish_guard().await;
        if !self.is_current(view) {
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

    /// The socket may have been moved to another view while this waited for the guard; the move has sent the new view.
    fn is_current(&self, view: &Arc<View>) -> bool {
        self.sink
            .subscription()
            .following()
            .has_view(self.index, view)
    }
}

//! One task for each list, which sends its changes to all sockets.

use std::sync::{Arc, Weak};
use std::time::Duration;

use metrics::histogram;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::{sleep, timeout};

use super::delta::Delta;
use super::lagging;
use super::list::Lists;
use super::list::LiveList;
use super::missed::MAX_TRIES;
use super::retry::Retry;
use super::sink::{Event, Sinks};
use super::view::{Published, View};
use crate::metrics::PUBLISH_LAG;
use crate::store::{ChangeLog, Cursor, Error, HasChanges, random};

/// Changes that are committed within this time after a broadcast are sent together.
const BATCH_WINDOW: Duration = Duration::from_millis(5);
/// Heartbeats with the position after a change, so that a synced socket that missed the last change notices.
const HEARTBEATS: u32 = 12;
/// A view that none of this number of changes concerns receives the position all the same, so that the change log still
/// holds the changes after it when a client reconnects after a while.
const MAX_SILENT_CHANGES: u64 = 256;

/// Starts the tasks, which publish to `sinks` and send heartbeats at about this interval. They end after the lists were
/// dropped.
pub(crate) fn start<S: Sinks>(lists: &Arc<Lists>, sinks: &Arc<S>, heartbeat: Duration) {
    for (index, list) in lists.lists.iter().enumerate() {
        let changed = lists.change_log.watch(list.id);
        // Changes committed before start-up are not published.
        lists.change_log.take_unpublished_since(list.id);
        let task = Task {
            lists: Arc::downgrade(lists),
            sinks: sinks.clone(),
            index,
            heartbeat,
        };
        tokio::spawn(task.run(changed));
    }
}

/// The task of one list.
struct Task<S> {
    lists: Weak<Lists>,
    sinks: Arc<S>,
    index: usize,
    heartbeat: Duration,
}

impl<S: Sinks> Task<S> {
    async fn run(self, mut changed: watch::Receiver<u64>) {
        let mut heartbeats = 0;
        let mut retry = Retry::default();
        while self.lists.strong_count() > 0 {
            let heartbeat = match next(&mut changed, jittered(self.heartbeat), heartbeats).await {
                Next::Changed => false,
                Next::Heartbeat => true,
                Next::Closed => return,
            };
            heartbeats = if heartbeat {
                heartbeats - 1
            } else {
                HEARTBEATS
            };
            let Some(lists) = self.lists.upgrade() else {
                return;
            };
            if !self.sinks.is_open() {
                continue;
            }
            let pause = self
                .round(&lists, heartbeat, &mut retry, &mut changed)
                .await;
            drop(lists);
            sleep(pause).await;
        }
    }

    /// Publishes to all views once; returns how long to wait until the next round.
    async fn round(
        &self,
        lists: &Arc<Lists>,
        heartbeat: bool,
        retry: &mut Retry,
        changed: &mut watch::Receiver<u64>,
    ) -> Duration {
        let round = Round {
            lists,
            sinks: &*self.sinks,
            list: &lists.lists[self.index],
            index: self.index,
        };
        let publishing = round.run(heartbeat);
        let published = match heartbeat {
            true => publishing.await,
            false => measured(&lists.change_log, round.list, publishing).await,
        };
        match published {
            Ok(()) => {
                retry.succeeded(round.list.event);
                BATCH_WINDOW
            }
            Err(error) => {
                changed.mark_changed();
                retry.failed(round.list.event, &error)
            }
        }
    }
}

enum Next {
    Changed,
    Heartbeat,
    Closed,
}

/// Waits for the next round. A list that has not changed for long has no heartbeats.
async fn next(changed: &mut watch::Receiver<u64>, pause: Duration, heartbeats: u32) -> Next {
    let changed = changed.changed();
    let changed = if heartbeats > 0 {
        timeout(pause, changed).await
    } else {
        Ok(changed.await)
    };
    match changed {
        Ok(Ok(())) => Next::Changed,
        Ok(Err(_)) => Next::Closed,
        Err(_) => Next::Heartbeat,
    }
}

/// Between half and one and a half of a time, so that the heartbeats of many lists and servers are spread.
fn jittered(time: Duration) -> Duration {
    time / 2 + time.mul_f64((random() % 1024) as f64 / 1024.0)
}

/// One round of publishing one list.
struct Round<'a, S> {
    lists: &'a Arc<Lists>,
    sinks: &'a S,
    list: &'a LiveList,
    index: usize,
}

impl<S: Sinks> Round<'_, S> {
    /// Publishes to each view. An error of one does not block the others.
    async fn run(&self, heartbeat: bool) -> Result<(), Error> {
        let mut published = Ok(());
        for view in self.list.active_views() {
            let to = ViewRound {
                round: self,
                view: &view,
            };
            published = published.and(if heartbeat {
                to.heartbeat().await
            } else {
                to.publish().await
            });
        }
        published
    }
}

/// One round of publishing to one view.
struct ViewRound<'a, S> {
    round: &'a Round<'a, S>,
    view: &'a View,
}

impl<S: Sinks> ViewRound<'_, S> {
    /// Sends the changes since the last round. Only this advances the positions up to which the view was published, so
    /// that other tasks may send while rows are loaded.
    async fn publish(&self) -> Result<(), Error> {
        self.publish_to_synced().await?;
        self.publish_to_plain().await
    }

    async fn publish_to_synced(&self) -> Result<(), Error> {
        let Some(from) = self.unpublished_to_synced().await else {
            return Ok(());
        };
        let (mut published, delta) = self.delta_since(&from).await?;
        published.set_synced(delta.to.clone());
        published.heartbeats = HEARTBEATS;
        self.send_to_synced(&delta).await
    }

    /// The position after which there is something to send to synced sockets; if its epoch has ended, that is all rows.
    async fn unpublished_to_synced(&self) -> Option<Cursor> {
        let mut published = self.view.publish_guard().await;
        let (to, has_changes) = self
            .view
            .loaded
            .has_changes(self.change_log(), &published.checked_to());
        if self.is_empty_room(&self.view.synced_room) {
            published.set_synced(to);
            return None;
        }
        if has_changes == HasChanges::Nothing
            && to.at.saturating_sub(published.synced.at) < MAX_SILENT_CHANGES
        {
            published.checked_to = to.at;
            return None;
        }
        Some(published.synced.clone())
    }

    /// The changes after a position, and the publish guard. If another epoch begins meanwhile, they are reloaded.
    async fn delta_since(
        &self,
        from: &Cursor,
    ) -> Result<(OwnedMutexGuard<Published>, Delta), Error> {
        let loaded = &self.view.loaded;
        let mut tries = 0;
        loop {
            let delta = loaded.since(self.change_log(), from).await?;
            let published = self.view.publish_guard().await;
            let is_outdated = !loaded.is_in(self.change_log(), &delta.to.epoch);
            if is_outdated && tries < MAX_TRIES {
                tries += 1;
                continue;
            }
            // Epochs that change faster than the list is loaded must not keep it from all sockets.
            return Ok((published, loaded.or_newest(delta)));
        }
    }

    async fn publish_to_plain(&self) -> Result<(), Error> {
        let event = self.round.list.event;
        let room = &self.view.plain_room;
        if !self.has_changes_for_plain().await {
            return Ok(());
        }
        self.view.loaded.whole(self.change_log()).await?;
        let mut published = self.view.publish_guard().await;
        let Some((at, rows)) = self.view.loaded.newest() else {
            return Ok(());
        };
        published.plain = at;
        let event = Event::new(event, rows.json()).whole(self.round.index);
        self.send(room, &event, &event).await;
        Ok(())
    }

    async fn has_changes_for_plain(&self) -> bool {
        let mut published = self.view.publish_guard().await;
        let (to, has_changes) = self
            .view
            .loaded
            .has_changes(self.change_log(), &published.plain);
        let has_changes = match has_changes {
            HasChanges::Nothing => false,
            HasChanges::Rows => !self.round.list.on_request,
            HasChanges::Unknown => true,
        };
        let is_published = has_changes && !self.is_empty_room(&self.view.plain_room);
        if !is_published {
            published.plain = to;
        }
        is_published
    }

    /// Sends the position to synced sockets, so that one that missed something notices.
    async fn heartbeat(&self) -> Result<(), Error> {
        let mut published = self.view.publish_guard().await;
        let loaded = &self.view.loaded;
        // In a new epoch the whole list is sent first.
        if published.heartbeats == 0 || !loaded.is_in(self.change_log(), &published.synced.epoch) {
            return Ok(());
        }
        let checked_to = published.checked_to();
        let heartbeat = Delta::heartbeat(published.synced.at, checked_to.clone())?;
        published.synced = checked_to;
        published.heartbeats -= 1;
        self.send_to_synced(&heartbeat).await
    }

    async fn send_to_synced(&self, delta: &Delta) -> Result<(), Error> {
        let suffix = &self.view.suffix;
        let event = &self.round.list.changes_event;
        let room = &self.view.synced_room;
        let heartbeat = Delta::heartbeat(delta.to.at, delta.to.clone())?.encode(suffix)?;
        let delta = delta.encode(suffix)?;
        self.send(
            room,
            &Event::new(event, &delta),
            &Event::new(event, &heartbeat),
        )
        .await;
        Ok(())
    }

    async fn send(&self, room: &str, event: &Event<'_>, fallback: &Event<'_>) {
        let lagging = |sink| lagging::mark_lagging(self.round.lists, sink);
        self.round.sinks.send(room, event, fallback, lagging).await;
    }

    fn change_log(&self) -> &ChangeLog {
        &self.round.lists.change_log
    }

    fn is_empty_room(&self, room: &str) -> bool {
        self.round.sinks.is_empty(room)
    }
}

/// Publishes a list, and measures how long its first unpublished change has waited.
async fn measured(
    change_log: &ChangeLog,
    list: &LiveList,
    publish: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    // A change from here on may be sent now or in the next round; it counts as the latter.
    let since = change_log.take_unpublished_since(list.id);
    let published = publish.await;
    match (&published, since) {
        (Ok(()), Some(since)) => {
            histogram!(PUBLISH_LAG, "list" => list.event).record(since.elapsed());
        }
        (Err(_), Some(since)) => change_log.restore_unpublished_since(list.id, since),
        (_, None) => {}
    }
    published
}

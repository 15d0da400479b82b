//! One task a list, which tells all sockets what has changed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use metrics::histogram;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::{sleep, timeout};

use super::audience::{Audience, Told};
use super::catch_up;
use super::changes::News;
use super::list::LiveList;
use super::lists::Lists;
use super::missed::MAX_TRIES;
use super::retry::Retry;
use super::sink::{Event, Sinks};
use crate::metrics::FEED_LAG;
use crate::store::{ChangeLog, Cursor, HasChanges, StoreError, random};

/// Changes that come within this time after a broadcast are sent together.
const PAUSE: Duration = Duration::from_millis(5);
/// After a list has changed, synced sockets hear so many times where it is, so that one that missed the end notices.
const BEATS: u32 = 12;
/// Those whom nothing of so many changes concerns hear of where the list is all the same, so that what happened since is
/// still known when they come back after a while.
const FAR: u64 = 256;

/// Starts the tasks, which send to `sinks` and tell about so often where a list is. They end after the lists were dropped.
pub(crate) fn start<S: Sinks>(lists: &Arc<Lists>, sinks: &Arc<S>, beat: Duration) {
    for (index, list) in lists.lists.iter().enumerate() {
        let moved = lists.change_log.watch(list.id);
        // What happened before the start is nobody's news.
        lists.change_log.take_unpublished_since(list.id);
        let task = Task {
            lists: Arc::downgrade(lists),
            sinks: sinks.clone(),
            index,
            beat,
        };
        tokio::spawn(task.run(moved));
    }
}

/// The task of one list.
struct Task<S> {
    lists: Weak<Lists>,
    sinks: Arc<S>,
    index: usize,
    beat: Duration,
}

impl<S: Sinks> Task<S> {
    async fn run(self, mut moved: watch::Receiver<u64>) {
        let mut beats = 0;
        let mut retry = Retry::default();
        while self.lists.strong_count() > 0 {
            let beat = match next(&mut moved, jittered(self.beat), beats).await {
                Next::Moved => false,
                Next::Beat => true,
                Next::Closed => return,
            };
            beats = if beat { beats - 1 } else { BEATS };
            let Some(lists) = self.lists.upgrade() else {
                return;
            };
            let pause = self.round(&lists, beat, &mut retry, &mut moved).await;
            drop(lists);
            sleep(pause).await;
        }
    }

    /// Tells all once; gives how long to wait until the next time.
    async fn round(
        &self,
        lists: &Arc<Lists>,
        beat: bool,
        retry: &mut Retry,
        moved: &mut watch::Receiver<u64>,
    ) -> Duration {
        let pass = Pass {
            lists,
            sinks: &*self.sinks,
            list: &lists.lists[self.index],
            index: self.index,
        };
        let round = pass.run(beat);
        let told = match beat {
            true => round.await,
            false => measured(&lists.change_log, pass.list, round).await,
        };
        match told {
            Ok(()) => {
                retry.succeeded(pass.list.event);
                PAUSE
            }
            Err(error) => {
                moved.mark_changed();
                retry.failed(pass.list.event, &error)
            }
        }
    }
}

enum Next {
    Moved,
    Beat,
    Closed,
}

/// Waits for what is to be told next. Nothing is told of a list that has not changed for long.
async fn next(moved: &mut watch::Receiver<u64>, pause: Duration, beats: u32) -> Next {
    let changed = moved.changed();
    let told = if beats > 0 {
        timeout(pause, changed).await
    } else {
        Ok(changed.await)
    };
    match told {
        Ok(Ok(())) => Next::Moved,
        Ok(Err(_)) => Next::Closed,
        Err(_) => Next::Beat,
    }
}

/// Between half and one and a half of a time, so that the beats of many lists and servers don't come all at once.
fn jittered(time: Duration) -> Duration {
    time / 2 + time.mul_f64((random() % 1024) as f64 / 1024.0)
}

/// One round of telling everybody about one list.
struct Pass<'a, S> {
    lists: &'a Arc<Lists>,
    sinks: &'a S,
    list: &'a LiveList,
    index: usize,
}

impl<S: Sinks> Pass<'_, S> {
    /// Tells everybody. Who can't be told is no reason to leave out the others.
    async fn run(&self, beat: bool) -> Result<(), StoreError> {
        let mut told = Ok(());
        for audience in self.list.present() {
            let to = ToAudience {
                pass: self,
                audience: &audience,
            };
            told = told.and(if beat {
                to.beat().await
            } else {
                to.tell().await
            });
        }
        told
    }
}

/// One round of telling those who see the same part of a list.
struct ToAudience<'a, S> {
    pass: &'a Pass<'a, S>,
    audience: &'a Audience,
}

impl<S: Sinks> ToAudience<'_, S> {
    /// Tells what has changed since the last round. Only this changes up to where anybody has been told, so that it may
    /// let others send while rows are loaded.
    async fn tell(&self) -> Result<(), StoreError> {
        self.tell_synced().await?;
        self.tell_plain().await
    }

    async fn tell_synced(&self) -> Result<(), StoreError> {
        let Some(from) = self.untold_to_synced().await else {
            return Ok(());
        };
        let (mut told, news) = self.news_since(&from).await?;
        told.synced_has(news.to.clone());
        told.beats = BEATS;
        self.send_to_synced(&news).await
    }

    /// From where on there is something to tell to synced sockets: after a position of another epoch, all.
    async fn untold_to_synced(&self) -> Option<Cursor> {
        let mut told = self.audience.turn().await;
        let (to, has_changes) = self
            .audience
            .loaded
            .has_changes(self.change_log(), &told.looked());
        if self.nobody_in(&self.audience.synced_room) {
            told.synced_has(to);
            return None;
        }
        if has_changes == HasChanges::Nothing && to.at.saturating_sub(told.synced.at) < FAR {
            told.looked = to.at;
            return None;
        }
        Some(told.synced.clone())
    }

    /// What happened after a position, and the right to send it. If another epoch begins meanwhile, it is loaded again.
    async fn news_since(&self, from: &Cursor) -> Result<(OwnedMutexGuard<Told>, News), StoreError> {
        let loaded = &self.audience.loaded;
        let mut tries = 0;
        loop {
            let news = loaded.since(self.change_log(), from).await?;
            let told = self.audience.turn().await;
            let is_outdated = !loaded.is_in(self.change_log(), &news.to.epoch);
            if is_outdated && tries < MAX_TRIES {
                tries += 1;
                continue;
            }
            // Epochs that go by faster than the list is loaded don't keep it from all sockets.
            return Ok((told, loaded.or_newest(news)));
        }
    }

    async fn tell_plain(&self) -> Result<(), StoreError> {
        let event = self.pass.list.event;
        let room = &self.audience.plain_room;
        if !self.has_news_for_plain().await {
            return Ok(());
        }
        self.audience.loaded.whole(self.change_log()).await?;
        let mut told = self.audience.turn().await;
        let Some((at, rows)) = self.audience.loaded.newest() else {
            return Ok(());
        };
        told.plain = at;
        let event = Event::new(event, rows.json()).whole(self.pass.index);
        self.send(room, &event, &event).await;
        Ok(())
    }

    async fn has_news_for_plain(&self) -> bool {
        let mut told = self.audience.turn().await;
        let (to, has_changes) = self
            .audience
            .loaded
            .has_changes(self.change_log(), &told.plain);
        let is_news = match has_changes {
            HasChanges::Nothing => false,
            HasChanges::Rows => !self.pass.list.on_request,
            HasChanges::Unknown => true,
        };
        let is_told = is_news && !self.nobody_in(&self.audience.plain_room);
        if !is_told {
            told.plain = to;
        }
        is_told
    }

    /// Tells synced sockets the position, so that one that missed something notices.
    async fn beat(&self) -> Result<(), StoreError> {
        let mut told = self.audience.turn().await;
        let loaded = &self.audience.loaded;
        // In a new epoch the whole list comes first.
        if told.beats == 0 || !loaded.is_in(self.change_log(), &told.synced.epoch) {
            return Ok(());
        }
        let looked = told.looked();
        let beat = News::beat(told.synced.at, looked.clone())?;
        told.synced = looked;
        told.beats -= 1;
        self.send_to_synced(&beat).await
    }

    async fn send_to_synced(&self, news: &News) -> Result<(), StoreError> {
        let suffix = &self.audience.suffix;
        let event = &self.pass.list.changes_event;
        let room = &self.audience.synced_room;
        let beat = News::beat(news.to.at, news.to.clone())?.encode(suffix)?;
        let news = news.encode(suffix)?;
        self.send(room, &Event::new(event, &news), &Event::new(event, &beat))
            .await;
        Ok(())
    }

    async fn send(&self, room: &str, event: &Event<'_>, again: &Event<'_>) {
        let lagging = |sink| catch_up::leave_behind(self.pass.lists, sink);
        self.pass.sinks.send(room, event, again, lagging).await;
    }

    fn change_log(&self) -> &ChangeLog {
        &self.pass.lists.change_log
    }

    fn nobody_in(&self, room: &str) -> bool {
        self.pass.sinks.is_empty(room)
    }
}

/// Tells what has happened to a list, and measures for how long the first of that has waited.
async fn measured(
    change_log: &ChangeLog,
    list: &LiveList,
    tell: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), StoreError> {
    // What happens from here on may be told now or in the next round; it counts as the latter.
    let since = change_log.take_unpublished_since(list.id);
    let told = tell.await;
    match (&told, since) {
        (Ok(()), Some(since)) => {
            histogram!(FEED_LAG, "list" => list.event).record(since.elapsed());
        }
        (Err(_), Some(since)) => change_log.put_unpublished_since(list.id, since),
        (_, None) => {}
    }
    told
}

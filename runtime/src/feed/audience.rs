//! Those who see the same part of a list, and what of it is kept encoded for them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex as SyncMutex, MutexGuard, PoisonError, Weak};

use rowcast_schema::Position;
use serde_json::value::RawValue;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::change::ListId;
use super::changes::News;
use super::list::{LiveList, Source};
use super::log::{Feed, Glance, Since};
use super::rooms;
use crate::unseen::Unseen;
use crate::{RowId, Scopes, StoreError};

/// At most so many different answers to `sync` are kept for one position.
const KEPT_NEWS: usize = 32;
/// A whole list that is older by at most so many rows is sent with what changed since; beyond that it is loaded anew.
const MAX_BEHIND: usize = 256;

/// Sockets that see the same part of a list, since they have the same scopes and see the same fields.
pub(crate) struct Audience {
    list: ListId,
    pub(super) scopes: Scopes,
    /// What makes an epoch one of this audience: who comes to it from another starts anew.
    suffix: String,
    /// The room of those who get changes.
    pub(super) synced_room: String,
    /// The room of those who get all that they see.
    pub(super) plain_room: String,
    feed: Arc<Feed>,
    /// The epoch of the current turn.
    epoch: SyncMutex<Arc<str>>,
    turn: Arc<Mutex<Turn>>,
}

impl Audience {
    pub(super) fn new(
        list: &LiveList,
        source: Weak<dyn Source>,
        (scopes, unseen): (Scopes, Unseen),
        feed: Arc<Feed>,
    ) -> Self {
        // In this order: should an epoch begin in between, all get the list once more, and nobody goes without.
        let epoch = feed.epoch(list.id);
        let told = Told::all_up_to(epoch.clone(), feed.position(list.id));
        let suffix = scopes.suffix() + &unseen.suffix();
        let turn = Turn {
            id: list.id,
            scopes: scopes.clone(),
            unseen,
            source,
            whole: None,
            news: HashMap::new(),
            news_at: 0,
            epoch: epoch.clone(),
            told,
        };
        Self {
            list: list.id,
            synced_room: rooms::synced(list.event, &suffix),
            // A guard may hide any list, so the room for all lists is for sockets that see all of this one.
            plain_room: rooms::plain(
                (list.has_parts() || scopes != Scopes::All).then_some(list.event),
                &suffix,
            ),
            scopes,
            suffix,
            feed,
            epoch: SyncMutex::new(epoch),
            turn: Arc::new(Mutex::new(turn)),
        }
    }

    /// The epoch of the positions that this audience is told in the current turn.
    ///
    /// It stays the same until the turn ends: should the list enter another epoch meanwhile, what is told now is as new as
    /// its position, and the whole list in the new epoch is told in a later turn.
    pub(super) fn epoch(&self) -> String {
        format!("{}{}", self.current_epoch(), self.suffix)
    }

    /// A position that a write was given as this audience gets to it, unless nothing that leads there concerns it. It stays
    /// one of the epoch in which the write was made.
    pub(super) fn position(&self, feed: &Feed, position: &Position) -> Option<Position> {
        Some(Position {
            epoch: format!("{}{}", position.epoch, self.suffix),
            at: feed.seen_up_to(self.list, position.at, &self.scopes)?,
        })
    }

    /// Waits until nobody else sends anything to this audience.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<Turn> {
        let mut turn = self.turn.clone().lock_owned().await;
        let epoch = self.feed.epoch(self.list);
        if turn.epoch != epoch {
            turn.enter(epoch.clone());
            *self.current_epoch() = epoch;
        }
        turn
    }

    fn current_epoch(&self) -> MutexGuard<'_, Arc<str>> {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audience")
            .field("list", &self.list)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The right to send something to an audience, with all that is known for that.
pub(super) struct Turn {
    id: ListId,
    scopes: Scopes,
    unseen: Unseen,
    /// Sockets of a closed server, which socketioxide may never let go of, must not keep its database open.
    source: Weak<dyn Source>,
    whole: Option<(u64, Arc<RawValue>)>,
    news: HashMap<u64, News>,
    news_at: u64,
    epoch: Arc<str>,
    pub(super) told: Told,
}

/// The positions up to which the rooms have been told.
#[derive(Debug)]
pub(super) struct Told {
    /// The epoch in which synced sockets have the list.
    epoch: Arc<str>,
    pub(super) plain: u64,
    /// What synced sockets have heard of.
    pub(super) synced: u64,
    /// Up to here nothing else concerns synced sockets, though they have not heard so.
    pub(super) looked: u64,
    /// How many times more synced sockets are to hear where the list is.
    pub(super) beats: u32,
}

impl Told {
    fn all_up_to(epoch: Arc<str>, position: u64) -> Self {
        Self {
            epoch,
            plain: position,
            synced: position,
            looked: position,
            beats: 0,
        }
    }
}

impl Turn {
    /// Forgets what was kept of an earlier epoch.
    fn enter(&mut self, epoch: Arc<str>) {
        self.epoch = epoch;
        self.whole = None;
        self.news.clear();
    }

    /// Whether synced sockets have not been told yet that the list is in another epoch.
    pub(super) fn is_new_epoch(&self) -> bool {
        self.told.epoch != self.epoch
    }

    /// Synced sockets have been told all up to a position of this turn's epoch.
    pub(super) fn told_synced(&mut self, to: u64) {
        self.told.epoch = self.epoch.clone();
        self.told.looked = to;
        self.told.synced = to;
    }

    /// The whole list and its position, loaded only if the list has changed since it was loaded last.
    ///
    /// The position is asked for before the rows, so the rows may be newer than it, never older.
    pub(super) async fn whole(&mut self, feed: &Feed) -> Result<(u64, Arc<RawValue>), StoreError> {
        if let Some((kept_at, rows)) = &mut self.whole
            && let (at, Glance::Nothing) = feed.glance(self.id, *kept_at, &self.scopes)
        {
            *kept_at = at;
            return Ok((at, rows.clone()));
        }
        let at = feed.position(self.id);
        let rows: Arc<RawValue> = match self.scopes == Scopes::none() {
            true => RawValue::from_string("[]".to_owned())?.into(),
            false => {
                let rows = self.source()?.all(&self.scopes).await?;
                self.unseen.left_out(rows)?.into()
            }
        };
        tracing::debug!(
            list = self.id.0,
            at,
            bytes = rows.get().len(),
            "a whole list was loaded"
        );
        self.whole = Some((at, rows.clone()));
        Ok((at, rows))
    }

    /// Where the list stands now, and whether anything happened after a position.
    pub(super) fn glance(&self, feed: &Feed, from: u64) -> (u64, Glance) {
        feed.glance(self.id, from, &self.scopes)
    }

    /// What happened after a position; the whole list if that is unknown.
    pub(super) async fn since(&mut self, feed: &Feed, from: u64) -> Result<News, StoreError> {
        match feed.since(self.id, from, &self.scopes) {
            (to, Since::Rows(ids)) if ids.is_empty() => News::beat(from, to),
            (to, Since::Rows(ids)) => self.rows_since(from, to, ids).await,
            (_, Since::Unknown) => self.whole(feed).await.map(News::whole),
        }
    }

    /// What brings a client up to date that has a position, or nothing: one or two pieces of news that follow each other.
    ///
    /// While a busy list changes all the time, many who need all of it still cost one query.
    pub(super) async fn all_since(
        &mut self,
        feed: &Feed,
        from: Option<u64>,
    ) -> Result<(News, Option<News>), StoreError> {
        if let Some(from) = from
            && self.glance(feed, from).1 != Glance::Unknown
        {
            return Ok((self.since(feed, from).await?, None));
        }
        match self.recent_whole(feed) {
            Some((at, rows)) => {
                let later = self.since(feed, at).await?;
                let later = (later.to > at).then_some(later);
                Ok((News::whole((at, rows)), later))
            }
            None => Ok((self.whole(feed).await.map(News::whole)?, None)),
        }
    }

    fn source(&self) -> Result<Arc<dyn Source>, StoreError> {
        self.source
            .upgrade()
            .ok_or_else(|| StoreError::internal("the server is closed"))
    }

    /// Not for those who see some scopes only: who has just come to them is not shown, not even for a moment, what has
    /// left them before.
    fn recent_whole(&self, feed: &Feed) -> Option<(u64, Arc<RawValue>)> {
        let (at, _) = self.whole.as_ref().filter(|_| self.scopes == Scopes::All)?;
        match feed.since(self.id, *at, &self.scopes) {
            (_, Since::Rows(ids)) if ids.len() <= MAX_BEHIND => self.whole.clone(),
            _ => None,
        }
    }

    async fn rows_since(
        &mut self,
        from: u64,
        to: u64,
        ids: Vec<RowId>,
    ) -> Result<News, StoreError> {
        if self.news_at != to || self.news.len() >= KEPT_NEWS {
            self.news.clear();
            self.news_at = to;
        }
        if let Some(news) = self.news.get(&from) {
            return Ok(news.clone());
        }
        let found = self.source()?.by_ids(ids.clone(), &self.scopes).await?;
        let there: std::collections::HashSet<RowId> = found.ids.into_iter().collect();
        let dropped = ids.into_iter().filter(|id| !there.contains(id)).collect();
        let news = News {
            from: Some(from),
            to,
            put: self.unseen.left_out(found.json)?.into(),
            dropped,
        };
        self.news.insert(from, news.clone());
        Ok(news)
    }
}

//! One live list: how its rows are loaded, and what of it is kept encoded.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::change::ListId;
use super::changes::News;
use super::log::{Feed, Since};
use super::rooms;
use crate::{RowId, StoreError};

/// At most so many different answers to `sync` are kept for one position.
const KEPT_NEWS: usize = 32;
/// A whole list that is older by at most so many rows is sent with what changed since; beyond that it is loaded anew.
const MAX_BEHIND: usize = 256;

/// Where the rows of a list come from.
pub trait Source: Send + Sync + 'static {
    /// Loads the whole list as a JSON array, in the order in which clients see it.
    fn all(&self) -> BoxFuture<'static, Result<Box<RawValue>, StoreError>>;

    /// Loads the rows with these ids; ids without a row are left out.
    fn by_ids(&self, ids: Vec<RowId>) -> BoxFuture<'static, Result<FoundRows, StoreError>>;
}

/// Rows that were looked for by their ids.
#[derive(Debug)]
pub struct FoundRows {
    /// The rows as a JSON array.
    pub json: Box<RawValue>,
    /// The ids of the rows that were found.
    pub ids: Vec<RowId>,
}

/// A list that clients watch.
pub struct LiveList {
    pub(super) id: ListId,
    pub(super) event: &'static str,
    pub(super) changes_event: String,
    /// The room of those who get its changes.
    pub(super) room: String,
    on_request: bool,
    pub(super) turn: Arc<Mutex<Turn>>,
}

impl LiveList {
    /// A list that plain sockets get as the event `name`, and synced ones as `name:changes`.
    pub fn new(id: ListId, name: &'static str, source: impl Source) -> Self {
        let turn = Turn {
            id,
            source: Box::new(source),
            whole: None,
            news: HashMap::new(),
            news_at: 0,
            told: Told::default(),
        };
        Self {
            id,
            event: name,
            changes_event: format!("{name}:changes"),
            room: rooms::synced(name),
            on_request: false,
            turn: Arc::new(Mutex::new(turn)),
        }
    }

    /// Sends the whole list to plain sockets only when they ask for it, or after a [`Change::reset`](super::Change::reset): not after each change.
    pub fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }

    /// Whether plain sockets that were told all up to a position are to be told again.
    pub(super) fn is_news(&self, feed: &Feed, told: u64) -> bool {
        feed.position(self.id) != told
            && (!self.on_request || matches!(feed.since(self.id, told), (_, Since::Unknown)))
    }

    /// Notes that nobody has to be told what happened up to a position. To be called before anybody can take a turn.
    pub(super) fn told_all(&self, position: u64) {
        if let Ok(mut turn) = self.turn.try_lock() {
            turn.told = Told {
                plain: position,
                synced: position,
            };
        }
    }

    /// Waits until nobody else sends anything about this list.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<Turn> {
        self.turn.clone().lock_owned().await
    }
}

impl fmt::Debug for LiveList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveList")
            .field("id", &self.id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// The right to send something about a list, with all that is known for that.
pub(super) struct Turn {
    id: ListId,
    source: Box<dyn Source>,
    whole: Option<(u64, Arc<RawValue>)>,
    news: HashMap<u64, News>,
    news_at: u64,
    pub(super) told: Told,
}

/// The positions up to which the rooms have been told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) plain: u64,
    pub(super) synced: u64,
}

impl Turn {
    /// The whole list and its position, loaded only if the list has changed since it was loaded last.
    ///
    /// The position is asked for before the rows, so the rows may be newer than it, never older.
    pub(super) async fn whole(&mut self, feed: &Feed) -> Result<(u64, Arc<RawValue>), StoreError> {
        let at = feed.position(self.id);
        if let Some((kept_at, rows)) = &self.whole
            && *kept_at == at
        {
            return Ok((at, rows.clone()));
        }
        let rows: Arc<RawValue> = self.source.all().await?.into();
        tracing::debug!(
            list = self.id.0,
            at,
            bytes = rows.get().len(),
            "a whole list was loaded"
        );
        self.whole = Some((at, rows.clone()));
        Ok((at, rows))
    }

    /// What happened after a position; the whole list if that is unknown.
    pub(super) async fn since(&mut self, feed: &Feed, from: u64) -> Result<News, StoreError> {
        match feed.since(self.id, from) {
            (to, Since::Rows(ids)) if ids.is_empty() => News::beat(to),
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
            && let (_, Since::Rows(_)) = feed.since(self.id, from)
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

    fn recent_whole(&self, feed: &Feed) -> Option<(u64, Arc<RawValue>)> {
        let (at, _) = self.whole.as_ref()?;
        match feed.since(self.id, *at) {
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
        let found = self.source.by_ids(ids.clone()).await?;
        let there: std::collections::HashSet<RowId> = found.ids.into_iter().collect();
        let dropped = ids.into_iter().filter(|id| !there.contains(id)).collect();
        let news = News {
            from: Some(from),
            to,
            put: found.json.into(),
            dropped,
        };
        self.news.insert(from, news.clone());
        Ok(news)
    }
}

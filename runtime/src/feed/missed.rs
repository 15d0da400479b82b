//! What a socket misses of one list: loaded while others may be told something, then sent under the right to send.

use std::sync::Arc;

use rowcast_schema::Position;
use socketioxide::adapter::Adapter;
use socketioxide::socket::Socket;

use super::audience::Audience;
use super::changes::News;
use super::lists::Lists;
use super::rooms::{self, Full};
use crate::StoreError;

/// How many times what was told meanwhile is loaded too. A list that is told faster than that leaves a gap, of which the
/// client is told, so that it asks again.
pub(super) const MAX_TRIES: u32 = 3;

/// What a socket misses of one list: one or two pieces of news that follow each other.
pub(super) struct Missed<'a> {
    lists: &'a Lists,
    pub(super) list: usize,
    pub(super) audience: Arc<Audience>,
    /// The epoch in which it was loaded.
    epoch: String,
    pub(super) news: News,
    later: Option<News>,
}

impl<'a> Missed<'a> {
    /// Loads what a client misses that has such a position.
    pub(super) async fn since(
        lists: &'a Lists,
        list: usize,
        audience: &Arc<Audience>,
        known: Option<&Position>,
    ) -> Result<Self, StoreError> {
        let epoch = audience.epoch(&lists.feed);
        let known = known.filter(|known| known.epoch == epoch);
        let from = known.map(|known| known.at);
        let (news, later) = audience.loaded.all_since(&lists.feed, from).await?;
        Ok(Self {
            lists,
            list,
            audience: audience.clone(),
            epoch: epoch.into_owned(),
            news,
            later,
        })
    }

    /// Loads the whole list as it is now.
    pub(super) async fn whole(
        lists: &'a Lists,
        list: usize,
        audience: &Arc<Audience>,
    ) -> Result<Self, StoreError> {
        let epoch = audience.epoch(&lists.feed).into_owned();
        let whole = audience.loaded.whole(&lists.feed).await?;
        Ok(Self {
            lists,
            list,
            audience: audience.clone(),
            epoch,
            news: News::whole(whole),
            later: None,
        })
    }

    /// Whether another epoch has begun since it was loaded.
    pub(super) fn is_outdated(&self) -> bool {
        self.audience.epoch(&self.lists.feed) != self.epoch
    }

    /// Whether the audience was told more, up to `told`, than this contains.
    pub(super) fn is_behind(&self, told: u64) -> bool {
        self.to() < told
    }

    /// Loads what came after the first piece.
    pub(super) async fn add_later(&mut self) -> Result<(), StoreError> {
        let feed = &self.lists.feed;
        let later = self.audience.loaded.since(feed, self.news.to).await?;
        self.later = (later.to > self.news.to).then_some(later);
        Ok(())
    }

    /// Sends the first piece and the rest as changes.
    pub(super) async fn send<A: Adapter>(
        &self,
        socket: &Socket<A>,
        told: u64,
    ) -> Result<Result<(), Full>, StoreError> {
        if self.send_news(socket, &self.news).await?.is_err() {
            return Ok(Err(Full));
        }
        self.send_later(socket, told).await
    }

    /// Sends what follows the first piece: up to what the audience was told, or where that is.
    pub(super) async fn send_later<A: Adapter>(
        &self,
        socket: &Socket<A>,
        told: u64,
    ) -> Result<Result<(), Full>, StoreError> {
        if let Some(later) = &self.later
            && self.send_news(socket, later).await?.is_err()
        {
            return Ok(Err(Full));
        }
        match self.is_behind(told) {
            true => {
                let gap = News::beat(told, told)?;
                self.send_news(socket, &gap).await
            }
            false => Ok(Ok(())),
        }
    }

    async fn send_news<A: Adapter>(
        &self,
        socket: &Socket<A>,
        news: &News,
    ) -> Result<Result<(), Full>, StoreError> {
        let event = &self.lists.lists[self.list].changes_event;
        Ok(rooms::emit_to(socket, event, &news.encode(&self.epoch)?).await)
    }

    /// The epoch, for the wire.
    pub(super) fn epoch(&self) -> &str {
        &self.epoch
    }

    fn to(&self) -> u64 {
        self.later.as_ref().unwrap_or(&self.news).to
    }
}

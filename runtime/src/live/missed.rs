//! What a socket misses of one list: loaded while the view may be published, then sent under the publish guard.

use std::sync::Arc;

use super::delta::Delta;
use super::list::Lists;
use super::loaded::NextPart;
use super::sink::{Event, Full, Sink};
use super::sync_request::ClientCopy;
use super::view::{Published, View};
use crate::store::{Cursor, Error};

/// How often changes published meanwhile are loaded too, or the whole list if another epoch has begun. A list that
/// changes faster leaves a gap, which is sent to the client, so that it syncs again.
pub(super) const MAX_TRIES: u32 = 3;

/// What a socket misses of one list: one or two consecutive deltas.
pub(super) struct Missed<'a> {
    lists: &'a Lists,
    pub(super) list: usize,
    pub(super) view: Arc<View>,
    pub(super) delta: Delta,
    later: Option<Delta>,
    /// The part of the list in the first delta, if the client has the parts before it.
    part: Option<NextPart>,
}

impl<'a> Missed<'a> {
    /// Loads what a client misses of a list. A part of the list has at most `budget` bytes, or one row.
    pub(super) async fn since(
        lists: &'a Lists,
        list: usize,
        view: &Arc<View>,
        copy: &ClientCopy,
        budget: usize,
    ) -> Result<Self, Error> {
        if let ClientCopy::Partial { position, after } = copy
            && let Some(from) = view.cursor(position)
        {
            let after = after.clone();
            let part = NextPart {
                from,
                after,
                budget,
            };
            if let Some(delta) = view.loaded.next_part(&lists.change_log, &part).await? {
                let delta = (delta, None);
                return Ok(Self::of(lists, list, view, delta, Some(part)));
            }
        }
        let (position, budget) = match copy {
            ClientCopy::Whole(position) => (position.as_ref(), None),
            ClientCopy::Divisible(position) => (position.as_ref(), Some(budget)),
            // The client begins anew: changes since its position would lack the rows that it has not loaded.
            ClientCopy::Partial { .. } => (None, Some(budget)),
        };
        let from = position.and_then(|position| view.cursor(position));
        let loaded = &view.loaded;
        let delta = loaded
            .all_since(&lists.change_log, from.as_ref(), budget)
            .await?;
        Ok(Self::of(lists, list, view, delta, None))
    }

    /// Loads the whole list as it is now.
    pub(super) async fn whole(
        lists: &'a Lists,
        list: usize,
        view: &Arc<View>,
    ) -> Result<Self, Error> {
        let whole = view.loaded.whole(&lists.change_log).await?;
        let delta = (Delta::whole(whole), None);
        Ok(Self::of(lists, list, view, delta, None))
    }

    fn of(
        lists: &'a Lists,
        list: usize,
        view: &Arc<View>,
        (delta, later): (Delta, Option<Delta>),
        part: Option<NextPart>,
    ) -> Self {
        Self {
            lists,
            list,
            view: view.clone(),
            delta,
            later,
            part,
        }
    }

    /// Whether another epoch has begun since some of it was loaded.
    pub(super) fn is_outdated(&self) -> bool {
        let now = self.lists.change_log.epoch(self.lists.lists[self.list].id);
        self.delta.to.epoch != now || self.to().epoch != now
    }

    /// Whether something was published to the view that this does not contain.
    pub(super) fn is_behind(&self, published: &Published) -> bool {
        let to = self.to();
        match published.synced.epoch == to.epoch {
            true => to.at < published.synced.at,
            // All of the current epoch of the list is going to be published to the view.
            false => self.is_outdated(),
        }
    }

    /// Loads the changes after the first delta; returns whether the first delta was replaced.
    ///
    /// A part that follows others is reloaded instead, up to the current position: the client may have been sent the
    /// changes up to there by now, and would have to go back to the position of the part.
    pub(super) async fn add_later(&mut self) -> Result<bool, Error> {
        let change_log = &self.lists.change_log;
        let Some(part) = &self.part else {
            let later = self.view.loaded.since(change_log, &self.delta.to).await?;
            self.later = (later.to != self.delta.to).then_some(later);
            return Ok(false);
        };
        // If the changes are unknown by now, the gap that is sent after the ack makes the client sync again.
        let Some(delta) = self.view.loaded.next_part(change_log, part).await? else {
            return Ok(false);
        };
        self.delta = delta;
        Ok(true)
    }

    /// Sends the first delta and the rest as changes.
    pub(super) async fn send<S: Sink>(
        &self,
        sink: &S,
        published: &Published,
    ) -> Result<Result<(), Full>, Error> {
        match self.send_delta(sink, &self.delta).await? {
            Ok(()) => self.send_later(sink, published).await,
            full => Ok(full),
        }
    }

    /// Sends what follows the first delta: up to where the view was published, or that position.
    pub(super) async fn send_later<S: Sink>(
        &self,
        sink: &S,
        published: &Published,
    ) -> Result<Result<(), Full>, Error> {
        if let Some(later) = &self.later
            && let Err(full) = self.send_delta(sink, later).await?
        {
            return Ok(Err(full));
        }
        match self.is_behind(published) {
            true => {
                let gap = Delta::heartbeat(published.synced.at, published.synced.clone())?;
                self.send_delta(sink, &gap).await
            }
            false => Ok(Ok(())),
        }
    }

    async fn send_delta<S: Sink>(
        &self,
        sink: &S,
        delta: &Delta,
    ) -> Result<Result<(), Full>, Error> {
        let event = &self.lists.lists[self.list].changes_event;
        let delta = delta.encode(&self.view.suffix)?;
        Ok(sink.send(&Event::new(event, &delta)).await)
    }

    fn to(&self) -> &Cursor {
        &self.later.as_ref().unwrap_or(&self.delta).to
    }
}

//! The rows of a list as one view sees them: loaded without holding the publish guard, and once for all concurrent
//! callers.
//!
//! What is loaded has the position and the epoch that the list had before the query, so that it belongs to one epoch.
//! Rows cached in an epoch that has ended are not returned any more.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde_json::value::RawValue;
use tokio::sync::OnceCell;

use super::delta::Delta;
use super::parts::Rows;
use crate::live::FieldMask;
use crate::store::{ChangeLog, Cursor, Error, HasChanges, ListId, RowId, Scopes, Since, Source};

/// The most answers to `sync` that are cached. There are fewer for one position of a list, see [`ChangeLog::coarse`].
const MAX_ANSWERS: usize = 128;
/// Bytes of the cached answers; those that do not fit are shared only by the callers that wait for them.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// A whole list that is older by this number of rows at most is sent with the changes since; beyond that it is
/// reloaded.
const MAX_BEHIND: usize = 256;

/// A whole list, and a position whose changes it contains. The rows may be newer than it, never older.
pub(super) type Whole = (Cursor, Arc<Rows>);

/// The next part of a list for a client that has the parts before it.
#[derive(Debug)]
pub(super) struct NextPart {
    /// The position of the client. As of it, the client has the rows with ids up to `after`.
    pub(super) from: Cursor,
    pub(super) after: RowId,
    /// Bytes of rows that the part may have.
    pub(super) budget: usize,
}

/// Loads and caches the rows of a list for one view.
pub(super) struct Loaded {
    list: ListId,
    scopes: Scopes,
    mask: FieldMask,
    /// Weak: sockets of a closed server, which socketioxide may keep, must not keep its database open.
    source: Weak<dyn Source>,
    whole: Mutex<Option<Whole>>,
    /// Held while the whole list is loaded.
    loading: tokio::sync::Mutex<()>,
    answers: Mutex<Answers>,
}

impl Loaded {
    pub(super) fn new(
        list: ListId,
        source: Weak<dyn Source>,
        (scopes, mask): (Scopes, FieldMask),
    ) -> Self {
        Self {
            list,
            scopes,
            mask,
            source,
            whole: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
            answers: Mutex::default(),
        }
    }

    /// The current position of the list, and whether anything changed after `from`.
    pub(super) fn has_changes(
        &self,
        change_log: &ChangeLog,
        from: &Cursor,
    ) -> (Cursor, HasChanges) {
        change_log.has_changes(self.list, from, &self.scopes)
    }

    /// The whole list with all changes that were published before this call.
    ///
    /// Of concurrent callers, one loads it for all.
    pub(super) async fn whole(&self, change_log: &ChangeLog) -> Result<Whole, Error> {
        let wanted = change_log.cursor(self.list);
        if let Some(kept) = self.whole_with(change_log, &wanted) {
            return Ok(kept);
        }
        let _loading = self.loading.lock().await;
        // Another caller has loaded it, and began after this call did.
        if let Some(kept) = self.whole_with(change_log, &wanted) {
            return Ok(kept);
        }
        // The position is read before the rows, so that the rows contain its changes.
        let at = change_log.cursor(self.list);
        let rows = Arc::new(Rows::new(self.load_whole().await?));
        tracing::debug!(
            list = self.list.0,
            at = at.at,
            bytes = rows.json().get().len(),
            "a whole list was loaded"
        );
        *self.kept_whole() = Some((at.clone(), rows.clone()));
        Ok((at, rows))
    }

    /// Whether the list is still in an epoch.
    pub(super) fn is_in(&self, change_log: &ChangeLog, epoch: &str) -> bool {
        *change_log.epoch(self.list) == *epoch
    }

    /// The list that was loaded last, which is the newest: loads are sequential.
    ///
    /// A holder of the publish guard sends this one, so that no socket receives an older list after a newer one. It
    /// exists once any list was loaded.
    pub(super) fn newest(&self) -> Option<Whole> {
        self.kept_whole().clone()
    }

    /// Replaces an older whole list by the newest one.
    pub(super) fn or_newest(&self, delta: Delta) -> Delta {
        match (delta.from, self.newest()) {
            (None, Some(newest)) => Delta::whole(newest),
            _ => delta,
        }
    }

    /// The changes after a position; the whole list if they are unknown.
    pub(super) async fn since(
        &self,
        change_log: &ChangeLog,
        from: &Cursor,
    ) -> Result<Delta, Error> {
        match self.has_changes(change_log, from) {
            (to, HasChanges::Nothing) => Delta::heartbeat(from.at, to),
            (to, HasChanges::Rows) => self.rows_since(change_log, from, &to).await,
            (_, HasChanges::Unknown) => self.whole(change_log).await.map(Delta::whole),
        }
    }

    /// Brings a client with a position, or with nothing, up to date: one or two consecutive deltas. With a `budget`, a
    /// whole list is cut to the part that fits into this number of bytes.
    ///
    /// The first may begin before the position of the client, so that clients with different positions share it. While
    /// a busy list changes all the time, many clients that need all of it still cost one query.
    pub(super) async fn all_since(
        &self,
        change_log: &ChangeLog,
        from: Option<&Cursor>,
        budget: Option<usize>,
    ) -> Result<(Delta, Option<Delta>), Error> {
        if let Some(from) = from
            && let Some(delta) = self.known_since(change_log, from).await?
        {
            return Ok((delta, None));
        }
        let (whole, later) = match self.recent_whole(change_log) {
            Some(whole) => {
                let later = self.since(change_log, &whole.0).await?;
                let later = (later.to != whole.0).then_some(later);
                (whole, later)
            }
            None => (self.whole(change_log).await?, None),
        };
        let delta = match budget {
            Some(budget) => Delta::first_part(whole, budget)?,
            None => Delta::whole(whole),
        };
        Ok((delta, later))
    }

    /// The changes after the position of a client, and the next part of the list; `None` if the changes are unknown, or
    /// the list can't be divided.
    pub(super) async fn next_part(
        &self,
        change_log: &ChangeLog,
        part: &NextPart,
    ) -> Result<Option<Delta>, Error> {
        if self.has_changes(change_log, &part.from).1 == HasChanges::Unknown {
            return Ok(None);
        }
        if let Some(whole) = self.recent_whole(change_log) {
            // Changes that the client has already are sent again while they are small, so that the list is not loaded
            // for it.
            let is_older = whole.0.at < part.from.at;
            let max_changes = if is_older {
                part.budget / 4
            } else {
                usize::MAX
            };
            if let Some(delta) = self.part_of(change_log, part, &whole, max_changes).await? {
                return Ok(Some(delta));
            }
        }
        let whole = self.whole(change_log).await?;
        self.part_of(change_log, part, &whole, usize::MAX).await
    }

    /// The next part as a slice of a whole list; `None` if the changes are unknown or take more than `max_changes`
    /// bytes.
    ///
    /// The answer leads to the position `to`, so none of its rows may be older than that. The rows of `whole` contain
    /// the changes up to its own position, and may be older than `to`. The changes are therefore those since that
    /// position or that of the client, whichever is earlier, and they are read after `to` was: a row that changed after
    /// the position of `whole` is among them, and replaces the one of the slice; any other row of the slice is the same
    /// at `to`. Rows may be newer than `to`, as in all deltas: a later change puts or drops them again.
    async fn part_of(
        &self,
        change_log: &ChangeLog,
        part: &NextPart,
        (at, rows): &Whole,
        max_changes: usize,
    ) -> Result<Option<Delta>, Error> {
        if at.epoch != part.from.epoch {
            return Ok(None);
        }
        let from = if at.at < part.from.at { at } else { &part.from };
        let Some(changes) = self.known_since(change_log, from).await? else {
            return Ok(None);
        };
        let bytes = changes.bytes();
        if bytes > max_changes {
            return Ok(None);
        }
        let slice = rows.part_after(&part.after, part.budget.saturating_sub(bytes))?;
        slice.map(|slice| changes.with_part(slice)).transpose()
    }

    /// The changes after a position or a little earlier, if they are known.
    async fn known_since(
        &self,
        change_log: &ChangeLog,
        from: &Cursor,
    ) -> Result<Option<Delta>, Error> {
        let delta = match self.has_changes(change_log, from) {
            (to, HasChanges::Nothing) => Delta::heartbeat(from.at, to)?,
            (to, HasChanges::Rows) => {
                let from = change_log.coarse(self.list, from, &self.scopes);
                self.rows_since(change_log, &from, &to).await?
            }
            (_, HasChanges::Unknown) => return Ok(None),
        };
        // They may have become unknown before the rows were loaded.
        Ok(delta.from.is_some().then_some(delta))
    }

    /// The cached list, if it contains all changes up to a position, and the list is still in its epoch.
    fn whole_with(&self, change_log: &ChangeLog, wanted: &Cursor) -> Option<Whole> {
        let mut whole = self.kept_whole();
        let (at, rows) = whole.as_mut()?;
        let (now, has_changes) = self.has_changes(change_log, at);
        if now.epoch != at.epoch {
            return None;
        }
        if has_changes == HasChanges::Nothing {
            *at = now;
        }
        // In an epoch that began after `wanted` was read, it was loaded after that.
        let is_enough = at.epoch != wanted.epoch || at.at >= wanted.at;
        is_enough.then(|| (at.clone(), rows.clone()))
    }

    /// Not for views with a subset of scopes: a socket that has just joined one must not receive, not even for a
    /// moment, rows that left the view before.
    fn recent_whole(&self, change_log: &ChangeLog) -> Option<Whole> {
        if self.scopes != Scopes::All {
            return None;
        }
        let kept = self.kept_whole().clone()?;
        match change_log.since(self.list, &kept.0, &self.scopes) {
            (_, Since::Rows(ids)) if ids.len() <= MAX_BEHIND => Some(kept),
            _ => None,
        }
    }

    async fn load_whole(&self) -> Result<Arc<RawValue>, Error> {
        if self.scopes == Scopes::none() {
            return Ok(RawValue::from_string("[]".to_owned())?.into());
        }
        let rows = self.source()?.all(&self.scopes).await?;
        Ok(self.mask.apply(rows)?.into())
    }

    /// The rows that changed after `from`, up to `to` of the same epoch or later. One query for all callers with the
    /// same arguments; callers with others do not wait for it.
    async fn rows_since(
        &self,
        change_log: &ChangeLog,
        from: &Cursor,
        to: &Cursor,
    ) -> Result<Delta, Error> {
        let answer = self.answers().answer(from.at, to);
        let load = || async {
            let delta = self.load_rows_since(change_log, from).await?;
            self.answers().add_size(from.at, to, delta.bytes());
            Ok(delta)
        };
        answer.get_or_try_init(load).await.cloned()
    }

    async fn load_rows_since(&self, change_log: &ChangeLog, from: &Cursor) -> Result<Delta, Error> {
        let (to, ids) = match change_log.since(self.list, from, &self.scopes) {
            (to, Since::Rows(ids)) => (to, ids),
            (_, Since::Unknown) => return self.whole(change_log).await.map(Delta::whole),
        };
        let found = self.source()?.by_ids(ids.clone(), &self.scopes).await?;
        let there: HashSet<RowId> = found.ids.into_iter().collect();
        let dropped = ids.into_iter().filter(|id| !there.contains(id)).collect();
        Ok(Delta {
            from: Some(from.at),
            to,
            put: self.mask.apply(found.json)?.into(),
            dropped,
            more: None,
        })
    }

    fn source(&self) -> Result<Arc<dyn Source>, Error> {
        self.source
            .upgrade()
            .ok_or_else(|| Error::internal("the server is closed"))
    }

    fn kept_whole(&self) -> MutexGuard<'_, Option<Whole>> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows since earlier positions of an epoch, as of the newest position that was requested.
#[derive(Default)]
struct Answers {
    to: Option<Cursor>,
    since: HashMap<u64, Arc<OnceCell<Delta>>>,
    bytes: usize,
}

impl Answers {
    /// The cell of an answer, loaded or not. One that can't be cached belongs to the caller alone.
    fn answer(&mut self, from: u64, to: &Cursor) -> Arc<OnceCell<Delta>> {
        let is_newer = |kept: &Cursor| kept.epoch != to.epoch || kept.at < to.at;
        if self.to.as_ref().is_none_or(is_newer) {
            *self = Self {
                to: Some(to.clone()),
                ..Self::default()
            };
        }
        if self.to.as_ref() == Some(to) {
            if let Some(kept) = self.since.get(&from) {
                return kept.clone();
            }
            if self.since.len() < MAX_ANSWERS {
                return self.since.entry(from).or_default().clone();
            }
        }
        Arc::default()
    }

    /// Records the size of a loaded answer, and evicts the answer if there is no room for it.
    fn add_size(&mut self, from: u64, to: &Cursor, bytes: usize) {
        if self.to.as_ref() != Some(to) {
            return;
        }
        if self.bytes.saturating_add(bytes) > MAX_ANSWER_BYTES {
            self.since.remove(&from);
        } else {
            self.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests;

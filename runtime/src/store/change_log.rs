//! Counts and stores the changes of every list. The only module that assigns positions.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::change::{Change, Effect, ListId, Reach};
use super::positions::{ChangeRecord, Cursor, PlannedChanges, Positions, epoch, new_generation};
use super::{RowId, Scopes};

/// The latest changes of all lists.
///
/// Positions count within an epoch of their list. A reset ([`Change::reset`]) begins a new one: a client may have seen
/// later changes than the rows have, if these come from a backup, so its position must not be compared with later ones.
/// A store that keeps positions continues them after a restart, with the same epochs.
#[derive(Debug)]
pub struct ChangeLog {
    keep: usize,
    /// The name of the contract in epochs.
    contract: Arc<str>,
    logs: Mutex<Logs>,
}

/// The logs of all lists. An epoch and the positions in it are read and changed under one lock.
#[derive(Debug)]
struct Logs {
    /// The initial epoch of a list without stored changes.
    epoch: Arc<str>,
    logs: Vec<Log>,
}

/// The changes of one list: those at the positions `at - changes.len() + 1 ..= at`.
#[derive(Debug)]
struct Log {
    epoch: Arc<str>,
    at: u64,
    changes: VecDeque<ChangedRow>,
    changed: watch::Sender<u64>,
    /// Since when it has had changes that were not published.
    unpublished_since: Option<Instant>,
}

/// A row that was added, changed or deleted.
#[derive(Debug)]
pub(crate) struct ChangedRow {
    pub(crate) id: RowId,
    pub(crate) reach: Reach,
}

/// The stored position of a list, and its latest changes, the last one at `at`.
#[derive(Debug)]
pub(crate) struct StoredLog {
    pub(crate) generation: Arc<str>,
    pub(crate) at: u64,
    pub(crate) changes: VecDeque<ChangedRow>,
}

/// The changes of a list after a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// These rows changed; each is listed once.
    Rows(Vec<RowId>),
    /// The changes are not kept any more, or the position never existed.
    Unknown,
}

/// Whether a list changed after a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasChanges {
    Nothing,
    /// Rows whose ids are visible.
    Rows,
    /// The changes are not kept any more, or the position never existed.
    Unknown,
}

/// A row changed whose id the caller may not see.
struct Hidden;

/// Changes do not follow those of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutOfOrder;

impl ChangeLog {
    /// Starts a new epoch, in which the last `keep` changes of each list are kept.
    pub fn new(keep: usize) -> Self {
        Self::resume("".into(), &new_generation(), keep, Vec::new())
    }

    /// Continues where a store has left off, under the contract of this name. `logs` are in the order of the lists; of further
    /// lists nothing is stored but the `generation`.
    pub(crate) fn resume(
        contract: Arc<str>,
        generation: &str,
        keep: usize,
        logs: Vec<StoredLog>,
    ) -> Self {
        let log = |stored: StoredLog| Log {
            epoch: epoch(&contract, &stored.generation),
            at: stored.at,
            changes: stored.changes,
            changed: watch::Sender::new(stored.at),
            unpublished_since: None,
        };
        let logs = logs.into_iter().map(log).collect();
        let epoch = epoch(&contract, generation);
        Self {
            keep,
            contract,
            logs: Mutex::new(Logs { epoch, logs }),
        }
    }

    /// The epoch that the positions of a list belong to now.
    pub fn epoch(&self, list: ListId) -> Arc<str> {
        self.logs().of(list).epoch.clone()
    }

    /// Appends the changes of several jobs, in commit order; returns for each job the positions that contain its
    /// changes.
    ///
    /// For stores without a log of their own; the writer of a [`Database`](crate::store::Database) appends its changes
    /// itself.
    pub fn commit(&self, jobs: Vec<Vec<Change>>) -> Vec<Positions> {
        let mut plan = self.plan();
        let positions = jobs.into_iter().map(|job| plan.add(job)).collect();
        self.publish(plan);
        positions
    }

    /// Begins to assign positions to changes. They are not visible before they are published, and no others may be
    /// planned meanwhile.
    pub(crate) fn plan(&self) -> PlannedChanges {
        let logs = self.logs();
        PlannedChanges {
            contract: self.contract.clone(),
            epoch: logs.epoch.clone(),
            ends: logs.logs.iter().map(Log::cursor).collect(),
            changes: Vec::new(),
        }
    }

    /// Makes changes visible if each follows the last one of its list.
    ///
    /// # Errors
    /// When one does not; then none is appended.
    pub(crate) fn take(&self, plan: PlannedChanges) -> Result<(), OutOfOrder> {
        let mut logs = self.logs();
        let mut next = HashMap::new();
        for record in &plan.changes {
            let list = record.change.list;
            let next = next.entry(list).or_insert_with(|| logs.of(list).at + 1);
            if record.at != *next {
                return Err(OutOfOrder);
            }
            *next += 1;
        }
        self.append(&mut logs, plan);
        Ok(())
    }

    /// Makes changes visible that are later than those of the log.
    pub(crate) fn publish(&self, plan: PlannedChanges) {
        self.append(&mut self.logs(), plan);
    }

    fn append(&self, logs: &mut Logs, plan: PlannedChanges) {
        let mut changed = HashSet::new();
        for record in plan.changes {
            let ChangeRecord { change, .. } = record;
            let log = logs.of(change.list);
            log.at = record.at;
            if let Some(generation) = record.generation {
                log.epoch = epoch(&self.contract, &generation);
            }
            log.take(change.effect, change.reach, self.keep);
            changed.insert(change.list);
        }
        for list in changed {
            let log = logs.of(list);
            log.unpublished_since.get_or_insert_with(Instant::now);
            log.changed.send_replace(log.at);
        }
    }

    /// The position of a list.
    pub fn position(&self, list: ListId) -> u64 {
        self.logs().of(list).at
    }

    /// The position of a list, with its epoch.
    pub(crate) fn cursor(&self, list: ListId) -> Cursor {
        self.logs().of(list).cursor()
    }

    /// The position of a list, and its changes after `from` that are visible with these scopes. After a position of
    /// another epoch they are unknown.
    pub(crate) fn since(&self, list: ListId, from: &Cursor, scopes: &Scopes) -> (Cursor, Since) {
        let mut logs = self.logs();
        let log = logs.of(list);
        let Some(later) = log.visible_after(from, scopes) else {
            return (log.cursor(), Since::Unknown);
        };
        let mut seen = HashSet::new();
        let mut ids = Vec::new();
        for changed_row in later {
            match changed_row {
                Ok(id) if seen.insert(id) => ids.push(id.clone()),
                Ok(_) => {}
                Err(Hidden) => return (log.cursor(), Since::Unknown),
            }
        }
        (log.cursor(), Since::Rows(ids))
    }

    /// [`ChangeLog::since`] for callers that need to know only whether there are changes: nothing is copied.
    pub(crate) fn has_changes(
        &self,
        list: ListId,
        from: &Cursor,
        scopes: &Scopes,
    ) -> (Cursor, HasChanges) {
        let mut logs = self.logs();
        let log = logs.of(list);
        let mut has_changes = HasChanges::Nothing;
        let Some(later) = log.visible_after(from, scopes) else {
            return (log.cursor(), HasChanges::Unknown);
        };
        for changed_row in later {
            match (changed_row, scopes) {
                (Err(Hidden), _) => return (log.cursor(), HasChanges::Unknown),
                // With all scopes every later change is visible.
                (Ok(_), Scopes::All) => return (log.cursor(), HasChanges::Rows),
                (Ok(_), Scopes::Of(_)) => has_changes = HasChanges::Rows,
            }
        }
        (log.cursor(), has_changes)
    }

    /// A position at or before `from`, from which all changes are known too, and which many positions share.
    ///
    /// Only the three highest bits of the distance to the list's position count. So a client is sent at most a quarter
    /// more changes than it needs, and there are only about fifty different answers, whatever positions clients invent.
    pub(crate) fn coarse(&self, list: ListId, from: &Cursor, scopes: &Scopes) -> Cursor {
        let mut logs = self.logs();
        let log = logs.of(list);
        let (Some(asked), Some(distance)) = (log.index_after(from), log.at.checked_sub(from.at))
        else {
            return from.clone();
        };
        let start = usize::try_from(rounded_up(distance)).unwrap_or(usize::MAX);
        let start = log.changes.len().saturating_sub(start);
        // Changes after a hidden one are known, but not those before it.
        let hidden = match scopes {
            Scopes::All => None,
            Scopes::Of(_) => {
                let added = log.changes.range(start..asked).enumerate().rev();
                let mut hidden =
                    added.filter(|(_, changed_row)| changed_row.reach == Reach::Everybody);
                hidden.next().map(|(index, _)| start + index + 1)
            }
        };
        Cursor {
            epoch: from.epoch.clone(),
            at: from.at - (asked - hidden.unwrap_or(start)) as u64,
        }
    }

    /// The last position up to `given` with a change that is visible with these scopes: their view of the list reaches
    /// it. `None` in another epoch than that of `given`, where it does not.
    pub(crate) fn last_visible_up_to(
        &self,
        list: ListId,
        given: &Cursor,
        scopes: &Scopes,
    ) -> Option<u64> {
        let mut logs = self.logs();
        let log = logs.of(list);
        match scopes {
            _ if given.epoch != log.epoch => return None,
            // The client may have the position from before the log was lost.
            _ if given.at > log.at => return None,
            Scopes::All => return Some(given.at),
            none if *none == Scopes::none() => return None,
            Scopes::Of(_) => {}
        }
        let end = log.index_after(given)?;
        let before = log.changes.range(..end).rev();
        let back = before
            .take_while(|changed_row| !changed_row.reach.concerns(scopes))
            .count();
        (back < end).then(|| given.at - back as u64)
    }

    /// Since when the list has had unpublished changes; they count as published from here on.
    pub(crate) fn take_unpublished_since(&self, list: ListId) -> Option<Instant> {
        self.logs().of(list).unpublished_since.take()
    }

    /// The changes could not be published; later ones wait behind them.
    pub(crate) fn restore_unpublished_since(&self, list: ListId, since: Instant) {
        self.logs().of(list).unpublished_since = Some(since);
    }

    /// Notifies of each change of a list.
    pub(crate) fn watch(&self, list: ListId) -> watch::Receiver<u64> {
        self.logs().of(list).changed.subscribe()
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch.clone(),
            at: self.at,
        }
    }

    fn take(&mut self, effect: Effect, reach: Reach, keep: usize) {
        match effect {
            Effect::Row(id) => {
                self.changes.push_back(ChangedRow { id, reach });
                if self.changes.len() > keep {
                    self.changes.pop_front();
                }
            }
            Effect::Reset => self.changes.clear(),
        }
    }

    /// The rows that changed after a position and are visible with these scopes, if they are still known.
    fn visible_after<'l>(
        &'l self,
        position: &Cursor,
        scopes: &'l Scopes,
    ) -> Option<impl Iterator<Item = Result<&'l RowId, Hidden>>> {
        let known = self.index_after(position)?;
        let sees_any = *scopes != Scopes::none();
        let later = self.changes.range(known..).filter(move |_| sees_any);
        Some(
            later.filter_map(move |ChangedRow { id, reach }| match (reach, scopes) {
                (Reach::Everybody, Scopes::Of(_)) => Some(Err(Hidden)),
                _ => reach.concerns(scopes).then_some(Ok(id)),
            }),
        )
    }

    /// The index of the change that follows a position, if it is still known.
    fn index_after(&self, position: &Cursor) -> Option<usize> {
        let later = (position.epoch == self.epoch).then(|| self.at.checked_sub(position.at))??;
        let later = usize::try_from(later).ok()?;
        self.changes.len().checked_sub(later)
    }
}

/// The next number of which only the three highest bits are set.
fn rounded_up(number: u64) -> u64 {
    let low = (u64::BITS - number.leading_zeros()).saturating_sub(3);
    number
        .checked_next_multiple_of(1 << low)
        .unwrap_or(u64::MAX)
}

impl Logs {
    fn of(&mut self, list: ListId) -> &mut Log {
        while self.logs.len() <= list.0 {
            self.logs.push(Log {
                epoch: self.epoch.clone(),
                at: 0,
                changes: VecDeque::new(),
                changed: watch::Sender::new(0),
                unpublished_since: None,
            });
        }
        &mut self.logs[list.0]
    }
}

#[cfg(test)]
mod tests;

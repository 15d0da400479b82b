//! Counts and keeps the changes of every list. The only place that gives positions.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::change::{Change, Effect, ListId, Reach};
use super::positions::{ChangeRecord, Cursor, PlannedChanges, Positions, epoch, new_generation};
use super::{RowId, Scopes};

/// The changes of all lists, as far as they are still kept.
///
/// Positions count within an epoch of their list. A reset ([`Change::reset`]) begins a new one: a client may have seen
/// later changes than the rows have, if these come from a backup, so its position must not be compared with later ones.
/// A store that keeps positions takes them up again after a restart, with the same epochs.
#[derive(Debug)]
pub struct ChangeLog {
    keep: usize,
    /// Stands for the contract of the servers that open the store now: a part of what epochs stand for.
    contract: Arc<str>,
    logs: Mutex<Logs>,
}

/// The logs of all lists. An epoch and the positions in it are read and changed under one lock.
#[derive(Debug)]
struct Logs {
    /// The epoch in which a list begins of which nothing was stored.
    epoch: Arc<str>,
    logs: Vec<Log>,
}

/// The changes of one list: those at the positions `at - touched.len() + 1 ..= at`.
#[derive(Debug)]
struct Log {
    epoch: Arc<str>,
    at: u64,
    touched: VecDeque<ChangedRow>,
    moved: watch::Sender<u64>,
    /// Since when it has had changes that were not sent to its sockets.
    unsent_since: Option<Instant>,
}

/// A row that looks different than before, or is gone.
#[derive(Debug)]
pub(crate) struct ChangedRow {
    pub(crate) id: RowId,
    pub(crate) reach: Reach,
}

/// Where a list stood when it was stored, and what its latest changes touched, the last one at `at`.
#[derive(Debug)]
pub(crate) struct StoredLog {
    pub(crate) generation: Arc<str>,
    pub(crate) at: u64,
    pub(crate) touched: VecDeque<ChangedRow>,
}

/// What happened to a list after a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// These rows changed; each is named once.
    Rows(Vec<RowId>),
    /// That is not known any more, or the position never was.
    Unknown,
}

/// Whether anything happened to a list after a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasChanges {
    Nothing,
    /// Rows that can be named.
    Rows,
    /// That is not known any more, or the position never was.
    Unknown,
}

/// A row changed whose id the caller may not see.
struct Unnamed;

/// Changes do not follow those that a log has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotNext;

impl ChangeLog {
    /// Starts a new epoch, in which the last `keep` changes of each list are known.
    pub fn new(keep: usize) -> Self {
        Self::resume("".into(), &new_generation(), keep, Vec::new())
    }

    /// Goes on where a store has left off, under a contract that this name stands for. `logs` are in the order of the lists; of others nothing is stored
    /// but the `generation`.
    pub(crate) fn resume(
        contract: Arc<str>,
        generation: &str,
        keep: usize,
        logs: Vec<StoredLog>,
    ) -> Self {
        let log = |stored: StoredLog| Log {
            epoch: epoch(&contract, &stored.generation),
            at: stored.at,
            touched: stored.touched,
            moved: watch::Sender::new(stored.at),
            unsent_since: None,
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

    /// Takes what a group of jobs changed, in commit order; gives for each job the positions that contain its changes.
    ///
    /// For stores that keep no log themselves; those of a [`Database`](crate::store::Database) come by its writer.
    pub fn commit(&self, jobs: Vec<Vec<Change>>) -> Vec<Positions> {
        let mut plan = self.plan();
        let positions = jobs.into_iter().map(|job| plan.add(job)).collect();
        self.publish(plan);
        positions
    }

    /// Begins to give changes their positions. They are not seen before they are published, and no others may be planned
    /// meanwhile.
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
    /// When one does not; then none is taken.
    pub(crate) fn take(&self, plan: PlannedChanges) -> Result<(), NotNext> {
        let mut logs = self.logs();
        let mut next = HashMap::new();
        for record in &plan.changes {
            let list = record.change.list;
            let next = next.entry(list).or_insert_with(|| logs.of(list).at + 1);
            if record.at != *next {
                return Err(NotNext);
            }
            *next += 1;
        }
        self.append(&mut logs, plan);
        Ok(())
    }

    /// Makes changes visible that come after those that the log has.
    pub(crate) fn publish(&self, plan: PlannedChanges) {
        self.append(&mut self.logs(), plan);
    }

    fn append(&self, logs: &mut Logs, plan: PlannedChanges) {
        let mut moved = HashSet::new();
        for record in plan.changes {
            let ChangeRecord { change, .. } = record;
            let log = logs.of(change.list);
            log.at = record.at;
            if let Some(generation) = record.generation {
                log.epoch = epoch(&self.contract, &generation);
            }
            log.take(change.effect, change.reach, self.keep);
            moved.insert(change.list);
        }
        for list in moved {
            let log = logs.of(list);
            log.unsent_since.get_or_insert_with(Instant::now);
            log.moved.send_replace(log.at);
        }
    }

    /// Where a list stands.
    pub fn position(&self, list: ListId) -> u64 {
        self.logs().of(list).at
    }

    /// Where a list stands, with the epoch that it is in there.
    pub(crate) fn cursor(&self, list: ListId) -> Cursor {
        self.logs().of(list).cursor()
    }

    /// Where a list stands, and what a caller with these scopes sees of what happened to it after `from`. After a position
    /// of another epoch that is unknown.
    pub(crate) fn since(&self, list: ListId, from: &Cursor, scopes: &Scopes) -> (Cursor, Since) {
        let mut logs = self.logs();
        let log = logs.of(list);
        let Some(later) = log.seen_after(from, scopes) else {
            return (log.cursor(), Since::Unknown);
        };
        let mut seen = HashSet::new();
        let mut ids = Vec::new();
        for touched in later {
            match touched {
                Ok(id) if seen.insert(id) => ids.push(id.clone()),
                Ok(_) => {}
                Err(Unnamed) => return (log.cursor(), Since::Unknown),
            }
        }
        (log.cursor(), Since::Rows(ids))
    }

    /// [`ChangeLog::since`] for who only wants to know whether there is anything: nothing is copied.
    pub(crate) fn has_changes(
        &self,
        list: ListId,
        from: &Cursor,
        scopes: &Scopes,
    ) -> (Cursor, HasChanges) {
        let mut logs = self.logs();
        let log = logs.of(list);
        let mut has_changes = HasChanges::Nothing;
        let Some(later) = log.seen_after(from, scopes) else {
            return (log.cursor(), HasChanges::Unknown);
        };
        for touched in later {
            match (touched, scopes) {
                (Err(Unnamed), _) => return (log.cursor(), HasChanges::Unknown),
                // For those who see all, no later change can be without a name.
                (Ok(_), Scopes::All) => return (log.cursor(), HasChanges::Rows),
                (Ok(_), Scopes::Of(_)) => has_changes = HasChanges::Rows,
            }
        }
        (log.cursor(), has_changes)
    }

    /// A position at or before `from`, from which everything is known too, and which many positions have in common.
    ///
    /// Of the distance to where the list stands, the three highest bits count. So a client is sent at most a quarter more
    /// changes than it asked for, and there are only about fifty different answers, however many positions clients make up.
    pub(crate) fn coarse(&self, list: ListId, from: &Cursor, scopes: &Scopes) -> Cursor {
        let mut logs = self.logs();
        let log = logs.of(list);
        let (Some(asked), Some(distance)) = (log.index_after(from), log.at.checked_sub(from.at))
        else {
            return from.clone();
        };
        let start = usize::try_from(rounded_up(distance)).unwrap_or(usize::MAX);
        let start = log.touched.len().saturating_sub(start);
        // What comes after a change that can't be named is known, but not what comes before it.
        let unnamed = match scopes {
            Scopes::All => None,
            Scopes::Of(_) => {
                let added = log.touched.range(start..asked).enumerate().rev();
                let mut unnamed = added.filter(|(_, touched)| touched.reach == Reach::Everybody);
                unnamed.next().map(|(index, _)| start + index + 1)
            }
        };
        Cursor {
            epoch: from.epoch.clone(),
            at: from.at - (asked - unnamed.unwrap_or(start)) as u64,
        }
    }

    /// The last position up to `given` whose change a caller with these scopes sees: its list is going to get there. None
    /// in another epoch than that of `given`, where it does not.
    pub(crate) fn seen_up_to(&self, list: ListId, given: &Cursor, scopes: &Scopes) -> Option<u64> {
        let mut logs = self.logs();
        let log = logs.of(list);
        match scopes {
            _ if given.epoch != log.epoch => return None,
            // Kept from before the log was lost, perhaps.
            _ if given.at > log.at => return None,
            Scopes::All => return Some(given.at),
            none if *none == Scopes::none() => return None,
            Scopes::Of(_) => {}
        }
        let end = log.index_after(given)?;
        let before = log.touched.range(..end).rev();
        let back = before
            .take_while(|touched| !touched.reach.meets(scopes))
            .count();
        (back < end).then(|| given.at - back as u64)
    }

    /// Since when the list has had changes that were not sent to its sockets; they count as sent from here on.
    pub(crate) fn take_unsent_since(&self, list: ListId) -> Option<Instant> {
        self.logs().of(list).unsent_since.take()
    }

    /// The changes could not be sent; what came later waits behind them.
    pub(crate) fn put_unsent_since(&self, list: ListId, since: Instant) {
        self.logs().of(list).unsent_since = Some(since);
    }

    /// Tells each time a list has moved.
    pub(crate) fn watch(&self, list: ListId) -> watch::Receiver<u64> {
        self.logs().of(list).moved.subscribe()
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
                self.touched.push_back(ChangedRow { id, reach });
                if self.touched.len() > keep {
                    self.touched.pop_front();
                }
            }
            Effect::Reset => self.touched.clear(),
        }
    }

    /// The rows that a caller with these scopes sees changed after a position, if that is still known.
    fn seen_after<'l>(
        &'l self,
        position: &Cursor,
        scopes: &'l Scopes,
    ) -> Option<impl Iterator<Item = Result<&'l RowId, Unnamed>>> {
        let known = self.index_after(position)?;
        let sees_any = *scopes != Scopes::none();
        let later = self.touched.range(known..).filter(move |_| sees_any);
        Some(
            later.filter_map(move |ChangedRow { id, reach }| match (reach, scopes) {
                (Reach::Everybody, Scopes::Of(_)) => Some(Err(Unnamed)),
                _ => reach.meets(scopes).then_some(Ok(id)),
            }),
        )
    }

    /// The index of the change that follows a position, if that is still known.
    fn index_after(&self, position: &Cursor) -> Option<usize> {
        let later = (position.epoch == self.epoch).then(|| self.at.checked_sub(position.at))??;
        let later = usize::try_from(later).ok()?;
        self.touched.len().checked_sub(later)
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
                touched: VecDeque::new(),
                moved: watch::Sender::new(0),
                unsent_since: None,
            });
        }
        &mut self.logs[list.0]
    }
}

#[cfg(test)]
mod tests;

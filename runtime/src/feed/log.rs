//! Counts and keeps the changes of every list. The only place that gives positions.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rowcast_schema::Position;
use tokio::sync::watch;

use crate::RowId;
use crate::random::random;

/// Which live list: its index in the order in which lists are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListId(pub usize);

/// A row that was put, dropped, or looks different now.
pub type Change = (ListId, RowId);

/// The changes of all lists since the server started, as far as they are still kept.
///
/// Positions count from 0 in an epoch that is drawn at each start.
#[derive(Debug)]
pub struct Feed {
    epoch: String,
    keep: usize,
    logs: Mutex<Vec<Log>>,
}

/// The changes of one list: those at the positions `at - ids.len() + 1 ..= at`.
#[derive(Debug)]
struct Log {
    at: u64,
    ids: VecDeque<RowId>,
    moved: watch::Sender<u64>,
}

/// What happened to a list after a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// These rows changed; each is named once.
    Rows(Vec<RowId>),
    /// Nobody knows any more, or the position never was.
    Unknown,
}

impl Feed {
    /// Starts an epoch in which the last `keep` changes of each list are known.
    pub fn new(keep: usize) -> Self {
        Self {
            epoch: format!("{:016x}", random()),
            keep,
            logs: Mutex::default(),
        }
    }

    /// The epoch that all positions belong to.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Takes what a group of jobs changed, in commit order; gives for each job the positions that contain its changes.
    pub fn commit(&self, jobs: &[Vec<Change>]) -> Vec<Vec<(ListId, Position)>> {
        let mut logs = self.logs();
        let positions = jobs
            .iter()
            .map(|changes| self.append(&mut logs, changes))
            .collect();
        let moved: HashSet<ListId> = jobs.iter().flatten().map(|(list, _)| *list).collect();
        for list in moved {
            let log = log_of(&mut logs, list);
            log.moved.send_replace(log.at);
        }
        positions
    }

    /// Sends the whole list to everybody once more, for when its rows were changed behind the store's back.
    pub fn refresh(&self, list: ListId) {
        let mut logs = self.logs();
        forget(log_of(&mut logs, list));
    }

    /// [`Feed::refresh`] for all lists.
    pub fn refresh_all(&self) {
        self.logs().iter_mut().for_each(forget);
    }

    /// Where a list stands.
    pub fn position(&self, list: ListId) -> u64 {
        log_of(&mut self.logs(), list).at
    }

    /// Where a list stands, and what happened to it after `from`.
    pub(crate) fn since(&self, list: ListId, from: u64) -> (u64, Since) {
        let mut logs = self.logs();
        let log = log_of(&mut logs, list);
        let Some(missed) = log
            .at
            .checked_sub(from)
            .and_then(|missed| usize::try_from(missed).ok())
        else {
            return (log.at, Since::Unknown);
        };
        let Some(known) = log.ids.len().checked_sub(missed) else {
            return (log.at, Since::Unknown);
        };
        let mut seen = HashSet::new();
        let ids = log
            .ids
            .range(known..)
            .filter(|id| seen.insert(*id))
            .cloned()
            .collect();
        (log.at, Since::Rows(ids))
    }

    /// Tells each time a list has moved.
    pub(crate) fn watch(&self, list: ListId) -> watch::Receiver<u64> {
        log_of(&mut self.logs(), list).moved.subscribe()
    }

    fn append(&self, logs: &mut Vec<Log>, changes: &[Change]) -> Vec<(ListId, Position)> {
        let mut positions: Vec<(ListId, Position)> = Vec::new();
        for (list, id) in changes {
            let log = log_of(logs, *list);
            log.at += 1;
            log.ids.push_back(id.clone());
            if log.ids.len() > self.keep {
                log.ids.pop_front();
            }
            match positions.iter_mut().find(|(changed, _)| changed == list) {
                Some((_, position)) => position.at = log.at,
                None => positions.push((
                    *list,
                    Position {
                        epoch: self.epoch.clone(),
                        at: log.at,
                    },
                )),
            }
        }
        positions
    }

    fn logs(&self) -> MutexGuard<'_, Vec<Log>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log_of(logs: &mut Vec<Log>, list: ListId) -> &mut Log {
    while logs.len() <= list.0 {
        logs.push(Log {
            at: 0,
            ids: VecDeque::new(),
            moved: watch::Sender::new(0),
        });
    }
    &mut logs[list.0]
}

fn forget(log: &mut Log) {
    log.at += 1;
    log.ids.clear();
    log.moved.send_replace(log.at);
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ListId = ListId(0);
    const B: ListId = ListId(1);

    fn rows(ids: &[i64]) -> Since {
        Since::Rows(ids.iter().copied().map(RowId::from).collect())
    }

    fn at(positions: &[(ListId, Position)]) -> Vec<(ListId, u64)> {
        positions
            .iter()
            .map(|(list, position)| (*list, position.at))
            .collect()
    }

    #[test]
    fn each_job_learns_the_positions_that_contain_its_changes() {
        let feed = Feed::new(10);
        let positions = feed.commit(&[
            vec![(A, 1.into()), (B, 7.into()), (A, 2.into())],
            Vec::new(),
            vec![(A, 1.into())],
        ]);
        assert_eq!(at(&positions[0]), [(A, 2), (B, 1)]);
        assert_eq!(at(&positions[1]), []);
        assert_eq!(at(&positions[2]), [(A, 3)]);
        assert_eq!(feed.since(A, 0), (3, rows(&[1, 2])));
        assert_eq!(feed.since(A, 1), (3, rows(&[2, 1])));
        assert_eq!(feed.since(A, 3), (3, rows(&[])));
        assert_eq!(feed.since(B, 0), (1, rows(&[7])));
    }

    #[test]
    fn what_is_not_kept_or_never_was_is_unknown() {
        let feed = Feed::new(2);
        feed.commit(&[vec![(A, 1.into()), (A, 2.into()), (A, 3.into())]]);
        assert_eq!(feed.since(A, 1), (3, rows(&[2, 3])));
        assert_eq!(feed.since(A, 0), (3, Since::Unknown));
        assert_eq!(feed.since(A, 4), (3, Since::Unknown));
        assert_eq!(feed.since(A, u64::MAX), (3, Since::Unknown));
    }

    #[test]
    fn a_refresh_is_a_change_that_nobody_can_name() {
        let feed = Feed::new(10);
        feed.commit(&[vec![(A, 1.into())]]);
        feed.refresh(A);
        assert_eq!(feed.since(A, 1), (2, Since::Unknown));
        assert_eq!(feed.since(A, 2), (2, rows(&[])));
    }

    #[test]
    fn epochs_differ() {
        assert_ne!(Feed::new(1).epoch(), Feed::new(1).epoch());
    }
}

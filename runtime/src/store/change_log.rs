//! Counts and keeps the changes of every list. The only place that gives positions.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rowcast_schema::Position;
use tokio::sync::watch;

use super::change::{Change, Effect, ListId, Reach};
use super::{RowId, Scopes, random};

/// Where the changes of a job are: for each list that it changed, the position that contains them.
pub type Positions = Vec<(ListId, Position)>;

/// The changes of all lists, as far as they are still kept.
///
/// Positions count within an epoch of their list. A reset ([`Change::reset`]) begins a new one: a client may have seen
/// later changes than the rows have, if these come from a backup, so its position must not be compared with later ones.
/// A store that keeps positions takes them up again after a restart, with the same epochs.
#[derive(Debug)]
pub struct ChangeLog {
    keep: usize,
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
    /// Since when it has had changes that were not published to its sockets.
    unpublished_since: Option<Instant>,
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
    pub(crate) epoch: Arc<str>,
    pub(crate) at: u64,
    pub(crate) touched: VecDeque<ChangedRow>,
}

/// Changes with the positions that they will have once they are published.
#[derive(Debug)]
pub(crate) struct PlannedChanges {
    /// The epoch in which a list begins that the log does not know yet.
    epoch: Arc<str>,
    /// Where the lists will stand.
    ends: Vec<Cursor>,
    changes: Vec<ChangeRecord>,
}

/// A position of a list, and the epoch in which it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cursor {
    pub(crate) epoch: Arc<str>,
    pub(crate) at: u64,
}

/// A change with its position, and the epoch if it begins one.
#[derive(Debug)]
pub(crate) struct ChangeRecord {
    pub(crate) at: u64,
    pub(crate) change: Change,
    pub(crate) epoch: Option<Arc<str>>,
}

/// What happened to a list after a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// These rows changed; each is named once.
    Rows(Vec<RowId>),
    /// Nobody knows any more, or the position never was.
    Unknown,
}

/// Whether anything happened to a list after a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasChanges {
    Nothing,
    /// Rows that can be named.
    Rows,
    /// Nobody knows any more, or the position never was.
    Unknown,
}

/// Something changed, and who sees it may not be told which row.
struct Unnamed;

impl ChangeLog {
    /// Starts a new epoch, in which the last `keep` changes of each list are known.
    pub fn new(keep: usize) -> Self {
        Self::resume(new_epoch(), keep, Vec::new())
    }

    /// Goes on where a store has left off. `logs` are in the order of the lists.
    pub(crate) fn resume(epoch: Arc<str>, keep: usize, logs: Vec<StoredLog>) -> Self {
        let log = |StoredLog { epoch, at, touched }| Log {
            epoch,
            at,
            touched,
            moved: watch::Sender::new(at),
            unpublished_since: None,
        };
        let logs = logs.into_iter().map(log).collect();
        Self {
            keep,
            logs: Mutex::new(Logs { epoch, logs }),
        }
    }

    /// The epoch that the positions of a list belong to now.
    pub fn epoch(&self, list: ListId) -> Arc<str> {
        self.logs().of(list).epoch.clone()
    }

    /// Takes what a group of jobs changed, in commit order; gives for each job the positions that contain its changes.
    ///
    /// For stores that keep no log themselves; those of a [`Database`](crate::store::sqlite::Database) come by its writer.
    pub fn commit(&self, jobs: Vec<Vec<Change>>) -> Vec<Positions> {
        let mut plan = self.plan();
        let positions = jobs.into_iter().map(|job| plan.add(job)).collect();
        self.publish(plan);
        positions
    }

    /// Begins to give changes their positions. Nobody sees them before they are published, and nobody else may plan
    /// meanwhile.
    pub(crate) fn plan(&self) -> PlannedChanges {
        let logs = self.logs();
        PlannedChanges {
            epoch: logs.epoch.clone(),
            ends: logs.logs.iter().map(Log::cursor).collect(),
            changes: Vec::new(),
        }
    }

    /// Lets everybody see planned changes.
    pub(crate) fn publish(&self, plan: PlannedChanges) {
        let mut logs = self.logs();
        let mut moved = HashSet::new();
        for ChangeRecord { at, change, epoch } in plan.changes {
            let log = logs.of(change.list);
            log.at = at;
            if let Some(epoch) = epoch {
                log.epoch = epoch;
            }
            log.take(change.effect, change.reach, self.keep);
            moved.insert(change.list);
        }
        for list in moved {
            let log = logs.of(list);
            log.unpublished_since.get_or_insert_with(Instant::now);
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

    /// Where a list stands, and what somebody with these scopes sees of what happened to it after `from`. After a position
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

    /// The last position up to `given` whose change somebody with these scopes sees: their list is going to get there. None
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

    /// Since when the list has had changes that were not published to its sockets; they count as published from here on.
    pub(crate) fn take_unpublished_since(&self, list: ListId) -> Option<Instant> {
        self.logs().of(list).unpublished_since.take()
    }

    /// The changes could not be published; what came later waits behind them.
    pub(crate) fn put_unpublished_since(&self, list: ListId, since: Instant) {
        self.logs().of(list).unpublished_since = Some(since);
    }

    /// Tells each time a list has moved.
    pub(crate) fn watch(&self, list: ListId) -> watch::Receiver<u64> {
        self.logs().of(list).moved.subscribe()
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PlannedChanges {
    /// Gives the changes of one job the positions that follow; returns those that contain all of them.
    /// A reset begins a new epoch, in which positions go on counting.
    pub(crate) fn add(&mut self, changes: Vec<Change>) -> Positions {
        let mut positions = Positions::new();
        for change in changes {
            let list = change.list;
            let epoch = (change.effect == Effect::Reset).then(new_epoch);
            let end = self.end(list);
            end.at += 1;
            if let Some(epoch) = &epoch {
                end.epoch = epoch.clone();
            }
            let (at, position) = (end.at, end.position());
            match positions.iter_mut().find(|(changed, _)| *changed == list) {
                Some((_, earlier)) => *earlier = position,
                None => positions.push((list, position)),
            }
            self.changes.push(ChangeRecord { at, change, epoch });
        }
        positions
    }

    /// All changes so far, in the order of their positions.
    pub(crate) fn changes(&self) -> &[ChangeRecord] {
        &self.changes
    }

    /// Takes a change that has its position already. What is missing before it is not known any more.
    pub(crate) fn add_at(&mut self, at: u64, change: Change) {
        let list = change.list;
        let end = self.end(list);
        let follows = end.at + 1 == at;
        end.at = at;
        let change = if follows { change } else { Change::reset(list) };
        self.changes.push(ChangeRecord {
            at,
            change,
            epoch: None,
        });
    }

    /// Takes the epoch that a list is in by now. If it is another one, what happened in it so far is not known.
    pub(crate) fn enter(&mut self, list: ListId, epoch: Arc<str>) {
        let end = self.end(list);
        if end.epoch == epoch {
            return;
        }
        end.epoch = epoch.clone();
        let at = end.at;
        self.changes.push(ChangeRecord {
            at,
            change: Change::reset(list),
            epoch: Some(epoch),
        });
    }

    fn end(&mut self, list: ListId) -> &mut Cursor {
        if self.ends.len() <= list.0 {
            let beginning = Cursor {
                epoch: self.epoch.clone(),
                at: 0,
            };
            self.ends.resize(list.0 + 1, beginning);
        }
        &mut self.ends[list.0]
    }
}

impl Cursor {
    fn position(&self) -> Position {
        Position {
            epoch: self.epoch.to_string(),
            at: self.at,
        }
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
            Effect::Put(id) | Effect::Drop(id) => {
                self.touched.push_back(ChangedRow { id, reach });
                if self.touched.len() > keep {
                    self.touched.pop_front();
                }
            }
            Effect::Reset => self.touched.clear(),
        }
    }

    /// The rows that somebody with these scopes sees changed after a position, if that is still known.
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

/// A name for an epoch; short, since it travels with every change.
pub(crate) fn new_epoch() -> Arc<str> {
    format!("{:08x}", random() as u32).into()
}

impl Logs {
    fn of(&mut self, list: ListId) -> &mut Log {
        while self.logs.len() <= list.0 {
            self.logs.push(Log {
                epoch: self.epoch.clone(),
                at: 0,
                touched: VecDeque::new(),
                moved: watch::Sender::new(0),
                unpublished_since: None,
            });
        }
        &mut self.logs[list.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A position of the epoch that a list is in.
    fn cursor(log: &ChangeLog, list: ListId, at: u64) -> Cursor {
        let epoch = log.epoch(list);
        Cursor { epoch, at }
    }

    fn since(log: &ChangeLog, list: ListId, from: u64, scopes: &Scopes) -> (u64, Since) {
        let (to, since) = log.since(list, &cursor(log, list, from), scopes);
        (to.at, since)
    }

    fn has_changes(log: &ChangeLog, list: ListId, from: u64, scopes: &Scopes) -> (u64, HasChanges) {
        let (to, has_changes) = log.has_changes(list, &cursor(log, list, from), scopes);
        (to.at, has_changes)
    }

    fn coarse(log: &ChangeLog, list: ListId, from: u64, scopes: &Scopes) -> u64 {
        log.coarse(list, &cursor(log, list, from), scopes).at
    }

    const A: ListId = ListId(0);
    const B: ListId = ListId(1);

    fn put(list: ListId, id: i64) -> Change {
        Change::put(list, id)
    }

    fn rows(ids: &[i64]) -> Since {
        Since::Rows(ids.iter().copied().map(RowId::from).collect())
    }

    fn touched(id: i64) -> ChangedRow {
        ChangedRow {
            id: RowId::from(id),
            reach: Reach::Everybody,
        }
    }

    fn at(positions: &[(ListId, Position)]) -> Vec<(ListId, u64)> {
        positions
            .iter()
            .map(|(list, position)| (*list, position.at))
            .collect()
    }

    #[test]
    fn each_job_learns_the_positions_that_contain_its_changes() {
        let log = ChangeLog::new(10);
        let positions = log.commit(vec![
            vec![put(A, 1), put(B, 7), Change::drop(A, 2)],
            Vec::new(),
            vec![put(A, 1)],
        ]);
        assert_eq!(at(&positions[0]), [(A, 2), (B, 1)]);
        assert_eq!(at(&positions[1]), []);
        assert_eq!(at(&positions[2]), [(A, 3)]);
        assert_eq!(since(&log, A, 0, &Scopes::All), (3, rows(&[1, 2])));
        assert_eq!(since(&log, A, 1, &Scopes::All), (3, rows(&[2, 1])));
        assert_eq!(since(&log, A, 3, &Scopes::All), (3, rows(&[])));
        assert_eq!(since(&log, B, 0, &Scopes::All), (1, rows(&[7])));
    }

    #[test]
    fn what_is_planned_is_not_seen_and_leaves_no_gap_when_it_is_given_up() {
        let log = ChangeLog::new(10);
        log.commit(vec![vec![put(A, 1)]]);
        let mut given_up = log.plan();
        assert_eq!(at(&given_up.add(vec![put(A, 2)])), [(A, 2)]);
        assert_eq!(at(&given_up.add(vec![put(A, 3)])), [(A, 3)]);
        assert_eq!(since(&log, A, 0, &Scopes::All), (1, rows(&[1])));
        let positions = log.commit(vec![vec![put(A, 3)]]);
        assert_eq!(at(&positions[0]), [(A, 2)]);
        assert_eq!(since(&log, A, 0, &Scopes::All), (2, rows(&[1, 3])));
    }

    #[test]
    fn what_is_not_kept_or_never_was_is_unknown() {
        let log = ChangeLog::new(2);
        log.commit(vec![vec![put(A, 1), put(A, 2), put(A, 3)]]);
        assert_eq!(since(&log, A, 1, &Scopes::All), (3, rows(&[2, 3])));
        assert_eq!(since(&log, A, 0, &Scopes::All), (3, Since::Unknown));
        assert_eq!(since(&log, A, 4, &Scopes::All), (3, Since::Unknown));
        assert_eq!(since(&log, A, u64::MAX, &Scopes::All), (3, Since::Unknown));
    }

    #[test]
    fn a_reset_is_a_change_that_nobody_can_name() {
        let log = ChangeLog::new(10);
        log.commit(vec![vec![put(A, 1), Change::reset(A)]]);
        assert_eq!(since(&log, A, 1, &Scopes::All), (2, Since::Unknown));
        assert_eq!(since(&log, A, 2, &Scopes::All), (2, rows(&[])));
    }

    #[test]
    fn a_reset_begins_an_epoch_of_its_list_in_which_positions_go_on() {
        let log = ChangeLog::new(10);
        let first = log.epoch(A);
        let jobs = vec![
            vec![put(A, 1)],
            vec![Change::reset(A), put(A, 2)],
            vec![put(B, 1)],
        ];
        let positions = log.commit(jobs);
        let second = log.epoch(A);
        assert_ne!(second, first);
        assert_eq!(log.epoch(B), first);
        let of = |job: usize| (&*positions[job][0].1.epoch, positions[job][0].1.at);
        assert_eq!(
            [of(0), of(1), of(2)],
            [(&*first, 1), (&*second, 3), (&*first, 1)]
        );
    }

    #[test]
    fn an_epoch_that_another_process_began_is_entered_once() {
        let log = ChangeLog::new(10);
        log.commit(vec![vec![put(A, 1), put(A, 2)]]);
        let ours = log.cursor(A);
        assert_eq!(log.seen_up_to(A, &ours, &Scopes::All), Some(2));
        let mut moved = log.watch(A);
        for _ in 0..2 {
            let mut plan = log.plan();
            plan.enter(A, "theirs".into());
            log.publish(plan);
        }
        assert_eq!((&*log.epoch(A), log.position(A)), ("theirs", 2));
        // The position is the same, but of another epoch.
        assert_eq!(
            log.has_changes(A, &ours, &Scopes::All).1,
            HasChanges::Unknown
        );
        assert_eq!(log.since(A, &ours, &Scopes::All).1, Since::Unknown);
        assert_eq!(log.coarse(A, &ours, &Scopes::All), ours);
        assert_eq!(log.seen_up_to(A, &ours, &Scopes::All), None);
        assert_eq!(since(&log, A, 1, &Scopes::All), (2, Since::Unknown));
        assert!(moved.has_changed().unwrap());
        moved.mark_unchanged();
        let mut plan = log.plan();
        plan.enter(A, "theirs".into());
        log.publish(plan);
        assert!(!moved.has_changed().unwrap());
    }

    #[test]
    fn a_stored_log_is_taken_up_where_it_ended() {
        let stored = StoredLog {
            epoch: "e".into(),
            at: 7,
            touched: [3, 4].map(touched).into(),
        };
        let log = ChangeLog::resume("other".into(), 10, vec![stored]);
        assert_eq!((&*log.epoch(A), &*log.epoch(B)), ("e", "other"));
        assert_eq!(since(&log, A, 5, &Scopes::All), (7, rows(&[3, 4])));
        assert_eq!(since(&log, A, 4, &Scopes::All), (7, Since::Unknown));
        assert_eq!(at(&log.commit(vec![vec![put(A, 5)]])[0]), [(A, 8)]);
    }

    #[test]
    fn what_was_given_positions_elsewhere_is_taken_with_them() {
        let log = ChangeLog::new(10);
        log.commit(vec![vec![put(A, 1)]]);
        let mut plan = log.plan();
        plan.add_at(2, put(A, 2));
        plan.add_at(3, put(A, 3));
        plan.add_at(7, put(B, 4));
        log.publish(plan);
        assert_eq!(since(&log, A, 0, &Scopes::All), (3, rows(&[1, 2, 3])));
        assert_eq!(since(&log, B, 0, &Scopes::All), (7, Since::Unknown));
        assert_eq!(since(&log, B, 7, &Scopes::All), (7, rows(&[])));
    }

    #[test]
    fn each_scope_sees_what_came_went_or_changed_in_it() {
        let log = ChangeLog::new(10);
        let (mine, other) = (Scopes::of([1]), Scopes::of([2]));
        log.commit(vec![vec![
            put(A, 10).within([1]),
            put(A, 20).within([2]),
            put(A, 30).within([1, 2]),
        ]]);
        assert_eq!(since(&log, A, 0, &mine), (3, rows(&[10, 30])));
        assert_eq!(since(&log, A, 0, &other), (3, rows(&[20, 30])));
        assert_eq!(
            since(&log, A, 0, &Scopes::of([1, 2])),
            (3, rows(&[10, 20, 30]))
        );
        assert_eq!(since(&log, A, 0, &Scopes::All), (3, rows(&[10, 20, 30])));
        assert_eq!(since(&log, A, 0, &Scopes::none()), (3, rows(&[])));
    }

    #[test]
    fn a_change_of_unknown_scope_names_its_row_to_those_only_who_see_all() {
        let log = ChangeLog::new(10);
        log.commit(vec![vec![put(A, 10).within([1]), Change::drop(A, 20)]]);
        assert_eq!(since(&log, A, 0, &Scopes::All), (2, rows(&[10, 20])));
        assert_eq!(since(&log, A, 0, &Scopes::of([1])), (2, Since::Unknown));
        assert_eq!(since(&log, A, 2, &Scopes::of([1])), (2, rows(&[])));
    }

    #[test]
    fn a_glance_tells_what_a_longer_look_would() {
        let log = ChangeLog::new(3);
        log.commit(vec![vec![
            put(A, 1).within([1]),
            put(A, 2).within([1]),
            put(A, 3).within([2]),
            put(A, 4),
        ]]);
        let everybody = [
            Scopes::All,
            Scopes::none(),
            Scopes::of([1]),
            Scopes::of([2]),
            Scopes::of([3]),
        ];
        for scopes in everybody {
            for from in 0..6 {
                let (at, since) = since(&log, A, from, &scopes);
                let expected = match since {
                    Since::Rows(ids) if ids.is_empty() => HasChanges::Nothing,
                    Since::Rows(_) => HasChanges::Rows,
                    Since::Unknown => HasChanges::Unknown,
                };
                assert_eq!(
                    has_changes(&log, A, from, &scopes),
                    (at, expected),
                    "{scopes:?} {from}"
                );
            }
        }
    }

    #[test]
    fn few_positions_stand_for_all_and_add_at_most_a_quarter() {
        let log = ChangeLog::new(10_000);
        log.commit(vec![(0..12_000).map(|id| put(A, id)).collect()]);
        let mut different = HashSet::new();
        for from in 2000..12_000 {
            let earlier = coarse(&log, A, from, &Scopes::All);
            let distance = 12_000 - from;
            assert!(earlier <= from && from - earlier <= distance / 4, "{from}");
            assert!(distance >= 8 || earlier == from, "{from}");
            let has_changes = has_changes(&log, A, earlier, &Scopes::All).1;
            assert_eq!(
                has_changes,
                HasChanges::Rows,
                "{earlier} is not known any more"
            );
            different.insert(earlier);
        }
        assert!(different.len() <= 55, "{}", different.len());
        for unknown in [0, 1999, 12_001, u64::MAX] {
            assert_eq!(coarse(&log, A, unknown, &Scopes::All), unknown);
        }
    }

    #[test]
    fn a_coarse_position_is_not_before_what_the_scope_may_not_be_told() {
        let log = ChangeLog::new(1000);
        let mine = Scopes::of([1]);
        let changes = (0..400).map(|id| match id {
            // Of position 300.
            299 => put(A, id),
            _ => put(A, id).within([1]),
        });
        log.commit(vec![changes.collect()]);
        for from in 300..400 {
            let earlier = coarse(&log, A, from, &mine);
            assert!((300..=from).contains(&earlier), "{from}: {earlier}");
            assert_ne!(has_changes(&log, A, earlier, &mine).1, HasChanges::Unknown);
        }
        assert!(coarse(&log, A, 301, &Scopes::All) < 300);
    }

    #[test]
    fn a_position_is_one_that_the_scope_gets_to() {
        let log = ChangeLog::new(3);
        log.commit(vec![vec![
            put(A, 10).within([1]),
            put(A, 20).within([1]),
            put(A, 30).within([2]),
            put(A, 40).within([1]),
        ]]);
        let seen = |at, scopes: Scopes| log.seen_up_to(A, &cursor(&log, A, at), &scopes);
        assert_eq!(seen(4, Scopes::of([1])), Some(4));
        assert_eq!(seen(3, Scopes::of([1])), Some(2));
        assert_eq!(seen(4, Scopes::of([2])), Some(3));
        assert_eq!(seen(2, Scopes::of([2])), None);
        assert_eq!(seen(4, Scopes::none()), None);
        assert_eq!(seen(9, Scopes::of([1])), None);
        assert_eq!(seen(9, Scopes::All), None);
        // What concerns everybody concerns only those who see anything.
        log.commit(vec![vec![put(A, 50)]]);
        assert_eq!(seen(5, Scopes::of([3])), Some(5));
        assert_eq!(seen(5, Scopes::none()), None);
        assert_eq!(seen(4, Scopes::All), Some(4));
    }

    #[test]
    fn epochs_differ() {
        assert_ne!(ChangeLog::new(1).epoch(A), ChangeLog::new(1).epoch(A));
    }
}

//! Brings stored changes into the change log, those of this process and of others.

use std::sync::Arc;

use super::change_log::OutOfOrder;
use super::{Change, ChangeLog, Effect, Error, ListDefinition, ListId, PlannedChanges, Reach};

/// The change records in a database, as of one moment.
pub(super) trait StoredChanges {
    /// The generation of a list, and its records after a position, in their order.
    ///
    /// # Errors
    /// An internal error of the database.
    fn after(&self, list: &ListDefinition, position: u64) -> Result<LaterRecords, Error>;
}

/// The records of a list after a position.
#[derive(Debug)]
pub(super) struct LaterRecords {
    /// Determines the epoch, together with the contract; `None` if nothing is stored of the list.
    pub(super) generation: Option<Arc<str>>,
    pub(super) records: Vec<LaterRecord>,
}

/// A change with its position.
#[derive(Debug)]
pub(super) struct LaterRecord {
    pub(super) at: u64,
    pub(super) effect: Effect,
    pub(super) reach: Reach,
}

/// Brings stored changes into the change log. Nothing else does, so the log equals the database, in the order of its
/// commits, whichever process made them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Follower<'l> {
    pub(super) lists: &'static [ListDefinition],
    pub(super) change_log: &'l ChangeLog,
}

impl Follower<'_> {
    /// Reads what was stored since the last read.
    ///
    /// # Errors
    /// Those of `stored`; then nothing is appended.
    pub(super) fn read(&self, stored: &impl StoredChanges) -> Result<(), Error> {
        let mut plan = self.change_log.plan();
        for (index, definition) in self.lists.iter().enumerate() {
            let list = ListId(index);
            let later = stored.after(definition, self.change_log.position(list))?;
            for LaterRecord { at, effect, reach } in later.records {
                let change = Change {
                    list,
                    effect,
                    reach,
                };
                plan.add_at(at, change);
            }
            if let Some(generation) = later.generation {
                plan.set_generation(list, generation);
            }
        }
        self.change_log.publish(plan);
        Ok(())
    }

    /// Appends what a commit of this process has stored, if nothing else was stored before it; otherwise reads all that
    /// was stored.
    ///
    /// # Errors
    /// As [`Follower::read`].
    pub(super) fn committed(
        &self,
        plan: PlannedChanges,
        stored: &impl StoredChanges,
    ) -> Result<(), Error> {
        match self.change_log.take(plan) {
            Ok(()) => Ok(()),
            Err(OutOfOrder) => self.read(stored),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{HasChanges, Scopes, Since};

    const NOTES: ListId = ListId(0);
    const LISTS: &[ListDefinition] = &[ListDefinition::new("notes")];

    /// Stored changes of one list: the rows that changed, from position 1 on.
    struct Rows {
        generation: &'static str,
        ids: Vec<i64>,
    }

    impl StoredChanges for Rows {
        fn after(&self, _: &ListDefinition, position: u64) -> Result<LaterRecords, Error> {
            let later = (1..).zip(&self.ids).filter(|(at, _)| *at > position);
            let records = later.map(|(at, id)| LaterRecord {
                at,
                effect: Effect::Row((*id).into()),
                reach: Reach::Everybody,
            });
            Ok(LaterRecords {
                generation: Some(self.generation.into()),
                records: records.collect(),
            })
        }
    }

    fn stored(ids: &[i64]) -> Rows {
        let ids = ids.to_vec();
        Rows {
            generation: "g",
            ids,
        }
    }

    fn rows(log: &ChangeLog) -> (u64, Since) {
        let mut start = log.cursor(NOTES);
        start.at = 0;
        let (to, since) = log.since(NOTES, &start, &Scopes::All);
        (to.at, since)
    }

    fn expected(ids: &[i64]) -> Since {
        Since::Rows(ids.iter().map(|id| (*id).into()).collect())
    }

    #[test]
    fn a_commit_is_taken_as_it_is_if_nothing_was_stored_before_it() {
        let log = ChangeLog::resume("".into(), "g", 10, Vec::new());
        let follower = Follower {
            lists: LISTS,
            change_log: &log,
        };
        let mut plan = log.plan();
        plan.add(vec![Change::row(NOTES, 7), Change::row(NOTES, 8)]);
        // The stored changes are not read: they would have other rows.
        follower.committed(plan, &stored(&[1, 2])).unwrap();
        assert_eq!(rows(&log), (2, expected(&[7, 8])));
    }

    #[test]
    fn of_a_commit_behind_others_all_is_read() {
        let log = ChangeLog::resume("".into(), "g", 10, Vec::new());
        let follower = Follower {
            lists: LISTS,
            change_log: &log,
        };
        let mut plan = log.plan();
        // Another process has stored two changes before this one was assigned its position.
        plan.add_at(3, Change::row(NOTES, 9));
        follower.committed(plan, &stored(&[7, 8, 9])).unwrap();
        assert_eq!(rows(&log), (3, expected(&[7, 8, 9])));
    }

    #[test]
    fn another_generation_is_another_epoch() {
        let log = ChangeLog::resume("".into(), "g", 10, Vec::new());
        let follower = Follower {
            lists: LISTS,
            change_log: &log,
        };
        follower.read(&stored(&[7])).unwrap();
        let before = log.cursor(NOTES);
        let reset = Rows {
            generation: "h",
            ..stored(&[7, 8])
        };
        follower.read(&reset).unwrap();
        assert_ne!(log.epoch(NOTES), before.epoch);
        let (at, has_changes) = log.has_changes(NOTES, &before, &Scopes::All);
        assert_eq!((at.at, has_changes), (2, HasChanges::Unknown));
    }
}

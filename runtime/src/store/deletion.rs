//! Deletions that include other rows, as their relations define.

use rowcast_schema::{FieldCode, FieldErrors, NO_FIELD};

use super::transaction::Deletion;
use super::{Error, ListId, Read, RowId, Statement, Transaction};

/// Rows in a chain that are deleted together at most; the writer's stack grows with them.
pub const MAX_DEPTH: usize = 10_000;
/// Bytes of stack that one row in a chain needs at most, with the statements and change records of its deletion.
const STACK_OF_A_ROW: usize = 128 * 1024;
/// Bytes by which the stack grows when less than [`STACK_OF_A_ROW`] is left. They are freed after the deletion.
const STACK_GROWTH: usize = 1024 * 1024;

impl Transaction<'_> {
    /// Deletes a row with all rows that are deleted with it, or nothing: code that continues after an error finds
    /// everything unchanged.
    ///
    /// Whether a remaining row still refers to one of the deleted rows is checked when all are deleted, so that neither
    /// their order nor a cycle among them matters. Cascades of the database would not report which rows they delete.
    ///
    /// # Errors
    /// Those of `delete`; a conflict when a remaining row refers to one that would be deleted.
    pub fn delete_together(
        &self,
        delete: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        if self.deletion.borrow().is_some() {
            return delete();
        }
        let change_count = self.changes.borrow().len();
        self.execute("SAVEPOINT rowcast_deletion", [])?;
        self.deletion.replace(Some(Deletion::default()));
        let deleted = self.delete_unchecked(delete);
        self.deletion.replace(None);
        if deleted.is_err() {
            self.execute("ROLLBACK TO rowcast_deletion", [])?;
            self.changes.borrow_mut().truncate(change_count);
        }
        self.execute("RELEASE rowcast_deletion", [])?;
        // Only during a deletion: deferred checks run in the commit, which other jobs share.
        self.check_references_at_once(true)?;
        deleted
    }

    fn delete_unchecked(
        &self,
        delete: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        self.check_references_at_once(false)?;
        let deleted = delete()?;
        let deleted_rows = self.deletion.take().unwrap_or_default().deleted;
        for (referrers, id) in deleted_rows {
            for referrer in referrers {
                if self.exists(referrer, [&id])? {
                    return Err(Error::Conflict(FieldErrors::general(FieldCode::InUse)));
                }
            }
        }
        Ok(deleted)
    }

    /// Records a deleted row, in a deletion that includes others. `referrers` find rows that refer to it.
    pub fn gone(
        &self,
        list: ListId,
        id: impl Into<RowId>,
        referrers: &'static [Statement<'static>],
    ) {
        let id = id.into();
        self.changed(list, id.clone());
        if let Some(deletion) = self.deletion.borrow_mut().as_mut() {
            deletion.deleted.push((referrers, id));
        }
    }

    /// Deletes a row with the rows that belong to it, unless its deletion is in progress already because rows belong to
    /// each other in a cycle; returns whether there was a row.
    ///
    /// # Errors
    /// Those of `delete`; a conflict when more rows than [`MAX_DEPTH`] belong to each other in a chain.
    pub fn delete_once(
        &self,
        list: ListId,
        id: impl Into<RowId>,
        delete: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let row = (list, id.into());
        if !self.begin_deletion(row.clone())? {
            return Ok(false);
        }
        let deleted = stacker::maybe_grow(STACK_OF_A_ROW, STACK_GROWTH, delete);
        if let Some(deletion) = self.deletion.borrow_mut().as_mut() {
            deletion.in_progress.remove(&row);
        }
        deleted
    }

    /// Marks the deletion of a row as in progress; returns false if it was already.
    fn begin_deletion(&self, row: (ListId, RowId)) -> Result<bool, Error> {
        let mut deletion = self.deletion.borrow_mut();
        let in_progress = &mut deletion.get_or_insert_default().in_progress;
        if in_progress.len() >= MAX_DEPTH {
            return Err(Error::conflict(
                NO_FIELD,
                "too many rows would have to be deleted with it",
            ));
        }
        Ok(in_progress.insert(row))
    }
}

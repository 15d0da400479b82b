//! Deletions that take other rows along, as their relations say.

use rowcast_schema::{FieldCode, FieldErrors, NO_FIELD};

use super::transaction::Deletion;
use super::{Error, ListId, Read, RowId, Statement, Transaction};

/// At most so many rows in a chain are deleted together; the writer's stack grows with them.
pub const MAX_DEPTH: usize = 10_000;
/// Bytes of stack that one row in a chain needs at most, with the statements and change records of its deletion.
const STACK_OF_A_ROW: usize = 128 * 1024;
/// Bytes by which the stack grows when less than [`STACK_OF_A_ROW`] is left. They are given back after the deletion.
const STACK_GROWTH: usize = 1024 * 1024;

impl Transaction<'_> {
    /// Deletes a row with all that goes with it, or nothing: whoever goes on after an error finds everything as it was.
    ///
    /// Whether something still refers to one of the rows is looked at when all are gone, so that neither their order nor
    /// a circle among them matters. The cascades of databases would not tell which rows they touch.
    ///
    /// # Errors
    /// Those of `delete`; a conflict when a row that stays refers to one that would go.
    pub fn delete_together(
        &self,
        delete: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        if self.deletion.borrow().is_some() {
            return delete();
        }
        let noted = self.changes.borrow().len();
        self.execute("SAVEPOINT rowcast_deletion", [])?;
        self.deletion.replace(Some(Deletion::default()));
        let deleted = self.delete_unchecked(delete);
        self.deletion.replace(None);
        if deleted.is_err() {
            self.execute("ROLLBACK TO rowcast_deletion", [])?;
            self.changes.borrow_mut().truncate(noted);
        }
        self.execute("RELEASE rowcast_deletion", [])?;
        // Not for longer than a deletion: what is not checked at once is checked by the commit, which other jobs share.
        self.check_references_at_once(true)?;
        deleted
    }

    fn delete_unchecked(
        &self,
        delete: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        self.check_references_at_once(false)?;
        let deleted = delete()?;
        let gone = self.deletion.take().unwrap_or_default().gone;
        for (referrers, id) in gone {
            for referrer in referrers {
                if self.exists(referrer, [&id])? {
                    return Err(Error::Conflict(FieldErrors::general(FieldCode::InUse)));
                }
            }
        }
        Ok(deleted)
    }

    /// Notes a row that is gone, in a deletion that takes others along. `referrers` find rows that refer to it.
    pub fn gone(
        &self,
        list: ListId,
        id: impl Into<RowId>,
        referrers: &'static [Statement<'static>],
    ) {
        let id = id.into();
        self.changed(list, id.clone());
        if let Some(deletion) = self.deletion.borrow_mut().as_mut() {
            deletion.gone.push((referrers, id));
        }
    }

    /// Deletes a row with what belongs to it, unless that is under way already because rows belong to each other in a
    /// circle; tells whether there was one.
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
        if !self.enter(row.clone())? {
            return Ok(false);
        }
        let deleted = stacker::maybe_grow(STACK_OF_A_ROW, STACK_GROWTH, delete);
        if let Some(deletion) = self.deletion.borrow_mut().as_mut() {
            deletion.under_way.remove(&row);
        }
        deleted
    }

    /// Whether the row is not under way yet.
    fn enter(&self, row: (ListId, RowId)) -> Result<bool, Error> {
        let mut deletion = self.deletion.borrow_mut();
        let under_way = &mut deletion.get_or_insert_default().under_way;
        if under_way.len() >= MAX_DEPTH {
            return Err(Error::conflict(
                NO_FIELD,
                "too many rows would have to be deleted with it",
            ));
        }
        Ok(under_way.insert(row))
    }
}

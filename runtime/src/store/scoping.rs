//! Whom changes concern: the scopes that a row is in, and those that it has left.

use std::collections::BTreeSet;

use super::{Change, Error, ListId, Reach, Read, RowId, Transaction};

impl Transaction<'_> {
    /// Notes in which scope a row is, before it is changed or deleted; gives it, or nothing if there is no such row.
    ///
    /// Generated code does this itself. After statements of your own that move a row of a resource with a scope, or delete
    /// it, those who saw it there would not be told what they have lost: without this, they all get their whole list.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn leaves(&self, list: ListId, id: impl Into<RowId>) -> Result<Option<RowId>, Error> {
        let id = id.into();
        let scope = self.scope_of(list, &id)?;
        if let Some(scope) = &scope {
            let mut left = self.left.borrow_mut();
            left.entry((list, id)).or_default().insert(scope.clone());
        }
        Ok(scope)
    }

    /// Says of each change whom it concerns.
    pub(super) fn scope(&self, changes: &mut [Change]) -> Result<(), Error> {
        let left = self.left.take();
        let scoped = changes
            .iter_mut()
            .filter(|change| self.has_scopes(change.list));
        for change in scoped {
            let Some(id) = change.effect.row() else {
                continue;
            };
            let before = left.get(&(change.list, id.clone())).into_iter().flatten();
            let now = self.scope_of(change.list, id)?;
            let scopes: BTreeSet<RowId> = before.cloned().chain(now).collect();
            if !scopes.is_empty() {
                change.reach = Reach::Scopes(scopes.into_iter().collect());
            }
        }
        Ok(())
    }

    fn has_scopes(&self, list: ListId) -> bool {
        let definition = self.lists.get(list.0);
        definition.is_some_and(|list| list.scope.is_some())
    }

    fn scope_of(&self, list: ListId, id: &RowId) -> Result<Option<RowId>, Error> {
        match self.lists.get(list.0).and_then(|list| list.scope) {
            Some(statement) => self.row(statement, [id], |row| row.get(0)),
            None => Ok(None),
        }
    }
}

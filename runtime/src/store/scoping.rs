//! The reach of changes: the scopes that a row is in, and those that it was in before.

use std::collections::BTreeSet;

use super::{Change, Error, ListId, Reach, Read, RowId, Transaction};

impl Transaction<'_> {
    /// Records the scope of a row, before it is changed or deleted; returns it, or `None` if there is no such row.
    ///
    /// Generated code does this itself. Call it before custom statements that move a row of a resource with a scope, or
    /// delete it: otherwise it is unknown which sockets saw the row, and all of them are sent their whole list.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn leaves(&self, list: ListId, id: impl Into<RowId>) -> Result<Option<RowId>, Error> {
        let id = id.into();
        let scope = self.scope_of(list, &id)?;
        if let Some(scope) = &scope {
            let mut previous = self.previous_scopes.borrow_mut();
            previous
                .entry((list, id))
                .or_default()
                .insert(scope.clone());
        }
        Ok(scope)
    }

    /// Sets the reach of each change.
    pub(super) fn scope(&self, changes: &mut [Change]) -> Result<(), Error> {
        let previous = self.previous_scopes.take();
        let scoped = changes
            .iter_mut()
            .filter(|change| self.has_scopes(change.list));
        for change in scoped {
            let Some(id) = change.effect.row() else {
                continue;
            };
            let before = previous
                .get(&(change.list, id.clone()))
                .into_iter()
                .flatten();
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

//! The application that every call of a generated server receives.

use std::fmt;
use std::sync::Arc;

use super::Stored;
use crate::store::ChangeLog;
use crate::store::Database;

/// The application that every call of a generated server receives: the store, the user's commands `C` and hooks `H`.
/// Cheap to clone.
pub struct App<C, H: ?Sized>(Arc<Parts<C, H>>);

struct Parts<C, H: ?Sized> {
    store: Database,
    commands: C,
    hooks: Arc<H>,
}

impl<C, H: ?Sized> App<C, H> {
    /// Creates an application.
    pub fn new(store: Database, commands: C, hooks: Arc<H>) -> Self {
        Self(Arc::new(Parts {
            store,
            commands,
            hooks,
        }))
    }

    /// The database.
    pub fn store(&self) -> &Database {
        &self.0.store
    }

    /// The user's commands.
    pub fn commands(&self) -> &C {
        &self.0.commands
    }

    /// The user's hooks.
    pub fn hooks(&self) -> &H {
        &self.0.hooks
    }

    /// The change log that receives the store's changes.
    pub fn change_log(&self) -> &Arc<ChangeLog> {
        self.0.store.change_log()
    }
}

impl<C, H> Stored for App<C, H>
where
    C: Send + Sync + 'static,
    H: Send + Sync + ?Sized + 'static,
{
    fn store(&self) -> &Database {
        &self.0.store
    }
}

impl<C, H: ?Sized> Clone for App<C, H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C, H: ?Sized> fmt::Debug for App<C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("store", &self.0.store)
            .finish_non_exhaustive()
    }
}

//! Functions that follow the writes of other processes, besides the change log.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::store::{Error, Reader};

/// Reads new rows; returns false when it is not to be called again.
type Follow = Box<dyn FnMut(&Reader<'_>) -> Result<bool, Error> + Send>;

/// The functions that the writer's thread calls between its transactions when there may be new rows.
#[derive(Default)]
pub(super) struct Followers {
    all: Mutex<Vec<Follow>>,
    due: AtomicBool,
}

impl Followers {
    pub(super) fn add<F>(&self, follow: F)
    where
        F: FnMut(&Reader<'_>) -> Result<bool, Error> + Send + 'static,
    {
        self.lock().push(Box::new(follow));
        self.wake();
    }

    pub(super) fn wake(&self) {
        self.due.store(true, Ordering::SeqCst);
    }

    /// A function that fails is logged, and is due again: the writes of this process don't depend on it.
    pub(super) fn run_if_due(&self, connection: &Connection) {
        if !self.due.swap(false, Ordering::SeqCst) {
            return;
        }
        self.lock().retain_mut(|follow| {
            follow(&Reader::new(connection)).unwrap_or_else(|error| {
                tracing::error!(%error, "what other processes wrote could not be followed");
                self.wake();
                true
            })
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Follow>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followers").finish_non_exhaustive()
    }
}

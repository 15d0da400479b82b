//! Counts panics, in whatever task or thread; the pipeline answers for those that it catches, so nothing else tells of them.

use std::panic;
use std::sync::{Mutex, Once, PoisonError};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static WATCHED: Once = Once::new();

/// Takes note of panics from now on. What was done about them before is done too: cargo-fuzz ends the process.
pub(crate) fn watch() {
    WATCHED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(info.to_string());
            drop(seen);
            before(info);
        }));
    });
}

/// The panics since this was asked last.
pub(crate) fn take() -> Vec<String> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}

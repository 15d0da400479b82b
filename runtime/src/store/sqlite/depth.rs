//! How many jobs wait in a queue of the store.

use metrics::{Gauge, gauge};

use crate::metrics::{READER_QUEUE_DEPTH, WRITER_QUEUE_DEPTH};

/// The measured depths of both queues, with the recorder that was there when the store was opened.
///
/// They are counted up and down, not set to what a queue says of its length: of two threads that set it, the one that asked
/// first may be the last to say so.
#[derive(Clone)]
pub(super) struct Depths {
    pub(super) writer: Depth,
    pub(super) readers: Depth,
}

/// The measured depth of one queue.
#[derive(Clone)]
pub(super) struct Depth(Gauge);

impl Depths {
    pub(super) fn measured() -> Self {
        Self {
            writer: Depth(gauge!(WRITER_QUEUE_DEPTH)),
            readers: Depth(gauge!(READER_QUEUE_DEPTH)),
        }
    }
}

impl Depth {
    /// A job is about to be put into the queue.
    pub(super) fn coming(&self) {
        self.0.increment(1);
    }

    /// Jobs were taken out, or found no room.
    pub(super) fn gone(&self, jobs: usize) {
        self.0.decrement(jobs as f64);
    }
}

impl std::fmt::Debug for Depths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Depths").finish_non_exhaustive()
    }
}

//! The queues of jobs for the threads of a store.

use std::fmt;

use crossbeam_channel::{Receiver, RecvError, RecvTimeoutError, Sender, TrySendError, bounded};
use metrics::{Gauge, gauge};
use std::time::Duration;

use crate::store::Error;

/// Creates a queue with this capacity, whose depth is measured under a name, with the current recorder.
///
/// The depth is counted up and down, not set to the length of the queue: of two threads that set it, the one that read
/// the length first may be the last to set it.
pub(super) fn queue<J>(capacity: usize, measure: &'static str) -> (Queue<J>, JobReceiver<J>) {
    let (jobs, waiting) = bounded(capacity.max(1));
    let depth = gauge!(measure);
    let queue = Queue {
        jobs: Some(jobs),
        depth: depth.clone(),
    };
    let waiting = JobReceiver {
        jobs: waiting,
        depth,
    };
    (queue, waiting)
}

/// The sending half of a queue.
pub(super) struct Queue<J> {
    jobs: Option<Sender<J>>,
    depth: Gauge,
}

impl<J> Queue<J> {
    /// Adds a job to the end of the queue.
    ///
    /// # Errors
    /// [`Error::Busy`] if there is no capacity for it.
    pub(super) fn put(&self, job: J) -> Result<(), Error> {
        self.depth.increment(1);
        let error = match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => return Ok(()),
            Some(Err(TrySendError::Full(_))) => Error::Busy,
            Some(Err(TrySendError::Disconnected(_))) | None => {
                Error::internal("the database is closed")
            }
        };
        self.depth.decrement(1);
        Err(error)
    }

    /// Lets the threads end when they have taken the waiting jobs.
    pub(super) fn close(&mut self) {
        self.jobs = None;
    }
}

impl<J> fmt::Debug for Queue<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

/// The receiving half of a queue. Clones share the jobs.
pub(super) struct JobReceiver<J> {
    jobs: Receiver<J>,
    depth: Gauge,
}

impl<J> Clone for JobReceiver<J> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            depth: self.depth.clone(),
        }
    }
}

impl<J> JobReceiver<J> {
    /// Waits for a job.
    ///
    /// # Errors
    /// When the queue is closed and empty.
    pub(super) fn take(&self) -> Result<J, RecvError> {
        let job = self.jobs.recv()?;
        self.depth.decrement(1);
        Ok(job)
    }

    /// Waits for a job, and takes all waiting ones, `most` at most.
    ///
    /// # Errors
    /// When no job was added in time, or the queue is closed and empty.
    pub(super) fn take_all(
        &self,
        most: usize,
        timeout: Duration,
    ) -> Result<Vec<J>, RecvTimeoutError> {
        let mut jobs = vec![self.jobs.recv_timeout(timeout)?];
        jobs.extend(self.jobs.try_iter().take(most.saturating_sub(1)));
        self.depth.decrement(jobs.len() as f64);
        Ok(jobs)
    }
}

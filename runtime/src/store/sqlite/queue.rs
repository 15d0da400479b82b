//! The queues of jobs that wait for the threads of a store.

use std::fmt;

use crossbeam_channel::{Receiver, RecvError, RecvTimeoutError, Sender, TrySendError, bounded};
use metrics::{Gauge, gauge};
use std::time::Duration;

use crate::store::Error;

/// Makes a queue for so many jobs, whose depth is measured under a name, with the recorder that is there now.
///
/// The depth is counted up and down, not set to what the queue says of its length: of two threads that set it, the one that
/// asked first may be the last to say so.
pub(super) fn queue<J>(room: usize, measure: &'static str) -> (Queue<J>, Waiting<J>) {
    let (jobs, waiting) = bounded(room.max(1));
    let depth = gauge!(measure);
    let queue = Queue {
        jobs: Some(jobs),
        depth: depth.clone(),
    };
    let waiting = Waiting {
        jobs: waiting,
        depth,
    };
    (queue, waiting)
}

/// Where jobs are put.
pub(super) struct Queue<J> {
    jobs: Option<Sender<J>>,
    depth: Gauge,
}

impl<J> Queue<J> {
    /// Puts a job behind those that wait.
    ///
    /// # Errors
    /// [`Error::Busy`] if there is no room for it.
    pub(super) fn put(&self, job: J) -> Result<(), Error> {
        self.depth.increment(1);
        let taken = match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => return Ok(()),
            Some(Err(TrySendError::Full(_))) => Error::Busy,
            Some(Err(TrySendError::Disconnected(_))) | None => {
                Error::internal("the database is closed")
            }
        };
        self.depth.decrement(1);
        Err(taken)
    }

    /// Lets the threads end when they have taken the jobs that wait.
    pub(super) fn close(&mut self) {
        self.jobs = None;
    }
}

impl<J> fmt::Debug for Queue<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

/// The jobs that wait, for a thread that takes them. Clones share them.
pub(super) struct Waiting<J> {
    jobs: Receiver<J>,
    depth: Gauge,
}

impl<J> Clone for Waiting<J> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            depth: self.depth.clone(),
        }
    }
}

impl<J> Waiting<J> {
    /// Waits for a job.
    ///
    /// # Errors
    /// When the queue is closed and empty.
    pub(super) fn take(&self) -> Result<J, RecvError> {
        let job = self.jobs.recv()?;
        self.depth.decrement(1);
        Ok(job)
    }

    /// Waits so long for a job, and takes all that wait, as far as `most` go.
    ///
    /// # Errors
    /// When none came, or the queue is closed and empty.
    pub(super) fn take_all(
        &self,
        most: usize,
        patience: Duration,
    ) -> Result<Vec<J>, RecvTimeoutError> {
        let mut jobs = vec![self.jobs.recv_timeout(patience)?];
        jobs.extend(self.jobs.try_iter().take(most.saturating_sub(1)));
        self.depth.decrement(jobs.len() as f64);
        Ok(jobs)
    }
}

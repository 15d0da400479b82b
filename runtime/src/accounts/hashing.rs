//! Where argon2 runs: on a few threads at a time, in memory that is used again and given back.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use argon2::Block;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::StoreError;

/// Runs that may wait for one slot. A run takes about 25 ms, so the last of them begins after about two seconds.
const WAITING_PER_SLOT: usize = 64;

/// Blocks that a buffer has room for: 32 MiB, of which only those in use are touched and take memory.
///
/// glibc keeps smaller allocations for the thread that freed them. One of this size goes back to the system.
const ROOM: usize = 32 * 1024 * 1024 / Block::SIZE;

static HASHING: LazyLock<Hashing> = LazyLock::new(|| Hashing::new(slots(), WAITING_PER_SLOT));

/// Runs work that hashes, as soon as there is a slot for it.
///
/// # Errors
/// What `work` gives; [`StoreError::Throttled`] when too many wait; an internal error for a panic in `work`.
pub(super) async fn run<T, W>(work: W) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: FnOnce(&mut Buffer) -> Result<T, StoreError> + Send + 'static,
{
    HASHING.run(work).await
}

/// One core is left to all other calls.
fn slots() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// The slots, and who waits for them. What waits is a future: it has neither a thread nor a buffer.
struct Hashing {
    size: usize,
    slots: Semaphore,
    /// One for each run that has a slot or may wait for one.
    entries: Semaphore,
    capacity: usize,
    /// Buffers of runs that have ended, for those that wait.
    buffers: Mutex<Vec<Buffer>>,
}

impl Hashing {
    fn new(size: usize, waiting_per_slot: usize) -> Self {
        let capacity = size * (1 + waiting_per_slot);
        Self {
            size,
            slots: Semaphore::new(size),
            entries: Semaphore::new(capacity),
            capacity,
            buffers: Mutex::default(),
        }
    }

    async fn run<T, W>(&'static self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Buffer) -> Result<T, StoreError> + Send + 'static,
    {
        let entry = self.entries.try_acquire().map_err(|_| crowded())?;
        let slot = self.slots.acquire().await.map_err(StoreError::internal)?;
        // The slot goes with the run, which can't be stopped: the caller may have gone before it ends.
        let ran = spawn_blocking(move || {
            let mut buffer = self.buffers().pop().unwrap_or_default();
            let result = work(&mut buffer);
            drop(entry);
            self.give_back(buffer);
            drop(slot);
            result
        });
        ran.await.map_err(StoreError::internal)?
    }

    /// Keeps a buffer for the next run, or frees all when none waits for one.
    fn give_back(&self, buffer: Buffer) {
        let entered = self.capacity - self.entries.available_permits();
        let mut buffers = self.buffers();
        match entered < self.size {
            true => buffers.clear(),
            false => buffers.push(buffer),
        }
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<Buffer>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memory of a run.
#[derive(Default)]
pub(super) struct Buffer(Vec<Block>);

impl Buffer {
    /// So many blocks, whatever is in them.
    ///
    /// # Errors
    /// [`StoreError::Throttled`] when the system has no memory for them.
    pub(super) fn blocks(&mut self, count: usize) -> Result<&mut [Block], StoreError> {
        if self.0.len() < count {
            self.0 = Vec::new();
            let reserved = self.0.try_reserve_exact(count.max(ROOM));
            reserved.map_err(|error| {
                tracing::warn!(%error, "there is no memory to hash a password");
                crowded()
            })?;
            self.0.resize(count, Block::new());
        }
        Ok(&mut self.0[..count])
    }
}

fn crowded() -> StoreError {
    StoreError::Throttled(
        "too many passwords are being checked, please try again in a few seconds".into(),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    fn hashing(size: usize, waiting_per_slot: usize) -> &'static Hashing {
        Box::leak(Box::new(Hashing::new(size, waiting_per_slot)))
    }

    #[tokio::test]
    async fn runs_wait_for_a_slot_and_are_rejected_when_too_many_wait() {
        let hashing = hashing(1, 2);
        let (go_on, told) = mpsc::channel::<()>();
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let told = Arc::new(Mutex::new(told));
        let run = || {
            let (at_once, most, told) = (at_once.clone(), most.clone(), told.clone());
            hashing.run(move |_| {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                told.lock().unwrap().recv().unwrap();
                at_once.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        };
        let (first, second, third) = (
            tokio::spawn(run()),
            tokio::spawn(run()),
            tokio::spawn(run()),
        );
        while hashing.entries.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let rejected = run().await.unwrap_err();
        assert_eq!(
            rejected.to_string(),
            "_: too many passwords are being checked, please try again in a few seconds"
        );
        for _ in 0..3 {
            go_on.send(()).unwrap();
        }
        for ran in [first, second, third] {
            ran.await.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
        go_on.send(()).unwrap();
        run().await.unwrap();
    }

    #[tokio::test]
    async fn a_run_that_panics_leaves_its_slot_and_no_buffer_is_kept() {
        let hashing = hashing(1, 0);
        for _ in 0..3 {
            let broken = hashing.run(|_| -> Result<(), StoreError> { panic!("a broken run") });
            assert!(matches!(broken.await, Err(StoreError::Internal(_))));
            let touched = hashing.run(|buffer| Ok(buffer.blocks(16)?.len()));
            assert_eq!(touched.await.unwrap(), 16);
            assert!(hashing.buffers().is_empty());
        }
    }

    #[test]
    fn memory_that_the_system_does_not_have_is_no_crash() {
        let mut buffer = Buffer::default();
        let refused = buffer.blocks(usize::MAX / Block::SIZE / 2).err().unwrap();
        assert!(matches!(refused, StoreError::Throttled(_)));
        assert_eq!(buffer.blocks(8).unwrap().len(), 8);
    }
}

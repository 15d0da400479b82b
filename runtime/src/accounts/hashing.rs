//! Runs argon2 on a bounded number of threads, in buffers that are reused and freed.
//!
//! Runs wait per owner, and owners are served round-robin, so that a flood from one address delays another owner by few
//! runs. An owner may have as many runs waiting as there is room left for others, and a part of the room is reserved
//! for owners that have signed in before.

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use argon2::Block;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::store::Error;

/// Runs that may wait for one slot. A run takes about 25 ms, so the last of them begins after about two seconds.
const WAITING_PER_SLOT: usize = 64;

/// One part in this number of the room for waiting runs is reserved for trusted owners.
const TRUSTED_PART: usize = 4;

/// Blocks that a buffer has room for: 32 MiB, of which only those in use are touched and take memory.
///
/// glibc keeps smaller allocations for the thread that freed them; one of this size returns to the system.
const ROOM: usize = 32 * 1024 * 1024 / Block::SIZE;

static HASHING: LazyLock<Hashing> = LazyLock::new(|| Hashing::new(slots(), WAITING_PER_SLOT));

/// The unit of fairness in the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// A hash of the address.
    pub(super) key: u64,
    /// The account has signed in from this address before.
    pub(super) is_trusted: bool,
}

/// Runs hashing work as soon as there is a slot for it.
///
/// # Errors
/// The error of `work`; [`Error::Throttled`] when too many runs wait; an internal error for a panic in `work`.
pub(super) async fn run<T, W>(owner: Owner, work: W) -> Result<T, Error>
where
    T: Send + 'static,
    W: FnOnce(&mut Buffer) -> Result<T, Error> + Send + 'static,
{
    HASHING.run(owner, work).await
}

/// One core is left to all other calls.
fn slots() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// The slots, and the runs that wait for them. A waiting run is a future: it has neither a thread nor a buffer.
struct Hashing {
    size: usize,
    capacity: usize,
    queue: Mutex<Queue>,
    /// Buffers of finished runs, for waiting runs.
    buffers: Mutex<Vec<Buffer>>,
}

#[derive(Default)]
struct Queue {
    running: usize,
    waiting: usize,
    /// The owners that have waiting runs, the next one first.
    owners: VecDeque<OwnerRuns>,
}

/// The waiting runs of an owner; at least one.
struct OwnerRuns {
    key: u64,
    runs: VecDeque<oneshot::Sender<Slot>>,
}

/// The permission to run, which passes to the next run on drop.
struct Slot(&'static Hashing);

impl Hashing {
    fn new(size: usize, waiting_per_slot: usize) -> Self {
        Self {
            size,
            capacity: size * waiting_per_slot,
            queue: Mutex::default(),
            buffers: Mutex::default(),
        }
    }

    async fn run<T, W>(&'static self, owner: Owner, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(&mut Buffer) -> Result<T, Error> + Send + 'static,
    {
        let slot = self.enter(owner)?;
        let slot = slot.await.map_err(Error::internal)?;
        // The slot moves into the run, which can't be stopped: the caller may be dropped before the run ends.
        let ran = spawn_blocking(move || {
            let mut buffer = self.buffers().pop().unwrap_or_default();
            let result = work(&mut buffer);
            self.give_back(buffer);
            drop(slot);
            result
        });
        ran.await.map_err(Error::internal)?
    }

    /// Returns a slot at once if one is free, otherwise when it is the owner's turn.
    fn enter(&'static self, owner: Owner) -> Result<oneshot::Receiver<Slot>, Error> {
        let (run, slot) = oneshot::channel();
        let mut queue = self.queue();
        if queue.running < self.size {
            queue.running += 1;
            drop(queue);
            // Can't fail: the receiver is still in scope.
            let _ = run.send(Slot(self));
            return Ok(slot);
        }
        let kept = match owner.is_trusted {
            true => 0,
            false => self.capacity / TRUSTED_PART,
        };
        let room = self.capacity.saturating_sub(kept + queue.waiting);
        queue.push(owner.key, run, room)?;
        Ok(slot)
    }

    /// Passes the slot of a finished run to the next run whose caller still waits.
    fn pass_on(&'static self) {
        while let Some(run) = self.queue().next() {
            match run.send(Slot(self)) {
                Ok(()) => return,
                // The caller was dropped, and the slot has to be passed on.
                Err(slot) => std::mem::forget(slot),
            }
        }
        // These were kept for callers that were dropped.
        self.buffers().clear();
    }

    /// Keeps a buffer for the next run, or frees all buffers when no run waits.
    fn give_back(&self, buffer: Buffer) {
        let is_needed = self.queue().waiting > 0;
        let mut buffers = self.buffers();
        match is_needed {
            true => buffers.push(buffer),
            false => buffers.clear(),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<Buffer>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Queues a run behind those of its owner, which may have `room` waiting runs.
    fn push(&mut self, key: u64, run: oneshot::Sender<Slot>, room: usize) -> Result<(), Error> {
        let owner_runs = self
            .owners
            .iter_mut()
            .find(|owner_runs| owner_runs.key == key);
        let own = owner_runs
            .as_ref()
            .map_or(0, |owner_runs| owner_runs.runs.len());
        if own >= room {
            return Err(too_many_waiting());
        }
        match owner_runs {
            Some(owner_runs) => owner_runs.runs.push_back(run),
            None => self.owners.push_back(OwnerRuns {
                key,
                runs: VecDeque::from([run]),
            }),
        }
        self.waiting += 1;
        Ok(())
    }

    /// Takes the next run and moves its owner to the end; if there is none, a slot becomes free.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        let next = self.owners.pop_front().and_then(|mut owner_runs| {
            let run = owner_runs.runs.pop_front();
            if !owner_runs.runs.is_empty() {
                self.owners.push_back(owner_runs);
            }
            run
        });
        match next {
            Some(_) => self.waiting -= 1,
            None => self.running -= 1,
        }
        next
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

/// The memory of a run.
#[derive(Default)]
pub(super) struct Buffer(Vec<Block>);

impl Buffer {
    /// This number of blocks, with any content.
    ///
    /// # Errors
    /// [`Error::Throttled`] when the system has no memory for them.
    pub(super) fn blocks(&mut self, count: usize) -> Result<&mut [Block], Error> {
        if self.0.len() < count {
            self.0 = Vec::new();
            let reserved = self.0.try_reserve_exact(count.max(ROOM));
            reserved.map_err(|error| {
                tracing::warn!(%error, "there is no memory to hash a password");
                too_many_waiting()
            })?;
            self.0.resize(count, Block::new());
        }
        Ok(&mut self.0[..count])
    }
}

fn too_many_waiting() -> Error {
    Error::Throttled(
        "too many passwords are being checked, please try again in a few seconds".into(),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const UNTRUSTED: Owner = Owner {
        key: 1,
        is_trusted: false,
    };

    fn hashing(size: usize, waiting_per_slot: usize) -> &'static Hashing {
        Box::leak(Box::new(Hashing::new(size, waiting_per_slot)))
    }

    fn owner(key: u64, is_trusted: bool) -> Owner {
        Owner { key, is_trusted }
    }

    /// Enters runs of these owners while the only slot is taken; returns the order in which the accepted runs got the
    /// slot.
    async fn order_of(hashing: &'static Hashing, owners: &[Owner]) -> Vec<usize> {
        let taken = hashing.enter(UNTRUSTED).unwrap().await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut runs = tokio::task::JoinSet::new();
        for (index, owner) in owners.iter().enumerate() {
            if let Ok(slot) = hashing.enter(*owner) {
                let order = order.clone();
                runs.spawn(async move {
                    let slot = slot.await.unwrap();
                    order.lock().unwrap().push(index);
                    drop(slot);
                });
            }
        }
        drop(taken);
        while let Some(run) = runs.join_next().await {
            run.unwrap();
        }
        let queue = hashing.queue();
        assert_eq!((queue.running, queue.waiting), (0, 0));
        order.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn owners_take_turns() {
        let (flood, other, last) = (owner(1, false), owner(2, false), owner(3, false));
        let order = order_of(hashing(1, 64), &[flood, flood, flood, flood, other, last]).await;
        assert_eq!(order, [0, 4, 5, 1, 2, 3]);
    }

    #[tokio::test]
    async fn an_owner_leaves_room_for_others() {
        // 64 may wait, 16 of them only if they are trusted.
        let mut owners = vec![owner(1, false); 100];
        owners.extend([owner(2, false), owner(3, true)]);
        let order = order_of(hashing(1, 64), &owners).await;
        assert_eq!(order.len(), 24 + 2, "half of the room, and the others");
        assert_eq!(order[..3], [0, 100, 101]);
    }

    #[tokio::test]
    async fn trusted_owners_have_room_when_untrusted_owners_have_none() {
        let mut owners: Vec<Owner> = (0..100).map(|key| owner(key, false)).collect();
        owners.extend((0..100).map(|key| owner(1000 + key, true)));
        let order = order_of(hashing(1, 64), &owners).await;
        let trusted = order.iter().filter(|index| **index >= 100).count();
        assert_eq!((order.len(), trusted), (64, 16));
    }

    #[tokio::test]
    async fn a_slot_does_not_go_to_a_caller_that_has_gone() {
        let hashing = hashing(1, 64);
        let taken = hashing.enter(UNTRUSTED).unwrap().await.unwrap();
        let gone = hashing.enter(UNTRUSTED).unwrap();
        let waits = hashing.enter(UNTRUSTED).unwrap();
        let late = hashing.enter(UNTRUSTED).unwrap();
        drop(gone);
        drop(taken);
        // A run is dropped too when its slot was assigned already.
        assert_eq!(hashing.queue().running, 1);
        drop(waits);
        drop(late.await.unwrap());
        assert_eq!(hashing.queue().running, 0);
    }

    #[tokio::test]
    async fn no_more_run_than_there_are_slots() {
        let hashing = hashing(2, 64);
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let runs = (0..20).map(|_| {
            let (at_once, most) = (at_once.clone(), most.clone());
            hashing.run(UNTRUSTED, move |_| {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(1));
                at_once.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        });
        for ran in futures_util::future::join_all(runs).await {
            ran.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
        let _taken = (hashing.enter(UNTRUSTED), hashing.enter(UNTRUSTED));
        // 128 may wait, 32 of them only if they are trusted, and of one owner half of the rest.
        let waiting: Vec<_> = (0..48).map(|_| hashing.enter(UNTRUSTED).unwrap()).collect();
        let rejected = hashing.run(UNTRUSTED, |_| Ok(())).await.unwrap_err();
        assert_eq!(
            rejected.to_string(),
            "_: too many passwords are being checked, please try again in a few seconds"
        );
        drop(waiting);
    }

    #[tokio::test]
    async fn a_run_that_panics_leaves_its_slot_and_no_buffer_is_kept() {
        let hashing = hashing(1, 0);
        for _ in 0..3 {
            let broken = hashing.run(UNTRUSTED, |_| -> Result<(), Error> {
                panic!("a broken run")
            });
            assert!(matches!(broken.await, Err(Error::Internal(_))));
            let touched = hashing.run(UNTRUSTED, |buffer| Ok(buffer.blocks(16)?.len()));
            assert_eq!(touched.await.unwrap(), 16);
            assert!(hashing.buffers().is_empty());
        }
    }

    #[test]
    fn memory_that_the_system_does_not_have_is_no_crash() {
        let mut buffer = Buffer::default();
        let rejected = buffer.blocks(usize::MAX / Block::SIZE / 2).err().unwrap();
        assert!(matches!(rejected, Error::Throttled(_)));
        assert_eq!(buffer.blocks(8).unwrap().len(), 8);
    }
}

//! Large messages that have begun and not ended: their memory is reserved as soon as their length is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Messages up to this length are not counted.
const SMALL: u64 = 64 * 1024;
/// How long a large message may take.
pub(super) const MESSAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of the large messages of all websockets that have begun and not ended.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(AtomicUsize);

/// The share of one connection.
#[derive(Debug)]
pub(super) struct Reservation {
    all: Arc<Unfinished>,
    bytes: usize,
    /// The packet that the bytes belong to.
    packet: u64,
    deadline: Option<Instant>,
}

/// Too many bytes of large messages are reserved.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyBytes;

impl Reservation {
    pub(super) fn new(all: Arc<Unfinished>) -> Self {
        Self {
            all,
            bytes: 0,
            packet: 0,
            deadline: None,
        }
    }

    /// Reserves the bytes of the unfinished packet, as far as known; 0 if there is none. All connections together may
    /// reserve `most`.
    pub(super) fn set(&mut self, packet: u64, bytes: u64, most: usize) -> Result<(), TooManyBytes> {
        let bytes = match bytes <= SMALL {
            true => 0,
            false => usize::try_from(bytes).unwrap_or(usize::MAX / 2),
        };
        let is_other = std::mem::replace(&mut self.packet, packet) != packet;
        if bytes == 0 || is_other {
            self.deadline = None;
        }
        if bytes > 0 {
            self.deadline
                .get_or_insert_with(|| Instant::now() + MESSAGE_TIMEOUT);
        }
        let before = std::mem::replace(&mut self.bytes, bytes);
        if bytes <= before {
            self.all.0.fetch_sub(before - bytes, Ordering::Relaxed);
            return Ok(());
        }
        let added = bytes - before;
        let all = self.all.0.fetch_add(added, Ordering::Relaxed);
        (all.saturating_add(added) <= most)
            .then_some(())
            .ok_or(TooManyBytes)
    }

    /// Whether the deadline of the unfinished packet has passed.
    pub(super) fn is_overdue(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
    }

    /// The deadline of the unfinished packet.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.all.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_messages_are_counted_until_they_end_or_their_connection_does() {
        let all = Arc::<Unfinished>::default();
        let (mut one, mut other) = (Reservation::new(all.clone()), Reservation::new(all.clone()));
        assert_eq!(one.set(1, SMALL, 0), Ok(()));
        assert!(one.deadline().is_none());
        assert_eq!(one.set(1, 600_000, 1_000_000), Ok(()));
        assert!(one.deadline().is_some());
        assert_eq!(other.set(1, 600_000, 1_000_000), Err(TooManyBytes));
        drop(other);
        assert_eq!(one.set(1, 1_000_000, 1_000_000), Ok(()));
        assert_eq!(one.set(1, 0, 1_000_000), Ok(()));
        assert!(one.deadline().is_none());
        assert_eq!(one.set(1, 900_000, 1_000_000), Ok(()));
        let deadline = one.deadline();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(one.set(1, 950_000, 1_000_000), Ok(()));
        assert_eq!(one.deadline(), deadline);
        assert_eq!(one.set(2, 900_000, 1_000_000), Ok(()));
        assert!(one.deadline() > deadline, "another packet has its own time");
        drop(one);
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }
}

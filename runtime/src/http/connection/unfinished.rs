//! Large messages that have begun and not ended: their memory is reserved as soon as their length is said.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Messages up to this length are not counted.
const SMALL: u64 = 64 * 1024;
/// How long a large message may take.
pub(super) const LONGEST: Duration = Duration::from_secs(60);

/// Bytes of the large messages of all websockets that have begun and not ended.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(AtomicUsize);

/// The part of one connection.
#[derive(Debug)]
pub(super) struct Claim {
    all: Arc<Unfinished>,
    bytes: usize,
    /// Which packet it is of.
    packet: u64,
    until: Option<Instant>,
}

/// There is no room for so many large messages at a time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl Claim {
    pub(super) fn new(all: Arc<Unfinished>) -> Self {
        Self {
            all,
            bytes: 0,
            packet: 0,
            until: None,
        }
    }

    /// The unfinished packet has so many bytes, as far as its client has said; none has 0. All together may have `most`.
    pub(super) fn set(&mut self, packet: u64, bytes: u64, most: usize) -> Result<(), TooMany> {
        let bytes = match bytes <= SMALL {
            true => 0,
            false => usize::try_from(bytes).unwrap_or(usize::MAX / 2),
        };
        let is_other = std::mem::replace(&mut self.packet, packet) != packet;
        if bytes == 0 || is_other {
            self.until = None;
        }
        if bytes > 0 {
            self.until.get_or_insert_with(|| Instant::now() + LONGEST);
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
            .ok_or(TooMany)
    }

    /// Whether the unfinished packet should have been there by now.
    pub(super) fn is_overdue(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }

    /// When the unfinished packet has to be there.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }
}

impl Drop for Claim {
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
        let (mut one, mut other) = (Claim::new(all.clone()), Claim::new(all.clone()));
        assert_eq!(one.set(1, SMALL, 0), Ok(()));
        assert!(one.until().is_none());
        assert_eq!(one.set(1, 600_000, 1_000_000), Ok(()));
        assert!(one.until().is_some());
        assert_eq!(other.set(1, 600_000, 1_000_000), Err(TooMany));
        drop(other);
        assert_eq!(one.set(1, 1_000_000, 1_000_000), Ok(()));
        assert_eq!(one.set(1, 0, 1_000_000), Ok(()));
        assert!(one.until().is_none());
        assert_eq!(one.set(1, 900_000, 1_000_000), Ok(()));
        let until = one.until();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(one.set(1, 950_000, 1_000_000), Ok(()));
        assert_eq!(one.until(), until);
        assert_eq!(one.set(2, 900_000, 1_000_000), Ok(()));
        assert!(one.until() > until, "another packet has its own time");
        drop(one);
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }
}

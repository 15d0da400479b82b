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
            until: None,
        }
    }

    /// The connection's unfinished message has so many bytes, as far as its client has said; none has 0. All together may
    /// have `most`.
    pub(super) fn set(&mut self, message: u64, most: usize) -> Result<(), TooMany> {
        let bytes = match message <= SMALL {
            true => 0,
            false => usize::try_from(message).unwrap_or(usize::MAX / 2),
        };
        let before = std::mem::replace(&mut self.bytes, bytes);
        if bytes <= before {
            self.all.0.fetch_sub(before - bytes, Ordering::Relaxed);
            self.until = self.until.filter(|_| bytes > 0);
            return Ok(());
        }
        self.until.get_or_insert_with(|| Instant::now() + LONGEST);
        let added = bytes - before;
        let all = self.all.0.fetch_add(added, Ordering::Relaxed);
        (all.saturating_add(added) <= most)
            .then_some(())
            .ok_or(TooMany)
    }

    /// When the unfinished message has to be there.
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
        assert_eq!(one.set(SMALL, 0), Ok(()));
        assert!(one.until().is_none());
        assert_eq!(one.set(600_000, 1_000_000), Ok(()));
        assert!(one.until().is_some());
        assert_eq!(other.set(600_000, 1_000_000), Err(TooMany));
        drop(other);
        assert_eq!(one.set(1_000_000, 1_000_000), Ok(()));
        assert_eq!(one.set(0, 1_000_000), Ok(()));
        assert!(one.until().is_none());
        assert_eq!(one.set(900_000, 1_000_000), Ok(()));
        drop(one);
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }
}

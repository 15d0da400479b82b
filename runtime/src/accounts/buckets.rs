//! Token buckets of a fixed number, which keys share by their hashes.
//!
//! The limiters of `governor` have a bucket per key and release no memory, so that their memory grows with the keys
//! that clients invent.

use std::num::NonZeroU32;
use std::time::Duration;

/// A power of two.
const BUCKETS: usize = 65_536;

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefillRate {
    /// The time in which one token is added.
    interval: Duration,
    burst: u32,
}

impl RefillRate {
    /// `count` tokens are added per minute, and a full bucket holds `count` tokens.
    pub(super) fn per_minute(count: NonZeroU32) -> Self {
        Self {
            interval: Duration::from_mins(1) / count.get(),
            burst: count.get(),
        }
    }
}

/// When each bucket is full again, as a time since the start; a full bucket has a time that is not later than now.
#[derive(Debug)]
pub(super) struct Buckets(Box<[Duration]>);

impl Default for Buckets {
    fn default() -> Self {
        Self(vec![Duration::ZERO; BUCKETS].into())
    }
}

impl Buckets {
    /// The time until there is a token; `None` if there is one.
    pub(super) fn wait(&self, key: u64, rate: RefillRate, now: Duration) -> Option<Duration> {
        let full_at = self.0[index(key)].max(now) + rate.interval;
        let wait = full_at.saturating_sub(now + rate.interval * rate.burst);
        (!wait.is_zero()).then_some(wait)
    }

    /// Takes a token, or returns the time until there is one.
    pub(super) fn take(
        &mut self,
        key: u64,
        rate: RefillRate,
        now: Duration,
    ) -> Result<(), Duration> {
        match self.wait(key, rate, now) {
            Some(wait) => Err(wait),
            None => {
                let full_at = &mut self.0[index(key)];
                *full_at = (*full_at).max(now) + rate.interval;
                Ok(())
            }
        }
    }

    /// Returns tokens that were taken.
    pub(super) fn give_back(&mut self, key: u64, count: u32, rate: RefillRate, now: Duration) {
        let full_at = &mut self.0[index(key)];
        *full_at = full_at.saturating_sub(rate.interval * count).max(now);
    }

    /// Fills a bucket; returns how many tokens it lacked, of which the last may have been partly refilled.
    pub(super) fn refill(&mut self, key: u64, rate: RefillRate, now: Duration) -> u32 {
        let full_at = std::mem::replace(&mut self.0[index(key)], now);
        let lacking = full_at.saturating_sub(now).as_nanos();
        let count = lacking.div_ceil(rate.interval.as_nanos().max(1));
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// The lowest bits of the hash.
fn index(key: u64) -> usize {
    usize::try_from(key % BUCKETS as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_gives_what_it_holds_and_then_as_fast_as_it_fills() {
        let rate = RefillRate::per_minute(NonZeroU32::new(3).unwrap());
        let (mut buckets, start) = (Buckets::default(), SECOND * 100);
        for _ in 0..3 {
            assert_eq!(buckets.take(7, rate, start), Ok(()));
        }
        assert_eq!(buckets.take(7, rate, start), Err(SECOND * 20));
        assert_eq!(buckets.take(8, rate, start), Ok(()), "another key");
        assert_eq!(buckets.take(7, rate, start + SECOND * 19), Err(SECOND));
        assert_eq!(buckets.take(7, rate, start + SECOND * 20), Ok(()));
        assert_eq!(buckets.take(7, rate, start + SECOND * 20), Err(SECOND * 20));
        buckets.give_back(7, 1, rate, start + SECOND * 20);
        assert_eq!(buckets.take(7, rate, start + SECOND * 20), Ok(()));
        let later = start + SECOND * 30;
        assert_eq!(buckets.refill(7, rate, later), 3);
        assert_eq!(buckets.refill(7, rate, later), 0);
        for _ in 0..3 {
            assert_eq!(buckets.take(7, rate, later), Ok(()));
        }
        buckets.give_back(7, 100, rate, later);
        assert_eq!(
            buckets.refill(7, rate, later),
            0,
            "it holds no more than it did"
        );
    }
}

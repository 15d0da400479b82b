//! Rate limits that are waited for.

use std::num::NonZeroU32;
use std::time::Instant;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::sleep_until;

/// A number of items per second, which is also allowed at once after a while without any.
#[derive(Debug)]
pub(crate) struct RateLimit {
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
    burst: NonZeroU32,
}

impl RateLimit {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let clock = DefaultClock::default();
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            burst,
        }
    }

    /// Waits until another item is allowed.
    pub(crate) async fn wait(&self) {
        // The limiter's own way to wait has a thread for its timers, which wakes for each call.
        while let Err(at) = self.take(NonZeroU32::MIN) {
            sleep_until(at.into()).await;
        }
    }

    /// Takes as many of `count` items as are allowed at once. Returns their number, or when to retry.
    pub(crate) fn take(&self, count: NonZeroU32) -> Result<NonZeroU32, Instant> {
        let count = count.min(self.burst);
        match self.limiter.check_n(count) {
            Ok(Err(not_until)) => Err(Instant::now() + not_until.wait_time_from(self.clock.now())),
            // This number is always within the burst.
            Ok(Ok(())) | Err(_) => Ok(count),
        }
    }
}

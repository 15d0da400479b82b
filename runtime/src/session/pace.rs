//! How fast something may go on.

use std::num::NonZeroU32;
use std::time::Instant;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::sleep_until;

/// So many a second, and at once after a while without any.
#[derive(Debug)]
pub(crate) struct Pace {
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
    burst: NonZeroU32,
}

impl Pace {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let clock = DefaultClock::default();
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            burst,
        }
    }

    /// Waits until there may be another.
    pub(crate) async fn wait(&self) {
        // The limiter's own way to wait has a thread for its timers, which wakes for each call.
        while let Err(at) = self.take(NonZeroU32::MIN) {
            sleep_until(at.into()).await;
        }
    }

    /// Takes as many of these as there may be at once. Gives how many those are, or when to ask again.
    pub(crate) fn take(&self, count: NonZeroU32) -> Result<NonZeroU32, Instant> {
        let count = count.min(self.burst);
        match self.limiter.check_n(count) {
            Ok(Err(refused)) => Err(Instant::now() + refused.wait_time_from(self.clock.now())),
            // There may always be as many as this.
            Ok(Ok(())) | Err(_) => Ok(count),
        }
    }
}

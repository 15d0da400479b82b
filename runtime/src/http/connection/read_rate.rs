//! Limits how fast a connection is read from.

use std::num::NonZeroU32;
use std::time::Instant;

use crate::rpc::Limits;
use crate::session::RateLimit;

/// Packets after which a connection yields to others.
pub(super) const YIELD_AFTER: u32 = 200;

/// The fraction of a second's packets that may be read at once.
const AT_ONCE: u32 = 4;

/// When a connection may be read from next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextRead {
    Now,
    /// After yielding to others.
    AfterYield,
    At(Instant),
}

/// The packets and bytes that are read of one connection.
#[derive(Debug)]
pub(super) struct ReadRate {
    packets: Allowance,
    bytes: Allowance,
    /// Packets since it last yielded.
    since_yield: u32,
}

impl ReadRate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            packets: Allowance::new(limits.packets_per_second, AT_ONCE),
            bytes: Allowance::new(limits.bytes_per_second, 1),
            since_yield: 0,
        }
    }

    /// Records packets and bytes that were read.
    pub(super) fn record(&mut self, packets: u32, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.packets.owed = self.packets.owed.saturating_add(packets);
        self.bytes.owed = self.bytes.owed.saturating_add(bytes);
        self.since_yield = self.since_yield.saturating_add(packets);
    }

    pub(super) fn next_read(&mut self) -> NextRead {
        if let Some(at) = self.packets.pay().or_else(|| self.bytes.pay()) {
            return NextRead::At(at);
        }
        if self.since_yield < YIELD_AFTER {
            return NextRead::Now;
        }
        self.since_yield = 0;
        NextRead::AfterYield
    }
}

/// The allowance per second, and what was read in excess of it: the size of a read is known only afterwards.
#[derive(Debug)]
struct Allowance {
    rate_limit: RateLimit,
    owed: u32,
}

impl Allowance {
    /// A burst may have `1 / at_once` of the allowance.
    fn new(per_second: NonZeroU32, at_once: u32) -> Self {
        let burst = NonZeroU32::new(per_second.get().div_ceil(at_once));
        Self {
            rate_limit: RateLimit::new(per_second, burst.unwrap_or(per_second)),
            owed: 0,
        }
    }

    /// Settles what was read; returns when to try again if the allowance does not suffice now.
    fn pay(&mut self) -> Option<Instant> {
        while let Some(owed) = NonZeroU32::new(self.owed) {
            match self.rate_limit.take(owed) {
                Ok(paid) => self.owed -= paid.get(),
                Err(at) => return Some(at),
            }
        }
        None
    }
}

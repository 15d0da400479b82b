//! How fast what comes by a connection may be read.

use std::num::NonZeroU32;
use std::time::Instant;

use crate::rpc::Limits;
use crate::session::Pace;

/// Packets after which others have their turn.
pub(super) const TURN: u32 = 200;

/// Which part of the packets of a second may come at once.
const AT_ONCE: u32 = 4;

/// Whether a websocket may be read from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum May {
    Read,
    /// As soon as others had their turn.
    ReadNext,
    ReadAt(Instant),
}

/// How many packets and bytes are read of one connection.
#[derive(Debug)]
pub(super) struct Rate {
    packets: Allowance,
    bytes: Allowance,
    /// Packets since others had their turn.
    turn: u32,
}

impl Rate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            packets: Allowance::new(limits.packets_per_second, AT_ONCE),
            bytes: Allowance::new(limits.bytes_per_second, 1),
            turn: 0,
        }
    }

    /// So much was read.
    pub(super) fn took(&mut self, packets: u32, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.packets.owed = self.packets.owed.saturating_add(packets);
        self.bytes.owed = self.bytes.owed.saturating_add(bytes);
        self.turn = self.turn.saturating_add(packets);
    }

    pub(super) fn may(&mut self) -> May {
        if let Some(at) = self.packets.pay().or_else(|| self.bytes.pay()) {
            return May::ReadAt(at);
        }
        if self.turn < TURN {
            return May::Read;
        }
        self.turn = 0;
        May::ReadNext
    }
}

/// What may be read in a second, and what of it was read before it was asked for: how much comes is known only then.
#[derive(Debug)]
struct Allowance {
    pace: Pace,
    owed: u32,
}

impl Allowance {
    /// `at_once` is which part of that may come at once.
    fn new(per_second: NonZeroU32, at_once: u32) -> Self {
        let burst = NonZeroU32::new(per_second.get().div_ceil(at_once));
        Self {
            pace: Pace::new(per_second, burst.unwrap_or(per_second)),
            owed: 0,
        }
    }

    /// Tells when to try again, if not all can be paid for now.
    fn pay(&mut self) -> Option<Instant> {
        while let Some(owed) = NonZeroU32::new(self.owed) {
            match self.pace.take(owed) {
                Ok(paid) => self.owed -= paid.get(),
                Err(at) => return Some(at),
            }
        }
        None
    }
}

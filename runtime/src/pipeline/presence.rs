//! How long a socket has been there, and what it may not outstay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Limits;
use super::address::Address;

/// Since when a socket is there, and what it has done last.
#[derive(Debug)]
pub(super) struct Presence {
    address: Option<Arc<Address>>,
    since: Instant,
    /// Milliseconds after that.
    last_call: AtomicU64,
    /// Milliseconds after that, when it was known last to be signed in.
    signed_in: AtomicU64,
}

/// Why a socket may not stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outstayed {
    Unauthenticated,
    Idle,
}

impl Presence {
    pub(super) fn new(address: Option<Arc<Address>>) -> Self {
        Self {
            address,
            since: Instant::now(),
            last_call: AtomicU64::new(0),
            signed_in: AtomicU64::new(0),
        }
    }

    /// A call has come.
    pub(super) fn calls(&self) {
        self.note(&self.last_call);
    }

    /// Waits until another call of the address may be answered.
    pub(super) async fn paced(&self) {
        if let Some(address) = &self.address {
            address.paced().await;
        }
    }

    /// Whether it has to go.
    pub(super) fn outstayed(&self, limits: &Limits, is_signed_in: bool) -> Option<Outstayed> {
        if is_signed_in {
            self.note(&self.signed_in);
        }
        let since = |noted: &AtomicU64| {
            let noted = Duration::from_millis(noted.load(Ordering::Relaxed));
            self.since.elapsed().saturating_sub(noted)
        };
        let exceeds =
            |limit: Option<Duration>, noted| limit.is_some_and(|limit| since(noted) > limit);
        if exceeds(limits.unauthenticated_time, &self.signed_in) {
            return Some(Outstayed::Unauthenticated);
        }
        exceeds(limits.idle_time, &self.last_call).then_some(Outstayed::Idle)
    }

    fn note(&self, at: &AtomicU64) {
        let passed = self.since.elapsed().as_millis();
        at.store(u64::try_from(passed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Outstayed {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Idle => "idle",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Unauthenticated => "please sign in first",
            Self::Idle => "nothing was asked for a long time",
        }
    }
}

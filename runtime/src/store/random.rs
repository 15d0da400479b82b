//! Random names for epochs and error references.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// A number that no other call, in this process or another, is likely to give. Not a secret.
pub(crate) fn random() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    // The hasher's keys are seeded by the operating system; they differ by process and thread.
    RandomState::new().hash_one((call, std::process::id(), SystemTime::now()))
}

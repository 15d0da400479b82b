//! Keys of writes, as clients make them: 128 bits that look random.

use std::hash::{BuildHasher, RandomState};

/// Gives keys; no two are the same, here or elsewhere.
#[derive(Debug)]
pub struct Keys(u64);

impl Keys {
    pub fn new() -> Self {
        Self(RandomState::new().hash_one(0))
    }

    pub fn next(&mut self) -> String {
        format!("{:016x}{:016x}", self.draw(), self.draw())
    }

    /// SplitMix64: every number once before any comes again.
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_have_128_bits() {
        let mut keys = Keys::new();
        let (one, other) = (keys.next(), keys.next());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
        assert_ne!(Keys::new().next(), Keys::new().next());
    }
}

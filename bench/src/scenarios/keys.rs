//! Keys of writes, as clients make them.

use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use clap::ValueEnum;

/// What keys look like to a database that looks them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// 128 random bits: each lands somewhere else in an index
    Random,
    /// The time in milliseconds, and 80 random bits: new ones land side by side
    Ordered,
    /// No keys, so no idempotency records
    None,
}

impl Kind {
    /// As it stands in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Ordered => "ordered by time",
            Self::None => "none",
        }
    }
}

/// Gives keys; no two are the same, here or elsewhere.
#[derive(Debug)]
pub struct Keys {
    ordered: bool,
    state: u64,
}

impl Keys {
    /// A source of keys, if there are to be any.
    pub fn of(kind: Kind) -> Option<Self> {
        (kind != Kind::None).then(|| Self {
            ordered: kind == Kind::Ordered,
            state: RandomState::new().hash_one(0),
        })
    }

    pub fn next(&mut self) -> String {
        let (first, second) = (self.draw(), self.draw());
        if self.ordered {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let now = since.unwrap_or_default().as_millis();
            format!("{now:012x}{:04x}{second:016x}", first >> 48)
        } else {
            format!("{first:016x}{second:016x}")
        }
    }

    /// SplitMix64: every number once before any comes again.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(kind: Kind) -> [String; 2] {
        let mut keys = Keys::of(kind).unwrap();
        [keys.next(), keys.next()]
    }

    #[test]
    fn keys_differ_and_have_128_bits() {
        for kind in [Kind::Random, Kind::Ordered] {
            let [one, other] = two(kind);
            assert_eq!((one.len(), other.len()), (32, 32));
            assert_ne!(one, other);
            assert_ne!(two(kind)[0], one);
        }
        assert!(Keys::of(Kind::None).is_none());
    }

    #[test]
    fn ordered_keys_begin_with_the_time() {
        let [one, other] = two(Kind::Ordered);
        assert!(one[..12] <= other[..12]);
        assert_eq!(one[..4], other[..4]);
    }
}

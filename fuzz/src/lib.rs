//! Hostile input, and what must hold whatever it is.
//!
//! [`frames`] sends messages to the planner's server; [`tokens`] asks for sessions. Each takes one input, of bytes, and gives
//! the [`Fault`] that it has found. The same two run with inputs that [`mutate`] makes from the corpus (`tests/`, on any
//! toolchain, a few seconds of it in CI) and with those of cargo-fuzz (`fuzz_targets/`).

#[allow(dead_code, reason = "an application uses what it needs")]
#[rustfmt::skip]
#[path = "../../examples/crossfit/server/src/generated/mod.rs"]
mod generated;
#[path = "../../examples/crossfit/server/src/sample.rs"]
mod sample;
#[path = "../../examples/crossfit/server/src/staff.rs"]
mod staff;

pub mod bounded;
pub mod frames;
mod law;
pub mod mutate;
mod panics;
mod planner;
pub mod script;
pub mod tokens;
mod wire;

/// What is wrong with the code under test, for the person who reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl Fault {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

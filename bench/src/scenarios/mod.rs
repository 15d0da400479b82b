//! What is measured, a module each.

pub mod bursts;
pub mod fan_out;
pub mod flood;
mod flooding;
pub mod keys;
pub mod listeners;
pub mod positions;
pub mod probe;
pub mod reconnect;
pub mod writes;

use std::time::Duration;

use tempfile::TempDir;

use crate::Outcome;
use crate::server::{Programs, Server, Subject};

/// What all scenarios share.
#[derive(Debug)]
pub struct Bench {
    pub programs: Programs,
    pub sizes: Sizes,
    /// The keys that writes to the planner carry.
    pub keys: keys::Kind,
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Connected at once, where many are.
    pub clients: usize,
    /// In the list that is watched.
    pub rows: usize,
    /// Single changes in a turn of `fan-out`.
    pub changes: usize,
    /// Turns that each server takes in `fan-out`: many short ones, since what is compared there is nearly the same.
    pub fan_out_rounds: usize,
    /// Turns that each server takes in `writes`.
    pub rounds: usize,
    /// How long each of those is.
    pub turn: Duration,
    /// Bursts of `bursts`.
    pub bursts: usize,
}

impl Sizes {
    /// Those of the figures.
    pub const FULL: Self = Self {
        clients: 1000,
        rows: 10_000,
        changes: 40,
        fan_out_rounds: 25,
        rounds: 5,
        turn: Duration::from_secs(3),
        bursts: 200,
    };
    /// Those of a try.
    pub const QUICK: Self = Self {
        clients: 100,
        rows: 1000,
        changes: 40,
        fan_out_rounds: 5,
        rounds: 1,
        turn: Duration::from_millis(1000),
        bursts: 20,
    };
}

/// A server with a database of its own, which goes when this does.
#[derive(Debug)]
pub struct Running {
    pub server: Server,
    /// Dropped after the server.
    _folder: TempDir,
}

impl Bench {
    /// Starts a server on an empty database.
    pub fn start(&self, subject: Subject) -> Outcome<Running> {
        start(&self.programs, subject)
    }
}

/// [`Bench::start`] before there is one.
pub fn start(programs: &Programs, subject: Subject) -> Outcome<Running> {
    let folder = tempfile::tempdir_in(&programs.data)?;
    let server = programs.start(subject, &folder.path().join("coaches.sqlite3"), 0)?;
    Ok(Running {
        server,
        _folder: folder,
    })
}

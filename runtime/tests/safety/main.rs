//! Server safety: one module for each class of faults that a stranger could use, named after it. `SECURITY.md` lists the
//! promises that they prove.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]
#![allow(clippy::panic, reason = "a test may fail by it")]

#[path = "../board/mod.rs"]
mod board;
#[path = "../client/mod.rs"]
mod client;
mod poisoned_lists;
#[path = "../rows/mod.rs"]
mod rows;
mod the_file_itself;

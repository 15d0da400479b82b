//! Server safety: one module for each class of faults that a stranger could use, named after it. `SECURITY.md` lists the
//! promises that they prove.

#[path = "../board/mod.rs"]
mod board;
#[path = "../client/mod.rs"]
mod client;
#[path = "../rows/mod.rs"]
mod rows;

mod positions;
mod shared_waiting;

//! Server safety: one module for each class of faults that a stranger could use, named after it. `SECURITY.md` lists the
//! promises that they prove.

#[path = "../client/mod.rs"]
mod client;

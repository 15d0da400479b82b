//! A small planner: its declaration, and the server that the generator would emit for it.
//!
//! `schema.rs` stands for the user's file with what the derive macros add; the others for emitted files, one each.

// Not every test binary uses all of what is emitted.
#![allow(dead_code, unreachable_pub)]

pub mod coaches;
pub mod schedules;
pub mod schema;
pub mod server;

//! What servers with accounts need: [`passwords`] that are kept as hashes, and [`Sessions`] whose tokens clients connect
//! with again. Cargo feature `accounts`.

pub mod passwords;

mod hashing;
mod sessions;

pub use sessions::{Session, Sessions};

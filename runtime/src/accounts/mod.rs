//! What servers with accounts need: [`passwords`] that are kept as hashes, [`SignIns`] that bound how often they are guessed,
//! and [`Sessions`] whose tokens clients connect with again. Cargo feature `accounts`.

pub mod passwords;

mod buckets;
mod hashing;
mod revocations;
mod sessions;
mod sign_ins;

pub use sessions::{Session, Sessions};
pub use sign_ins::{Attempt, SignInLimits, SignIns};

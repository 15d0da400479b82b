//! Accounts: [`passwords`] that are stored as hashes, [`SignIns`] that bound how often they are guessed, and
//! [`Sessions`] with the tokens that clients reconnect with. Cargo feature `accounts`.

pub mod passwords;

mod buckets;
mod hashing;
mod revocations;
mod sessions;
mod sign_ins;

pub use sessions::{Session, Sessions};
pub use sign_ins::{Attempt, SignInLimits, SignIns};

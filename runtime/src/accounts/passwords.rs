//! Passwords are kept as argon2 hashes and checked off the async threads, which hashing would block.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{Error, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::task::spawn_blocking;

use crate::StoreError;

/// Hashes a password with a salt of its own, as is kept instead of it.
///
/// # Errors
/// An internal error when the system has no random numbers.
pub async fn hash(password: String) -> Result<String, StoreError> {
    let hashed = spawn_blocking(move || {
        let salt = SaltString::generate(&mut OsRng);
        Argon2::default()
            .hash_password(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
    });
    hashed
        .await
        .map_err(StoreError::internal)?
        .map_err(unusable)
}

/// Tells whether a password has this hash. Without a hash it takes as long, so that nobody learns who has an account.
///
/// # Errors
/// An internal error when what is kept is no hash.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, StoreError> {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$5nNFU0vO6VbGmWjC8rCkYVVSLWhWWiTkpNhkfQqFM/M";
    let verified = spawn_blocking(move || {
        let known = hash.is_some();
        let hash = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY))?;
        match Argon2::default().verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(known),
            Err(Error::Password) => Ok(false),
            Err(error) => Err(error),
        }
    });
    verified
        .await
        .map_err(StoreError::internal)?
        .map_err(unusable)
}

fn unusable(error: Error) -> StoreError {
    StoreError::internal(format!("a password can't be hashed or checked: {error}"))
}

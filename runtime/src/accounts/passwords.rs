//! Passwords are stored as argon2 hashes and checked off the async threads, which hashing would block.
//!
//! A run of argon2 takes a core for about 25 ms, and 19 MiB. The number of concurrent runs is one less than the number
//! of cores, and one at least; further runs wait for about two seconds at most, and runs beyond that are rejected as
//! `busy`. That bounds what a flood costs. To bound how often passwords are guessed, use [`SignIns`](super::SignIns),
//! whose attempts also wait per address, round-robin; the functions here wait as one address.
//!
//! A password is dropped as soon as it is hashed. Its memory is not overwritten: the buffers of the connection and the
//! payload of the call have held copies of it before.

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{
    Error as HashError, Output, ParamsString, PasswordHash, Salt, SaltString,
};
use argon2::{Algorithm, Argon2, Params, Version};
use rowcast_schema::FieldErrors;

use super::hashing::{self, Buffer, Owner};
use crate::store::Error;

/// Bytes of a password at most: far more than any that is typed.
pub const MAX_BYTES: usize = 1024;

/// Hashes a password with a new salt, for storing the hash in its place.
///
/// # Errors
/// Invalid input when the password has more than [`MAX_BYTES`]; [`Error::Throttled`] when too many wait to be hashed;
/// an internal error when the system has no random numbers.
pub async fn hash(password: String) -> Result<String, Error> {
    if password.len() > MAX_BYTES {
        let error = format!("a password must not have more than {MAX_BYTES} bytes");
        return Err(FieldErrors::general(error).into());
    }
    hashing::run(Owner::default(), move |buffer| {
        let salt = SaltString::generate(&mut OsRng);
        let argon2 = Argon2::default();
        let output = output(&argon2, &password, salt.as_salt(), buffer)?;
        let hash = PasswordHash {
            algorithm: Algorithm::default().ident(),
            version: Some(Version::default().into()),
            params: ParamsString::try_from(argon2.params()).map_err(unusable)?,
            salt: Some(salt.as_salt()),
            hash: Some(output),
        };
        Ok(hash.to_string())
    })
    .await
}

/// Returns whether a password has this hash. Without a hash it takes as long, so that no caller learns which accounts
/// exist.
///
/// # Errors
/// [`Error::Throttled`] when too many wait to be checked; an internal error when the stored value is no hash.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, Error> {
    verify_for(Owner::default(), password, hash).await
}

/// As [`verify`], queued for this owner.
pub(super) async fn verify_for(
    owner: Owner,
    password: String,
    hash: Option<String>,
) -> Result<bool, Error> {
    const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$5nNFU0vO6VbGmWjC8rCkYVVSLWhWWiTkpNhkfQqFM/M";
    // No password of this length was ever hashed.
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    hashing::run(owner, move |buffer| {
        let known = PasswordHash::new(hash.as_deref().unwrap_or(DUMMY_HASH)).map_err(unusable)?;
        let matches = matches(&password, &known, buffer)?;
        Ok(matches && hash.is_some())
    })
    .await
}

/// As `verify_password` of the library, in the given buffer.
fn matches(password: &str, hash: &PasswordHash<'_>, buffer: &mut Buffer) -> Result<bool, Error> {
    let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else {
        return Ok(false);
    };
    let algorithm = Algorithm::try_from(hash.algorithm).map_err(unusable)?;
    let version = hash.version.map(Version::try_from).transpose();
    let params = Params::try_from(hash).map_err(unusable)?;
    let version = version.map_err(|error| unusable(error.into()))?;
    let argon2 = Argon2::new(algorithm, version.unwrap_or_default(), params);
    // Takes as long wherever they differ.
    Ok(output(&argon2, password, salt, buffer)? == expected)
}

fn output(
    argon2: &Argon2<'_>,
    password: &str,
    salt: Salt<'_>,
    buffer: &mut Buffer,
) -> Result<Output, Error> {
    let mut bytes = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut bytes).map_err(unusable)?;
    let blocks = buffer.blocks(argon2.params().block_count())?;
    let length = argon2.params().output_len();
    let output = Output::init_with(length.unwrap_or(Params::DEFAULT_OUTPUT_LEN), |out| {
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, blocks)?;
        Ok(())
    });
    output.map_err(unusable)
}

fn unusable(error: HashError) -> Error {
    Error::internal(format!("a password can't be hashed or checked: {error}"))
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    const OTHER: &str =
        "$argon2i$v=16$m=64,t=3,p=2$c29tZXNhbHQ$ndiw9Ee4oFM2Mm4w6kmeYbCB8dMZLmwN0QdxUyb0Q1Y";

    #[tokio::test]
    async fn hashes_are_those_of_the_library_in_both_directions() {
        let ours = hash("secret".into()).await.unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();
        Argon2::default()
            .verify_password(b"secret", &parsed)
            .unwrap();
        let argon2 = Argon2::new(
            Algorithm::Argon2d,
            Version::V0x10,
            Params::new(64, 3, 2, Some(20)).unwrap(),
        );
        let salt = SaltString::generate(&mut OsRng);
        let theirs = argon2.hash_password(b"secret", &salt).unwrap().to_string();
        for (password, matches) in [("secret", true), ("Secret", false), ("", false)] {
            let verified = verify(password.into(), Some(theirs.clone())).await;
            assert_eq!(verified.unwrap(), matches, "{password}");
        }
        assert!(!verify("secret".into(), Some(OTHER.into())).await.unwrap());
    }
}

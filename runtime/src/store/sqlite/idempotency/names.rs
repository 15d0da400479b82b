//! Derivations from an idempotency key: the name under which its record is found, and the key that encrypts the record.
//!
//! All of it is derived by HMAC-SHA256 from the secret of the file, the owner and the key. The secret is in the same
//! file, so it does not protect from a reader of the file; it makes hashes that were computed for one file useless for
//! another. The protection comes from the keys, which are stored nowhere: without the key of a call, its record can't
//! be decrypted, nor can payloads be tried against its fingerprint.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{IdempotencyKey, KeyOwner};
use crate::store::Error;

/// The number of first bytes of a name that hold the time of its key, if the key begins with one.
const TIME: usize = 6;
const NONCE: usize = 12;

/// The owner numbers for the bytes of records without an account.
pub(super) const ANONYMOUS: i64 = 0;
pub(super) const FORMER: i64 = 1;
const SERVER: i64 = 2;

/// The secret of a file, and whether it has records of an earlier version.
#[derive(Clone)]
pub(in crate::store::sqlite) struct Secret {
    secret: [u8; 32],
    has_former: bool,
}

/// The derivations from a presented key.
#[derive(Debug)]
pub(in crate::store::sqlite) struct Names {
    pub(super) own: Name,
    /// For an account that uses a client: the name of the same key as one of that client.
    pub(super) client: Option<Name>,
    /// The name of the same key in the version in which keys had no owners.
    pub(super) former: Option<Name>,
    /// Whether it is the key of a client on which no account has signed in.
    pub(super) is_of_client: bool,
    /// The owner number for which the bytes of its record are counted.
    pub(super) counted_for: i64,
}

/// The name of a record, and the keys to its content.
pub(super) struct Name {
    pub(super) name: [u8; TIME + 16],
    /// A hash of event and payload.
    pub(super) fingerprint: [u8; 16],
    sealing: [u8; 32],
}

/// Separates owners of different kinds: an account may have the name of a client.
#[derive(Debug, Clone, Copy)]
pub(super) enum Namespace<'o> {
    Account(&'o str),
    Client(&'o str),
    Bearer,
    Server,
    /// An earlier version, in which keys had no owners.
    Former,
}

impl Secret {
    pub(super) fn draw() -> Result<[u8; 32], Error> {
        random_bytes()
    }

    pub(super) fn new(secret: [u8; 32], has_former: bool) -> Self {
        Self { secret, has_former }
    }

    /// Derives all that is needed to find the record of a call, or to write it. Takes some microseconds, which are kept
    /// off the writer's thread.
    pub(in crate::store::sqlite) fn names(&self, presented: &IdempotencyKey) -> Names {
        let derive = |owner| Name::derive(&self.secret, owner, &presented.key, &presented.call);
        let (own, client) = match &presented.owner {
            KeyOwner::Account { account, client } => {
                (Namespace::Account(account), client.as_deref())
            }
            KeyOwner::Client(client) => (Namespace::Client(client), None),
            KeyOwner::Bearer => (Namespace::Bearer, None),
            KeyOwner::Server => (Namespace::Server, None),
        };
        Names {
            own: derive(own),
            client: client.map(|client| derive(Namespace::Client(client))),
            former: self.has_former.then(|| derive(Namespace::Former)),
            is_of_client: matches!(own, Namespace::Client(_)),
            counted_for: own.counted_for(&self.secret),
        }
    }
}

impl Namespace<'_> {
    fn parts(&self) -> (u8, &str) {
        match self {
            Self::Account(account) => (b'a', account),
            Self::Client(client) => (b'c', client),
            Self::Bearer => (b'b', ""),
            Self::Server => (b's', ""),
            Self::Former => (b'f', ""),
        }
    }

    /// Clients without an account are counted together: anyone can invent any number of them.
    pub(super) fn counted_for(&self, secret: &[u8; 32]) -> i64 {
        match self {
            Self::Client(_) | Self::Bearer => ANONYMOUS,
            Self::Former => FORMER,
            Self::Server => SERVER,
            Self::Account(account) => {
                let mut number = [0; 8];
                number.copy_from_slice(&mac(secret, b'o', &[account.as_bytes()])[..8]);
                i64::from_be_bytes(number)
            }
        }
    }
}

impl Name {
    pub(super) fn derive(secret: &[u8; 32], owner: Namespace<'_>, key: &str, call: &[u8]) -> Self {
        let (kind, owner) = owner.parts();
        let root = mac(secret, kind, &[owner.as_bytes(), key.as_bytes()]);
        let hash = mac(&root, b'n', &[]);
        let mut name = [0; TIME + 16];
        name.copy_from_slice(&hash[..TIME + 16]);
        if let Some(time) = time_of(key) {
            name[..TIME].copy_from_slice(&time);
        }
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&mac(&root, b'f', &[call])[..16]);
        Self {
            name,
            fingerprint,
            sealing: mac(&root, b's', &[]),
        }
    }

    /// Encrypts the content of the record.
    pub(super) fn seal(&self, content: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = random_bytes()?;
        let cipher = ChaCha20Poly1305::new(&self.sealing.into());
        let sealed = cipher.encrypt(&Nonce::from(nonce), content);
        let sealed = sealed.map_err(|_| Error::internal("a record can't be encrypted"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Decrypts the output of [`Name::seal`].
    pub(super) fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let cipher = ChaCha20Poly1305::new(&self.sealing.into());
        let opened = sealed
            .split_first_chunk::<NONCE>()
            .and_then(|(nonce, sealed)| cipher.decrypt(&Nonce::from(*nonce), sealed).ok());
        opened.ok_or_else(|| Error::internal("an idempotency record was damaged"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Name").finish_non_exhaustive()
    }
}

fn random_bytes<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::internal(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

/// The time at the beginning of the keys of generated clients. Names that begin with it are adjacent in the index, so
/// that a commit writes fewer of its pages. The other 80 bits of such a key stay secret.
fn time_of(key: &str) -> Option<[u8; TIME]> {
    let is_hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if key.len() != 32 || !key.bytes().all(is_hexadecimal) {
        return None;
    }
    let time = u64::from_str_radix(&key[..2 * TIME], 16).ok()?;
    let mut bytes = [0; TIME];
    bytes.copy_from_slice(&time.to_be_bytes()[8 - TIME..]);
    Some(bytes)
}

/// HMAC-SHA256 over the purpose and the parts, each with its length before it.
fn mac(key: &[u8; 32], purpose: u8, parts: &[&[u8]]) -> [u8; 32] {
    // A key that is shorter than a block is padded with zeros, as HMAC does it.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(&[purpose]);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn named(owner: Namespace<'_>, key: &str) -> Name {
        Name::derive(&SECRET, owner, key, b"call")
    }

    #[test]
    fn owners_of_different_kinds_and_names_have_different_records() {
        let owners = [
            Namespace::Account("rose"),
            Namespace::Account("rosek"),
            Namespace::Account(""),
            Namespace::Client("rose"),
            Namespace::Bearer,
            Namespace::Server,
            Namespace::Former,
        ];
        let names: BTreeSet<_> = owners.map(|owner| named(owner, "key").name).into();
        assert_eq!(names.len(), owners.len());
        assert_ne!(
            named(Namespace::Account("rosek"), "ey").name,
            named(Namespace::Account("rose"), "key").name
        );
    }

    #[test]
    fn a_record_is_opened_by_its_owner_and_key_only() {
        let sealed = named(Namespace::Account("rose"), "k").seal(b"token");
        let sealed = sealed.unwrap_or_default();
        let opens = |owner, key| named(owner, key).open(&sealed).ok();
        assert_eq!(
            opens(Namespace::Account("rose"), "k"),
            Some(b"token".to_vec())
        );
        assert_eq!(opens(Namespace::Account("rose"), "l"), None);
        assert_eq!(opens(Namespace::Account("dan"), "k"), None);
        assert_eq!(
            named(Namespace::Account("rose"), "k").open(b"short").ok(),
            None
        );
    }

    #[test]
    fn only_the_time_of_a_generated_clients_key_can_be_read_from_the_name() {
        let key = "0191e5d4a6c3000102030405060708ff";
        let name = named(Namespace::Bearer, key).name;
        assert_eq!(name[..6], [0x01, 0x91, 0xe5, 0xd4, 0xa6, 0xc3]);
        assert_ne!(name[6..12], [0, 1, 2, 3, 4, 5]);
        let other = "0191e5d4a6c3-000102030405060708ff";
        assert_ne!(
            named(Namespace::Bearer, other).name[..3],
            [0x01, 0x91, 0xe5]
        );
    }
}

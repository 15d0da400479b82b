//! Idempotency keys, and their owners.

use std::fmt;
use std::sync::Arc;

/// The characters that a key needs which belongs to any client that knows it.
pub const MIN_BEARER_KEY: usize = 20;

/// Identifies a call when it is sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Its owner. Two owners may each have a key of the same text.
    pub owner: KeyOwner,
    /// The owner's key of this call, and no other one. It should be random: the record of the call is as secret as its
    /// key. A text of 128 random bits is plenty.
    pub key: String,
    /// Identifies the event and its payload: a key with others was not meant for them.
    pub call: Vec<u8>,
}

/// The owner of an [`IdempotencyKey`]. It is never a socket or a session.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// An account, from any socket.
    Account {
        /// The name that was passed to [`Caller::sign_in`](crate::Caller::sign_in).
        account: Arc<str>,
        /// The id of the client on which it has signed in, if that sent one.
        client: Option<Arc<str>>,
    },
    /// A client on which no account has signed in, by the random id that it sends in `auth`.
    Client(Arc<str>),
    /// Any client that knows the key, which must have at least [`MIN_BEARER_KEY`] characters therefore.
    Bearer,
    /// Code of the server. No client can have such a key.
    Server,
}

/// Shows neither the key nor its owner.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyKey").finish_non_exhaustive()
    }
}

/// Shows the kind only: an id of a client is a secret.
impl fmt::Debug for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account { .. } => "Account",
            Self::Client(_) => "Client",
            Self::Bearer => "Bearer",
            Self::Server => "Server",
        })
    }
}

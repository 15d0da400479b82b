//! Idempotency keys, and whose they are.

use std::fmt;
use std::sync::Arc;

/// How many characters a key needs that belongs to each client that knows it.
pub const MIN_BEARER_KEY: usize = 20;

/// What a call is known by when it is sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose it is. Of two owners, each may have a key of the same text.
    pub owner: KeyOwner,
    /// What its owner has named this call, and no other one. It should be random: what is recorded of the call is as
    /// secret as its key. A text of 128 random bits is plenty.
    pub key: String,
    /// Stands for the event and its payload: a key that comes with others was not meant for them.
    pub call: Vec<u8>,
}

/// To whom an [`IdempotencyKey`] belongs. It never belongs to a socket or a session.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// An account, from whatever socket it makes the call.
    Account {
        /// The name that [`Caller::sign_in`](crate::Caller::sign_in) was given.
        account: Arc<str>,
        /// The id of the client on which it has signed in, if that sent one.
        client: Option<Arc<str>>,
    },
    /// A client on which no account has signed in, by the random id that it sends in `auth`.
    Client(Arc<str>),
    /// Each client that knows the key, which must have at least [`MIN_BEARER_KEY`] characters therefore.
    Bearer,
    /// Code of the server's own. No client can have such a key.
    Server,
}

/// Shows neither the key nor who has it.
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

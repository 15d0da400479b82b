//! What the server knows of a connected socket, whatever its adapter.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use socketioxide::adapter::Adapter;
use socketioxide::socket::Socket;

use super::inbox::{Inbox, Limits};
use crate::feed::Place;

/// A connected socket's place in the feed, its waiting calls and who it is.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) caller: Caller,
    pub(crate) place: Place,
    pub(super) inbox: Inbox,
}

impl Peer {
    pub(super) fn new(id: String, limits: Limits) -> Self {
        Self {
            caller: Caller::new(id),
            place: Place::default(),
            inbox: Inbox::new(limits),
        }
    }

    /// The peer that was attached to the socket when it connected.
    pub(crate) fn of<A: Adapter>(socket: &Socket<A>) -> Option<Arc<Self>> {
        socket.extensions.get()
    }
}

/// Who makes a call: a socket, and whoever has signed in on it. Cheap to clone.
#[derive(Clone)]
pub struct Caller(Arc<Identified>);

struct Identified {
    id: String,
    identity: RwLock<Option<Arc<dyn Any + Send + Sync>>>,
    changed: AtomicBool,
}

impl Caller {
    /// A caller that belongs to no socket, for tests and for code that calls itself.
    pub fn new(id: impl Into<String>) -> Self {
        Self(Arc::new(Identified {
            id: id.into(),
            identity: RwLock::default(),
            changed: AtomicBool::new(false),
        }))
    }

    /// The id of the socket. It lasts as long as the connection.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Whoever has signed in, if that was a `T`.
    pub fn identity<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let identity = self
            .0
            .identity
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        identity.clone()?.downcast().ok()
    }

    /// Remembers who has signed in, for as long as the socket is connected.
    pub fn sign_in<T: Send + Sync + 'static>(&self, identity: T) {
        self.set(Some(Arc::new(identity)));
    }

    /// Forgets who had signed in.
    pub fn sign_out(&self) {
        self.set(None);
    }

    /// Tells whether somebody signed in or out since this was asked last.
    pub(super) fn take_changed(&self) -> bool {
        self.0.changed.swap(false, Ordering::SeqCst)
    }

    fn set(&self, identity: Option<Arc<dyn Any + Send + Sync>>) {
        *self
            .0
            .identity
            .write()
            .unwrap_or_else(PoisonError::into_inner) = identity;
        self.0.changed.store(true, Ordering::SeqCst);
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caller").field(&self.0.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_found_by_its_type() {
        let caller = Caller::new("a");
        assert!(caller.identity::<u8>().is_none());
        caller.sign_in(7_u8);
        assert_eq!(caller.clone().identity::<u8>().as_deref(), Some(&7));
        assert!(caller.identity::<u16>().is_none());
        assert!(caller.take_changed());
        assert!(!caller.take_changed());
        caller.sign_out();
        assert!(caller.identity::<u8>().is_none());
    }
}

//! What the server knows of a connected socket, whatever its adapter.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use socketioxide::adapter::Adapter;
use socketioxide::socket::Socket;

use super::inbox::{Inbox, Limits};
use crate::Scopes;
use crate::feed::Place;
use crate::scopes::ScopesByKind;

/// A connected socket's place in the feed, its waiting calls and who it is.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) caller: Caller,
    pub(crate) place: Place,
    /// Held by whoever finds out where the socket belongs, so that an older answer never replaces a newer one.
    pub(super) placing: tokio::sync::Mutex<()>,
    pub(super) inbox: Inbox,
}

impl Peer {
    pub(super) fn new(id: String, limits: Limits) -> Self {
        Self {
            caller: Caller::new(id),
            place: Place::default(),
            placing: tokio::sync::Mutex::default(),
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
    scopes: RwLock<ScopesByKind>,
    changed: AtomicBool,
}

impl Caller {
    /// A caller that belongs to no socket, for tests and for code that calls itself.
    pub fn new(id: impl Into<String>) -> Self {
        Self(Arc::new(Identified {
            id: id.into(),
            identity: RwLock::default(),
            scopes: RwLock::default(),
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

    /// The scopes of a kind, such as `Gym`, that the caller sees: what [`Guard::scopes`](crate::Guard::scopes) gave for this
    /// call.
    ///
    /// Code of your own confines what it reads and writes by them: `tx.schedules().within(caller.scopes("Gym"))`.
    pub fn scopes(&self, of: &str) -> Scopes {
        let scopes = self.0.scopes.read();
        scopes.unwrap_or_else(PoisonError::into_inner).of(of)
    }

    /// Lets the caller see these scopes of a kind, for tests and for code that calls itself. A socket's are found out anew
    /// by the guard at each call.
    pub fn with_scopes(self, of: &'static str, scopes: Scopes) -> Self {
        self.write_scopes().set(of, scopes);
        self
    }

    /// Takes note of all scopes that the caller sees. When they are others than before, the caller has changed.
    pub(super) fn set_scopes(&self, scopes: ScopesByKind) {
        let mut known = self.write_scopes();
        if *known != scopes {
            *known = scopes;
            self.0.changed.store(true, Ordering::SeqCst);
        }
    }

    fn write_scopes(&self) -> RwLockWriteGuard<'_, ScopesByKind> {
        let scopes = self.0.scopes.write();
        scopes.unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether somebody signed in or out, or sees other scopes, since this was asked last.
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

//! Who makes a call.

use std::any::Any;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard};

use super::denied::Denied;
use super::network::network;
use crate::store::{Error, RowId, Scopes, ScopesByKind};

/// What the guard says that a caller sees, and which rows they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permissions {
    pub(crate) scopes: ScopesByKind,
    pub(crate) owned: ScopesByKind,
}

/// Who makes a call: a socket, and whoever has signed in on it. Cheap to clone.
#[derive(Clone)]
pub struct Caller(Arc<Identified>);

/// An account, and what the guard knows of it. Replaced as one, so that no call sees parts of two.
#[derive(Clone)]
struct SignedIn {
    account: Arc<str>,
    identity: Arc<dyn Any + Send + Sync>,
}

struct Identified {
    id: String,
    address: OnceLock<IpAddr>,
    /// The id that the client sent in `auth`, if it did.
    client: OnceLock<Arc<str>>,
    signed_in: RwLock<Option<SignedIn>>,
    permissions: RwLock<Permissions>,
    logged_as: RwLock<Option<Arc<str>>>,
    changed: AtomicBool,
}

impl Caller {
    /// A caller that belongs to no socket, for tests and for code that calls itself.
    pub fn new(id: impl Into<String>) -> Self {
        Self(Arc::new(Identified {
            id: id.into(),
            address: OnceLock::new(),
            client: OnceLock::new(),
            signed_in: RwLock::default(),
            permissions: RwLock::default(),
            logged_as: RwLock::default(),
            changed: AtomicBool::new(false),
        }))
    }

    /// The id of the socket. It lasts as long as the connection.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The address that the socket is connected from; of IPv6 the network of 64 bits, since a client has all of it. Behind
    /// proxies it is the one that they name (see [`Limits::proxies`](super::Limits::proxies)). None if it is not known, as for a caller that
    /// belongs to no socket.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.address.get().copied()
    }

    /// Gives a caller that belongs to no socket an address, for tests.
    pub fn with_address(self, address: IpAddr) -> Self {
        self.set_address(Some(network(address)));
        self
    }

    /// Takes note of where the socket is connected from, once.
    pub(crate) fn set_address(&self, address: Option<IpAddr>) {
        if let Some(address) = address {
            let _ = self.0.address.set(address);
        }
    }

    /// Whoever has signed in, if that was a `T`.
    pub fn identity<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.signed_in()?.identity.downcast().ok()
    }

    /// The account that has signed in, as [`Caller::sign_in`] was told its name.
    pub fn account(&self) -> Option<Arc<str>> {
        self.signed_in().map(|signed_in| signed_in.account)
    }

    /// Whether somebody has signed in, whoever that was.
    pub fn is_signed_in(&self) -> bool {
        self.signed_in().is_some()
    }

    /// Signs an account in, for as long as the socket is connected. [`Caller::identity`] gives `identity` back.
    ///
    /// `account` is what tells this account from all others, the same at each sign-in: a user's id, a user name that is
    /// never given to another, or both of tenant and user where names are only unique within a tenant. The idempotency
    /// keys of the account's writes belong to it: a write that is sent again is answered by its record if the same
    /// account sends it, from whatever socket. Not a token or the id of a session, which differ at the next sign-in.
    ///
    /// ```
    /// # use rowcast_runtime::Caller;
    /// # let caller = Caller::new("socket");
    /// caller.sign_in("coach 7", 7_i64);
    /// assert_eq!(caller.account().as_deref(), Some("coach 7"));
    /// ```
    pub fn sign_in<T: Send + Sync + 'static>(&self, account: impl Into<String>, identity: T) {
        self.set(Some(SignedIn {
            account: account.into().into(),
            identity: Arc::new(identity),
        }));
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
        let permissions = self.0.permissions.read();
        permissions
            .unwrap_or_else(PoisonError::into_inner)
            .scopes
            .of(of)
    }

    /// Lets the caller see these scopes of a kind, for tests and for code that calls itself. A socket's are found out anew
    /// by the guard at each call.
    pub fn with_scopes(self, of: &'static str, scopes: Scopes) -> Self {
        self.write_permissions().scopes.set(of, scopes);
        self
    }

    /// Refuses whoever is not the owner of a row, which is a row of another resource: the `Coach` with this id. Generated
    /// code asks this for `access(write = owner(coach))`.
    ///
    /// # Errors
    /// Forbidden.
    pub fn require_owner(&self, of: &str, owner: Option<RowId>) -> Result<(), Error> {
        let permissions = self.0.permissions.read();
        let owned = permissions
            .unwrap_or_else(PoisonError::into_inner)
            .owned
            .of(of);
        match owner {
            Some(owner) if owned.contain(&owner) => Ok(()),
            _ => Err(Denied::forbidden().into()),
        }
    }

    /// [`Caller::require_owner`] of the owner that an input names, if it names one: a hook may still do so.
    ///
    /// # Errors
    /// Forbidden.
    pub fn check_owner(&self, of: &str, given: Option<RowId>) -> Result<(), Error> {
        match given {
            Some(owner) => self.require_owner(of, Some(owner)),
            None => Ok(()),
        }
    }

    /// The scopes of all kinds that the caller sees.
    pub(crate) fn all_scopes(&self) -> ScopesByKind {
        let permissions = self.0.permissions.read();
        permissions
            .unwrap_or_else(PoisonError::into_inner)
            .scopes
            .clone()
    }

    /// Takes note of what the caller sees and owns. When they see other scopes than before, the caller has changed.
    pub(crate) fn set_permissions(&self, permissions: Permissions) {
        let mut known = self.write_permissions();
        if known.scopes != permissions.scopes {
            self.0.changed.store(true, Ordering::SeqCst);
        }
        *known = permissions;
    }

    fn write_permissions(&self) -> RwLockWriteGuard<'_, Permissions> {
        let permissions = self.0.permissions.write();
        permissions.unwrap_or_else(PoisonError::into_inner)
    }

    /// Names whoever has signed in for the log: it stands as `who` in the spans of their calls, until somebody signs in
    /// or out.
    ///
    /// Nothing of an identity is logged but what is given here, so give what may be read there: an id, not a token.
    ///
    /// ```
    /// # use rowcast_runtime::Caller;
    /// # let caller = Caller::new("socket");
    /// caller.sign_in("7", 7_i64);
    /// caller.log_as("coach 7");
    /// ```
    pub fn log_as(&self, who: impl Into<String>) {
        self.set_logged_as(Some(who.into().into()));
    }

    /// What [`Caller::log_as`] was given.
    pub(crate) fn logged_as(&self) -> Option<Arc<str>> {
        let logged_as = self.0.logged_as.read();
        logged_as.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_logged_as(&self, who: Option<Arc<str>>) {
        let logged_as = self.0.logged_as.write();
        *logged_as.unwrap_or_else(PoisonError::into_inner) = who;
    }

    /// Tells whether somebody signed in or out, or sees other scopes, since this was asked last.
    pub(crate) fn take_changed(&self) -> bool {
        self.0.changed.swap(false, Ordering::SeqCst)
    }

    fn signed_in(&self) -> Option<SignedIn> {
        let signed_in = self.0.signed_in.read();
        signed_in.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers the id that the client sent in `auth`; the first one counts.
    pub(crate) fn set_client(&self, client: Arc<str>) {
        let _ = self.0.client.set(client);
    }

    /// The id that the client sent in `auth`, if it sent one that counts.
    pub(crate) fn client(&self) -> Option<Arc<str>> {
        self.0.client.get().cloned()
    }

    fn set(&self, signed_in: Option<SignedIn>) {
        *self
            .0
            .signed_in
            .write()
            .unwrap_or_else(PoisonError::into_inner) = signed_in;
        self.set_logged_as(None);
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
        caller.sign_in("seven", 7_u8);
        assert_eq!(caller.clone().identity::<u8>().as_deref(), Some(&7));
        assert_eq!(caller.account().as_deref(), Some("seven"));
        assert!(caller.identity::<u16>().is_none());
        assert!(caller.take_changed());
        assert!(!caller.take_changed());
        caller.sign_out();
        assert!(caller.identity::<u8>().is_none() && caller.account().is_none());
    }

    #[test]
    fn nobody_is_logged_by_the_name_of_who_was_there_before() {
        let caller = Caller::new("a");
        caller.sign_in("seven", 7_u8);
        caller.log_as("seven");
        assert_eq!(caller.logged_as().as_deref(), Some("seven"));
        caller.sign_in("eight", 8_u8);
        assert!(caller.is_signed_in() && caller.logged_as().is_none());
        caller.log_as("eight");
        caller.sign_out();
        assert!(!caller.is_signed_in() && caller.logged_as().is_none());
    }

    #[test]
    fn a_caller_sees_the_scopes_that_it_is_given_and_no_others() {
        let caller = Caller::new("test").with_scopes("Gym", Scopes::of([1]));
        assert_eq!(caller.scopes("Gym"), Scopes::of([1]));
        assert_eq!(caller.scopes("Studio"), Scopes::none());
    }
}

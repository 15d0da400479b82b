//! The caller of a call.

use std::any::Any;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard};

use super::denied::Denied;
use super::network::network;
use crate::store::{Error, RowId, Scopes, ScopesByKind};

/// What a caller may see, and which rows it owns, as resolved by the guard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permissions {
    pub(crate) scopes: ScopesByKind,
    pub(crate) owned: ScopesByKind,
}

/// The caller of a call: a socket, and the account that is signed in on it. Cheap to clone.
#[derive(Clone)]
pub struct Caller(Arc<CallerState>);

/// An account, and the guard's identity of it. Replaced as one, so that no call sees parts of two.
#[derive(Clone)]
struct SignedIn {
    account: Arc<str>,
    identity: Arc<dyn Any + Send + Sync>,
}

struct CallerState {
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
    /// A caller without a socket, for tests and for code that calls itself.
    pub fn new(id: impl Into<String>) -> Self {
        Self(Arc::new(CallerState {
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

    /// The address that the socket is connected from; of IPv6 the network of 64 bits, since a client has all of it.
    /// Behind proxies it is the one that they report (see [`Limits::proxies`](super::Limits::proxies)). `None` if it is
    /// unknown, as for a caller without a socket.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.address.get().copied()
    }

    /// Sets the address of a caller without a socket, for tests.
    pub fn with_address(self, address: IpAddr) -> Self {
        self.set_address(Some(network(address)));
        self
    }

    /// Sets the address that the socket is connected from, once.
    pub(crate) fn set_address(&self, address: Option<IpAddr>) {
        if let Some(address) = address {
            let _ = self.0.address.set(address);
        }
    }

    /// The identity of the signed-in account, if it is a `T`.
    pub fn identity<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.signed_in()?.identity.downcast().ok()
    }

    /// The signed-in account, as named to [`Caller::sign_in`].
    pub fn account(&self) -> Option<Arc<str>> {
        self.signed_in().map(|signed_in| signed_in.account)
    }

    /// Whether an account is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.signed_in().is_some()
    }

    /// Signs an account in, for as long as the socket is connected. [`Caller::identity`] returns `identity`.
    ///
    /// `account` identifies this account, the same at each sign-in: a user's id, a user name that is never assigned to
    /// another, or both tenant and user where names are only unique within a tenant. The idempotency keys of the
    /// account's writes belong to it: a write that is sent again is answered by its record if the same account sends
    /// it, from any socket. Not a token or the id of a session, which differ at the next sign-in.
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

    /// Signs the account out.
    pub fn sign_out(&self) {
        self.set(None);
    }

    /// The scopes of a kind, such as `Gym`, that the caller sees: the result of [`Guard::scopes`](crate::Guard::scopes)
    /// for this call.
    ///
    /// Custom code restricts its reads and writes by them: `tx.schedules().within(caller.scopes("Gym"))`.
    pub fn scopes(&self, of: &str) -> Scopes {
        let permissions = self.0.permissions.read();
        permissions
            .unwrap_or_else(PoisonError::into_inner)
            .scopes
            .of(of)
    }

    /// Sets the visible scopes of a kind, for tests and for code that calls itself. Those of a socket are resolved by
    /// the guard at each call.
    pub fn with_scopes(self, of: &'static str, scopes: Scopes) -> Self {
        self.write_permissions().scopes.set(of, scopes);
        self
    }

    /// Rejects callers that do not own a row, where the owner is a row of another resource: the `Coach` with this id.
    /// Generated code calls this for `access(write = owner(coach))`.
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

    /// [`Caller::require_owner`] of the owner in an input, if the input has one: a hook may still set it.
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

    /// Sets what the caller sees and owns. If its scopes differ from before, the caller has changed.
    pub(crate) fn set_permissions(&self, permissions: Permissions) {
        let mut current = self.write_permissions();
        if current.scopes != permissions.scopes {
            self.0.changed.store(true, Ordering::SeqCst);
        }
        *current = permissions;
    }

    fn write_permissions(&self) -> RwLockWriteGuard<'_, Permissions> {
        let permissions = self.0.permissions.write();
        permissions.unwrap_or_else(PoisonError::into_inner)
    }

    /// Names the signed-in account in the log: it is the field `who` in the spans of its calls, until the next sign-in
    /// or sign-out.
    ///
    /// Nothing else of an identity is logged, so pass what may appear there: an id, not a token.
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

    /// The name that was passed to [`Caller::log_as`].
    pub(crate) fn logged_as(&self) -> Option<Arc<str>> {
        let logged_as = self.0.logged_as.read();
        logged_as.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_logged_as(&self, who: Option<Arc<str>>) {
        let logged_as = self.0.logged_as.write();
        *logged_as.unwrap_or_else(PoisonError::into_inner) = who;
    }

    /// Whether an account signed in or out, or the scopes changed, since the last call.
    pub(crate) fn take_changed(&self) -> bool {
        self.0.changed.swap(false, Ordering::SeqCst)
    }

    fn signed_in(&self) -> Option<SignedIn> {
        let signed_in = self.0.signed_in.read();
        signed_in.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores the id that the client sent in `auth`; the first one counts.
    pub(crate) fn set_client(&self, client: Arc<str>) {
        let _ = self.0.client.set(client);
    }

    /// The id that the client sent in `auth`, if it sent a valid one.
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
    fn a_sign_in_clears_the_logged_name_of_the_account_before() {
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

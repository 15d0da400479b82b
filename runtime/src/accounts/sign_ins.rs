//! Throttles attempts to sign in, per account and per address.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rowcast_schema::FieldCode;

use super::buckets::{Buckets, RefillRate};
use super::hashing::Owner;
use super::passwords;
use crate::rpc::{Caller, site};
use crate::store::Error;

/// Accounts whose successful sign-ins are remembered.
const MAX_TRUSTED: usize = 65_536;
/// Addresses remembered per account, so that an account with many addresses does not evict those of others.
const MAX_TRUSTED_OF_ACCOUNT: usize = 8;

/// Attempts to sign in per minute; the same number may come at once after a while without any.
#[derive(Debug, Clone, Copy)]
pub struct SignInLimits {
    /// Attempts at one account from all addresses, except those from which it has signed in before: each of these has
    /// this many of its own.
    pub per_account: NonZeroU32,
    /// Attempts of one address (of one network of 64 bits with IPv6) at all accounts, successful ones included.
    pub per_address: NonZeroU32,
}

const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).unwrap();
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(60).unwrap();

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            per_account: PER_ACCOUNT,
            per_address: PER_ADDRESS,
        }
    }
}

/// Bounds how often passwords are guessed, per account and per address. Clones share their counts; a server needs one.
///
/// ```
/// use rowcast_runtime::accounts::SignIns;
/// use rowcast_runtime::{Caller, Error};
///
/// async fn login(sign_ins: &SignIns, caller: &Caller, name: &str, password: String) -> Result<bool, Error> {
///     let attempt = sign_ins.attempt(caller, name)?; // `busy`, with a text that says when to try again
///     let hash = find_hash(name).await; // none for an unknown name
///     attempt.verify(password, hash).await
/// }
/// # async fn find_hash(_: &str) -> Option<String> { None }
/// ```
///
/// An attempt counts when it begins, whether the account exists or not, so that many at once count the same as many in
/// sequence, and the answers don't reveal which accounts exist. A successful sign-in returns to its address the
/// attempts that it has used of the account.
///
/// Attempts from unknown addresses can't lock out the owner of an account. One address has at most half of an account's
/// attempts; many together can use up all of them, but not those of an address from which the account has signed in
/// since the start of the server (the last eight of these).
///
/// Few passwords are checked at a time. Addresses wait for that round-robin (with IPv6, networks of 48 bits), each
/// leaves room for others, and a quarter of the room is reserved for accounts at addresses where they have signed in
/// before.
///
/// Addresses are those of [`Caller::address`]. Callers without one share one, so that they are not unbounded. Callers
/// of this machine are counted per account only: they come from a proxy that is not named in
/// [`Limits::proxies`](crate::Limits::proxies), or from a test.
///
/// Memory is bounded, however many names are invented: accounts and addresses share 65,536 buckets each, by a hash that
/// a client can't predict. Two that share one are throttled together, which is rare and ends by itself. The counts are
/// in memory, per process.
///
/// It works the same for other commands that check or hash passwords, such as a change of password or a registration.
#[derive(Clone)]
pub struct SignIns(Arc<Shared>);

struct Shared {
    account: RefillRate,
    /// Of one address that the account has not signed in from.
    untrusted: RefillRate,
    address: RefillRate,
    start: Instant,
    hasher: RandomState,
    buckets: Mutex<AttemptBuckets>,
}

/// The buckets of attempts.
#[derive(Default)]
struct AttemptBuckets {
    accounts: Buckets,
    /// Per account and address.
    pairs: Buckets,
    addresses: Buckets,
    /// The pairs that have signed in, by account.
    trusted: HashMap<u64, Trusted>,
}

/// The pairs of an account that have signed in, the last one last.
struct Trusted {
    pairs: Vec<u64>,
    last: Duration,
}

impl SignIns {
    /// Counts from now on.
    pub fn new(limits: SignInLimits) -> Self {
        let SignInLimits {
            per_account,
            per_address,
        } = limits;
        let half = per_account.get().div_ceil(2);
        Self(Arc::new(Shared {
            account: RefillRate::per_minute(per_account),
            untrusted: RefillRate::per_minute(NonZeroU32::new(half).unwrap_or(per_account)),
            address: RefillRate::per_minute(per_address),
            start: Instant::now(),
            hasher: RandomState::new(),
            buckets: Mutex::default(),
        }))
    }

    /// Begins an attempt to sign in to an account, by the name that the client has sent. Names that differ in case only
    /// count as one.
    ///
    /// # Errors
    /// [`Error::Throttled`] when there were too many: `too many attempts to sign in, please try again in 6 seconds`.
    pub fn attempt(&self, caller: &Caller, account: &str) -> Result<Attempt, Error> {
        let keys = self.0.keys(caller.address(), account);
        let uses_account = self.0.begin(&keys).map_err(too_many)?;
        Ok(Attempt {
            shared: self.0.clone(),
            keys,
            uses_account,
        })
    }
}

impl Shared {
    fn keys(&self, address: Option<IpAddr>, account: &str) -> Keys {
        let account = account.trim().to_lowercase();
        let is_counted = address.is_none_or(|address| !address.is_loopback());
        Keys {
            account: self.hasher.hash_one(&account),
            pair: self.hasher.hash_one((&account, address)),
            address: is_counted.then(|| self.hasher.hash_one(address)),
            origin: self.hasher.hash_one(address.map(site)),
        }
    }

    /// Returns whether the attempt counts for the account (its address is not trusted), or how long to wait.
    fn begin(&self, keys: &Keys) -> Result<bool, Duration> {
        let (now, mut buckets) = (self.now(), self.buckets());
        // First, so that an address that has no more attempts uses up none of an account's.
        if let Some(address) = keys.address {
            buckets.addresses.take(address, self.address, now)?;
        }
        if buckets.trusts(keys) {
            buckets.pairs.take(keys.pair, self.account, now)?;
            return Ok(false);
        }
        let account = buckets.accounts.wait(keys.account, self.account, now);
        let pair = buckets.pairs.wait(keys.pair, self.of_pair(keys), now);
        match account.max(pair) {
            Some(wait) => return Err(wait),
            None => {
                buckets.accounts.take(keys.account, self.account, now)?;
                buckets.pairs.take(keys.pair, self.of_pair(keys), now)?;
            }
        }
        Ok(true)
    }

    fn succeed(&self, keys: &Keys, uses_account: bool) {
        let (now, mut buckets) = (self.now(), self.buckets());
        let rate = match uses_account {
            true => self.of_pair(keys),
            false => self.account,
        };
        let used = buckets.pairs.refill(keys.pair, rate, now);
        if uses_account {
            buckets
                .accounts
                .give_back(keys.account, used, self.account, now);
        }
        if keys.address.is_some() {
            buckets.trust(keys, now);
        }
    }

    fn cancel(&self, keys: &Keys, uses_account: bool) {
        let (now, mut buckets) = (self.now(), self.buckets());
        match uses_account {
            true => {
                buckets
                    .accounts
                    .give_back(keys.account, 1, self.account, now);
                buckets
                    .pairs
                    .give_back(keys.pair, 1, self.of_pair(keys), now);
            }
            false => buckets.pairs.give_back(keys.pair, 1, self.account, now),
        }
    }

    /// Callers without a counted address share all attempts of the account.
    fn of_pair(&self, keys: &Keys) -> RefillRate {
        match keys.address {
            Some(_) => self.untrusted,
            None => self.account,
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn buckets(&self) -> MutexGuard<'_, AttemptBuckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptBuckets {
    fn trusts(&self, keys: &Keys) -> bool {
        let trusted = self.trusted.get(&keys.account);
        trusted.is_some_and(|trusted| trusted.pairs.contains(&keys.pair))
    }

    fn trust(&mut self, keys: &Keys, now: Duration) {
        if self.trusted.len() >= MAX_TRUSTED && !self.trusted.contains_key(&keys.account) {
            let mut times: Vec<_> = self.trusted.values().map(|trusted| trusted.last).collect();
            let (_, &mut median, _) = times.select_nth_unstable(MAX_TRUSTED / 2);
            self.trusted.retain(|_, trusted| trusted.last > median);
        }
        let trusted = self.trusted.entry(keys.account).or_insert(Trusted {
            pairs: Vec::new(),
            last: now,
        });
        trusted.last = now;
        trusted.pairs.retain(|pair| *pair != keys.pair);
        if trusted.pairs.len() >= MAX_TRUSTED_OF_ACCOUNT {
            trusted.pairs.remove(0);
        }
        trusted.pairs.push(keys.pair);
    }
}

/// The hashes that an attempt is counted by.
#[derive(Clone, Copy)]
struct Keys {
    account: u64,
    pair: u64,
    /// `None` if the address does not count.
    address: Option<u64>,
    /// The owner in the queue of password checks.
    origin: u64,
}

/// An attempt to sign in, which counts as failed until it has succeeded.
#[must_use = "an attempt counts as failed until it has succeeded"]
pub struct Attempt {
    shared: Arc<Shared>,
    keys: Keys,
    uses_account: bool,
}

impl Attempt {
    /// Returns whether a password has this hash, as [`passwords::verify`] does; if so, the attempt has succeeded. It
    /// does not count if the password could not be checked.
    ///
    /// # Errors
    /// As [`passwords::verify`].
    pub async fn verify(self, password: String, hash: Option<String>) -> Result<bool, Error> {
        let verified = passwords::verify_for(self.owner(), password, hash).await;
        match &verified {
            Ok(true) => self.succeeded(),
            Ok(false) => {}
            Err(_) => self.shared.cancel(&self.keys, self.uses_account),
        }
        verified
    }

    fn owner(&self) -> Owner {
        Owner {
            key: self.keys.origin,
            is_trusted: !self.uses_account,
        }
    }

    /// The caller has proven, by a password or otherwise, that it owns the account.
    pub fn succeeded(self) {
        self.shared.succeed(&self.keys, self.uses_account);
    }
}

fn too_many(wait: Duration) -> Error {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Error::Throttled(FieldCode::TooManyAttempts { seconds }.into())
}

impl Default for SignIns {
    fn default() -> Self {
        Self::new(SignInLimits::default())
    }
}

impl fmt::Debug for SignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIns").finish_non_exhaustive()
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: u32) -> Caller {
        let address = IpAddr::from((number + (10 << 24)).to_be_bytes());
        Caller::new("").with_address(address)
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let sign_ins = SignIns::default();
        for number in 0..200_000_u32 {
            let attempt = sign_ins.attempt(&at(number % 20_000), &format!("account {number}"));
            if let Ok(attempt) = attempt {
                attempt.succeeded();
            }
        }
        let trusted = sign_ins.0.buckets().trusted.len();
        assert!((1000..=MAX_TRUSTED).contains(&trusted), "{trusted}");
    }

    #[test]
    fn no_account_makes_another_forgotten() {
        let sign_ins = SignIns::default();
        let sign_in = |caller: &Caller, account: &str| {
            let attempt = sign_ins.attempt(caller, account).unwrap();
            let is_trusted = !attempt.uses_account;
            attempt.succeeded();
            is_trusted
        };
        assert!(!sign_in(&at(0), "rose"));
        for number in 1..20_000 {
            sign_in(&at(number), "mallory");
        }
        assert!(sign_in(&at(0), "rose"));
        // An account remembers its last addresses.
        assert!(sign_in(&at(19_999), "mallory") && sign_in(&at(19_992), "mallory"));
        assert!(!sign_in(&at(19_991), "mallory"));
    }
}

//! Sessions: tokens that identify an account until they expire or are revoked.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use pasetors::claims::{Claims, ClaimsValidationRules};
use pasetors::keys::{Generate, SymmetricKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::V4;
use pasetors::{Local, local};
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::revocations::{self, Revocations};
use crate::store::Error;
use crate::store::{Database, Read, Reader, Transaction};

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS rowcast_session_key (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        key BLOB NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS rowcast_sessions (
        id TEXT NOT NULL PRIMARY KEY,
        who TEXT NOT NULL,
        expires INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS rowcast_sessions_expires ON rowcast_sessions (expires)",
    "CREATE INDEX IF NOT EXISTS rowcast_sessions_who ON rowcast_sessions (who, expires)",
];
const BEGIN: &str = "INSERT INTO rowcast_sessions (id, who, expires) VALUES (?1, ?2, ?3)";
const FORGET: &str = "
DELETE FROM rowcast_sessions WHERE id IN (
    SELECT id FROM rowcast_sessions WHERE expires < ?1 ORDER BY expires LIMIT 100
)";
const FIND: &str = "SELECT 1 FROM rowcast_sessions WHERE id = ?1";
const OF: &str = "SELECT id, expires FROM rowcast_sessions WHERE who = ?1";
const TOO_MANY: &str = "
SELECT id, expires FROM rowcast_sessions WHERE who = ?1 AND id <> ?2
ORDER BY expires DESC LIMIT 100 OFFSET ?3";
const END: &str = "DELETE FROM rowcast_sessions WHERE id = ?1";

/// Bytes of a token at most; a longer one was not issued, and is not decrypted.
const MAX_TOKEN: usize = 4096;
/// Sessions of one account at most.
const MAX_PER_ACCOUNT: usize = 1000;
/// Concurrent look-ups of tokens, so that many connecting sockets leave readers to the calls of others.
const LOOK_UPS: usize = 32;

/// The session of an account that has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The account, as passed to [`Sessions::begin`].
    pub who: String,
    /// When it ends by itself.
    pub expires: SystemTime,
    id: Uuid,
}

/// Issues tokens and finds their sessions. Clones share the revocations.
///
/// A token is a PASETO (`v4.local`): its content can be neither read nor changed without the key, which is generated at
/// the first start and stored in the database. The sessions are stored there too, so that they can be ended before they
/// expire: in this process at once, and within about a second in others that have the same database open.
///
/// An account has 1,000 sessions at most; beginning another ends its oldest.
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    store: Database,
    key: SymmetricKey<V4>,
    lifetime: Duration,
    /// Sockets that are connected may still have ended sessions.
    revocations: Arc<Revocations>,
    look_ups: Semaphore,
}

impl Sessions {
    /// Sessions of this lifetime, stored in this database. A lifetime that is shorter than before also applies to
    /// tokens that were issued before.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn open(store: Database, lifetime: Duration) -> Result<Self, Error> {
        let revocations = Arc::new(Revocations::default());
        let known = revocations.clone();
        let open = move |tx: &Transaction<'_>| {
            let key = read_key(tx)?;
            known.follow(tx, now())?;
            Ok(key)
        };
        let key = store.write(open).await?.value;
        let followed = Arc::downgrade(&revocations);
        store.follow(move |reader| match followed.upgrade() {
            Some(known) => known.follow(reader, now()).map(|()| true),
            None => Ok(false),
        });
        Ok(Self(Arc::new(Shared {
            store,
            key: SymmetricKey::from(&key).map_err(unusable)?,
            lifetime,
            revocations,
            look_ups: Semaphore::new(LOOK_UPS),
        })))
    }

    /// Begins a session and returns its token, with which the client connects the next time.
    ///
    /// # Errors
    /// As [`Database::write`]; an internal error when `who` has some thousand bytes.
    pub async fn begin(&self, who: impl Into<String>) -> Result<(Session, String), Error> {
        let (sessions, who) = (self.clone(), who.into());
        let begin = move |tx: &Transaction<'_>| sessions.begin_in(tx, who);
        Ok(self.0.store.write(begin).await?.value)
    }

    /// [`Sessions::begin`] in a transaction of the same database: for a sign-in that has to make sure that the password
    /// which it has compared is still the account's. It takes effect when the transaction is committed.
    ///
    /// # Errors
    /// As [`Sessions::begin`].
    pub fn begin_in(
        &self,
        tx: &Transaction<'_>,
        who: impl Into<String>,
    ) -> Result<(Session, String), Error> {
        let now = SystemTime::now();
        let session = Session {
            who: who.into(),
            // Tokens hold whole seconds; none ends before its time.
            expires: SystemTime::UNIX_EPOCH
                + Duration::from_secs(seconds(now + self.0.lifetime) + 1),
            id: Uuid::new_v4(),
        };
        let token = self.token(&session).map_err(unusable)?;
        if token.len() > MAX_TOKEN {
            let error = "a session's token is too long: name the account by something shorter";
            return Err(Error::internal(error));
        }
        let now = seconds(now);
        tx.execute(FORGET, [revocations::forgettable(now)])?;
        revocations::forget(tx, now)?;
        self.0.revocations.forget(now);
        let (id, expires) = (session.id.to_string(), seconds(session.expires));
        tx.execute(BEGIN, (&id, &session.who, expires))?;
        let too_many = (&session.who, &id, MAX_PER_ACCOUNT - 1);
        let too_many = tx.rows(TOO_MANY, too_many, |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.end_each(tx, too_many)?;
        Ok((session, token))
    }

    fn token(&self, session: &Session) -> Result<String, pasetors::errors::Error> {
        let mut claims = Claims::new()?;
        claims.expiration(&DateTime::<Utc>::from(session.expires).to_rfc3339())?;
        claims.subject(&session.who)?;
        claims.token_identifier(&session.id.to_string())?;
        local::encrypt(&self.0.key, &claims, None, None)
    }

    /// Finds the session of a token.
    ///
    /// # Errors
    /// The same error for a token that was never issued, has expired, or was revoked; otherwise as [`Database::read`].
    pub async fn find(&self, token: &str) -> Result<Session, Error> {
        let session = self.read(token).filter(|session| self.lasts(session));
        let session = session.ok_or_else(expired)?;
        let id = session.id.to_string();
        let find = move |reader: &Reader<'_>| reader.exists(FIND, [&id]);
        let look_up = self.0.look_ups.acquire().await;
        let _look_up = look_up.map_err(Error::internal)?;
        // The session may have been ended while it was read.
        match self.0.store.read(find).await? && self.lasts(&session) {
            true => Ok(session),
            false => Err(expired()),
        }
    }

    fn read(&self, token: &str) -> Option<Session> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let untrusted = UntrustedToken::<Local, V4>::try_from(token).ok()?;
        let mut rules = ClaimsValidationRules::new();
        // The clock may have been set back since the token was issued. The expiry is checked all the same.
        rules.disable_valid_at();
        let token = local::decrypt(&self.0.key, &untrusted, &rules, None, None).ok()?;
        let claims = token.payload_claims()?;
        let text = |claim| claims.get_claim(claim).and_then(Value::as_str);
        let time = |claim| Some(DateTime::parse_from_rfc3339(text(claim)?).ok()?.into());
        let (issued, expires): (SystemTime, SystemTime) = (time("iat")?, time("exp")?);
        let id = Uuid::try_parse(text("jti")?).ok()?;
        Some(Session {
            who: text("sub")?.to_owned(),
            expires: self
                .until(issued)
                .map_or(expires, |until| expires.min(until)),
            // Only the canonical form of the id is accepted.
            id: (text("jti")? == id.to_string()).then_some(id)?,
        })
    }

    /// When a token of this time of issue expires at the latest; `None` if that is beyond the range of the clock.
    fn until(&self, issued: SystemTime) -> Option<SystemTime> {
        let lifetime = self.0.lifetime.as_secs().checked_add(2)?;
        issued.checked_add(Duration::from_secs(lifetime))
    }

    /// Whether a session that was found earlier has neither expired nor been ended since. For guards, which check
    /// before each call; it reads nothing from the database.
    pub fn lasts(&self, session: &Session) -> bool {
        session.expires > SystemTime::now() && !self.0.revocations.contain(&session.id)
    }

    /// Ends a session: its token is invalid from then on. Sockets that have it are signed out at the next check of
    /// their guard.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn end(&self, session: &Session) -> Result<(), Error> {
        let (sessions, session) = (self.clone(), session.clone());
        let end = move |tx: &Transaction<'_>| sessions.end_in(tx, &session);
        self.0.store.write(end).await.map(|_| ())
    }

    /// [`Sessions::end`] in a transaction of the same database. It takes effect when the transaction is committed.
    ///
    /// # Errors
    /// As [`Sessions::end`].
    pub fn end_in(&self, tx: &Transaction<'_>, session: &Session) -> Result<(), Error> {
        let ended = (session.id.to_string(), seconds(session.expires));
        self.end_each(tx, vec![ended])
    }

    /// Ends all sessions of an account, as when its password has changed or it is deleted.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn end_all(&self, who: impl Into<String>) -> Result<(), Error> {
        let (sessions, who) = (self.clone(), who.into());
        let end = move |tx: &Transaction<'_>| sessions.end_all_in(tx, &who);
        self.0.store.write(end).await.map(|_| ())
    }

    /// [`Sessions::end_all`] in a transaction of the same database: in the one that changes the password or deletes the
    /// account, so that neither happens without the other. It takes effect when the transaction is committed.
    ///
    /// # Errors
    /// As [`Sessions::end_all`].
    pub fn end_all_in(&self, tx: &Transaction<'_>, who: &str) -> Result<(), Error> {
        let all = tx.rows(OF, [who], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.end_each(tx, all)
    }

    /// Ends sessions, each given with the time at which it would have expired.
    fn end_each(&self, tx: &Transaction<'_>, ended: Vec<(String, u64)>) -> Result<(), Error> {
        for (id, expires) in &ended {
            tx.execute(END, [id])?;
            revocations::record(tx, id, *expires)?;
        }
        revocations::forget(tx, now())?;
        if !ended.is_empty() {
            // This process reads the end as all others do.
            self.0.store.wake_followers();
        }
        Ok(())
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("lifetime", &self.0.lifetime)
            .finish_non_exhaustive()
    }
}

/// The key of the file, which is generated if there is none.
fn read_key(tx: &Transaction<'_>) -> Result<Vec<u8>, Error> {
    for table in TABLES.into_iter().chain(revocations::TABLES) {
        tx.execute(table, [])?;
    }
    let known = tx.row("SELECT key FROM rowcast_session_key", [], |row| row.get(0))?;
    if let Some(key) = known {
        return Ok(key);
    }
    let key = SymmetricKey::<V4>::generate().map_err(unusable)?;
    let key = key.as_bytes().to_vec();
    tx.execute(
        "INSERT INTO rowcast_session_key (id, key) VALUES (1, ?1)",
        [&key],
    )?;
    Ok(key)
}

fn expired() -> Error {
    Error::Unauthenticated("your session has ended, please sign in again".into())
}

fn unusable(error: pasetors::errors::Error) -> Error {
    Error::internal(format!("a session's token can't be made: {error}"))
}

fn now() -> u64 {
    seconds(SystemTime::now())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

//! Sessions: tokens that say who somebody is until they expire or are revoked.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use pasetors::claims::{Claims, ClaimsValidationRules};
use pasetors::keys::{Generate, SymmetricKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::V4;
use pasetors::{Local, local};
use serde_json::Value;
use uuid::Uuid;

use crate::sqlite::{Database, Read, Reader, Transaction, params};
use crate::{Refusal, StoreError};

const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS rowcast_session_key (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        key BLOB NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS rowcast_sessions (
        id TEXT NOT NULL PRIMARY KEY,
        who TEXT NOT NULL,
        expires INTEGER NOT NULL
    ) WITHOUT ROWID",
];
const BEGIN: &str = "INSERT INTO rowcast_sessions (id, who, expires) VALUES (?1, ?2, ?3)";
const FORGET: &str = "DELETE FROM rowcast_sessions WHERE expires < ?1";
const FIND: &str = "SELECT 1 FROM rowcast_sessions WHERE id = ?1";
const OF: &str = "SELECT id FROM rowcast_sessions WHERE who = ?1";
const END: &str = "DELETE FROM rowcast_sessions WHERE id = ?1";

/// Somebody who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who that is, as [`Sessions::begin`] was told.
    pub who: String,
    /// When it ends by itself.
    pub expires: SystemTime,
    id: String,
}

/// Gives out tokens and knows them again. Clones share what has been revoked.
///
/// A token is a PASETO (`v4.local`): what is in it can be neither read nor changed without the key, which is made at the
/// first start and kept in the database. The sessions are kept there too, so that they can be ended before they expire.
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    store: Database,
    key: SymmetricKey<V4>,
    lifetime: Duration,
    /// The sessions that were ended since the start; sockets that are connected may still have them.
    ended: RwLock<HashSet<String>>,
}

impl Sessions {
    /// Sessions that last for so long, kept in this database.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn open(store: Database, lifetime: Duration) -> Result<Self, StoreError> {
        let key = store.write(read_key).await?.value;
        Ok(Self(Arc::new(Shared {
            store,
            key: SymmetricKey::from(&key).map_err(unusable)?,
            lifetime,
            ended: RwLock::default(),
        })))
    }

    /// Begins a session and gives its token, for the client to connect with the next time.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn begin(&self, who: impl Into<String>) -> Result<(Session, String), StoreError> {
        let session = Session {
            who: who.into(),
            // Tokens tell whole seconds; none ends before its time.
            expires: SystemTime::UNIX_EPOCH
                + Duration::from_secs(seconds(SystemTime::now() + self.0.lifetime) + 1),
            id: Uuid::new_v4().to_string(),
        };
        let token = self.token(&session).map_err(unusable)?;
        let (id, who) = (session.id.clone(), session.who.clone());
        let expires = seconds(session.expires);
        let begin = move |tx: &Transaction<'_>| {
            tx.execute(FORGET, [seconds(SystemTime::now())])?;
            tx.execute(BEGIN, params![id, who, expires])
        };
        self.0.store.write(begin).await?;
        Ok((session, token))
    }

    fn token(&self, session: &Session) -> Result<String, pasetors::errors::Error> {
        let mut claims = Claims::new()?;
        claims.expiration(&DateTime::<Utc>::from(session.expires).to_rfc3339())?;
        claims.subject(&session.who)?;
        claims.token_identifier(&session.id)?;
        local::encrypt(&self.0.key, &claims, None, None)
    }

    /// Finds the session of a token.
    ///
    /// # Errors
    /// The same refusal for a token that was never given out, that has expired, and that was revoked; otherwise as
    /// [`Database::read`].
    pub async fn find(&self, token: &str) -> Result<Session, Refusal> {
        let session = self.read(token).ok_or_else(expired)?;
        let id = session.id.clone();
        let find = move |reader: &Reader<'_>| reader.exists(FIND, [&id]);
        match self.0.store.read(find).await? {
            true => Ok(session),
            false => Err(expired()),
        }
    }

    fn read(&self, token: &str) -> Option<Session> {
        let untrusted = UntrustedToken::<Local, V4>::try_from(token).ok()?;
        let rules = ClaimsValidationRules::new();
        let token = local::decrypt(&self.0.key, &untrusted, &rules, None, None).ok()?;
        let claims = token.payload_claims()?;
        let text = |claim| claims.get_claim(claim).and_then(Value::as_str);
        let expires = DateTime::parse_from_rfc3339(text("exp")?).ok()?;
        Some(Session {
            who: text("sub")?.to_owned(),
            expires: expires.into(),
            id: text("jti")?.to_owned(),
        })
    }

    /// Whether a session that was found earlier has neither expired nor been ended since. For guards, which ask before
    /// each call.
    pub fn lasts(&self, session: &Session) -> bool {
        if session.expires <= SystemTime::now() {
            return false;
        }
        let ended = self.0.ended.read().unwrap_or_else(PoisonError::into_inner);
        !ended.contains(&session.id)
    }

    /// Ends a session: its token is worth nothing from then on.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn end(&self, session: &Session) -> Result<(), StoreError> {
        let id = session.id.clone();
        self.0.store.write(move |tx| tx.execute(END, [&id])).await?;
        self.note_ended([session.id.clone()]);
        Ok(())
    }

    /// Ends all sessions of somebody, as when their password has changed.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn end_all(&self, who: impl Into<String>) -> Result<(), StoreError> {
        let who = who.into();
        let end = move |tx: &Transaction<'_>| {
            let ids: Vec<String> = tx.rows(OF, [&who], |row| row.get(0))?;
            for id in &ids {
                tx.execute(END, [id])?;
            }
            Ok(ids)
        };
        let ended = self.0.store.write(end).await?.value;
        self.note_ended(ended);
        Ok(())
    }

    fn note_ended(&self, ids: impl IntoIterator<Item = String>) {
        let mut ended = self.0.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.extend(ids);
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("lifetime", &self.0.lifetime)
            .finish_non_exhaustive()
    }
}

/// The key of the file, made if it has none.
fn read_key(tx: &Transaction<'_>) -> Result<Vec<u8>, StoreError> {
    for table in TABLES {
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

fn expired() -> Refusal {
    Refusal::Unauthenticated("your session has ended, please sign in again".into())
}

fn unusable(error: pasetors::errors::Error) -> StoreError {
    StoreError::internal(format!("a session's token can't be made: {error}"))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

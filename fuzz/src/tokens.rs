//! Tokens that nobody was given. Whatever is sent for one: the session of a token is found by that token only, everything else
//! gets the one refusal, and nothing panics.
//!
//! An input is a token as it is; or `sealed:` and what is put into a token with the key of the server, as only somebody who
//! has stolen it could; or `edited:` and pairs of bytes, a place in a true token and what is changed there. In the first two,
//! `{token}`, `{ended}`, `{id}` and `{ended_id}` stand for those of sessions.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use chrono::DateTime;
use pasetors::keys::SymmetricKey;
use pasetors::version4::{LocalToken, V4};
use rowcast_runtime::Error;
use rowcast_runtime::accounts::{Session, Sessions};
use rowcast_runtime::store::{Database, Options, Read, StoreDefinition};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{Fault, panics};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[],
    contract: "fuzz",
};
const HOUR: Duration = Duration::from_hours(1);
const REFUSAL: &str = "your session has ended, please sign in again";
const WHO: &str = "rose";

/// Sessions, one of which lasts.
pub struct Tokens {
    runtime: Runtime,
    sessions: Sessions,
    key: SymmetricKey<V4>,
    token: String,
    ended: String,
    id: String,
    ended_id: String,
    tally: Tally,
    _folder: TempDir,
}

/// What has come of the tokens, which shows whether anything was tested.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Those that were taken for a session's.
    pub found: usize,
    /// Those that were sealed by the key, and refused.
    pub refused_sealed: usize,
    /// The others that were refused.
    pub refused: usize,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

/// A token, and what is in it if this was sealed here.
struct Tried {
    token: String,
    sealed: Option<Vec<u8>>,
}

impl Tokens {
    /// Begins the sessions.
    ///
    /// # Errors
    /// When there is no place for their database.
    pub fn new() -> Result<Self, Box<dyn StdError>> {
        panics::watch();
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let store = Database::open(
            folder.path().join("accounts.sqlite3"),
            Options::default(),
            &STORE,
        )?;
        let (sessions, key, token, ended) = runtime.block_on(async {
            let sessions = Sessions::open(store.clone(), HOUR).await?;
            let read = |reader: &rowcast_runtime::store::Reader<'_>| {
                reader.row("SELECT key FROM rowcast_session_key", [], |row| {
                    row.get::<Vec<u8>>(0)
                })
            };
            let key = store.read(read).await?.ok_or("there is no key")?;
            let key = SymmetricKey::<V4>::from(&key).map_err(|error| error.to_string())?;
            let (_, token) = sessions.begin(WHO).await?;
            let (session, ended) = sessions.begin(WHO).await?;
            sessions.end(&session).await?;
            Ok::<_, Box<dyn StdError>>((sessions, key, token, ended))
        })?;
        let id = id_in(&key, &token)?;
        let ended_id = id_in(&key, &ended)?;
        Ok(Self {
            runtime,
            sessions,
            key,
            token,
            ended,
            id,
            ended_id,
            tally: Tally::default(),
            _folder: folder,
        })
    }

    /// What has come of the tokens so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Asks for the session of a token.
    ///
    /// # Errors
    /// When the answer is not the one that is due.
    pub fn run(&mut self, input: &[u8]) -> Result<(), Fault> {
        let tried = self.read(input);
        let found = self.runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(30), self.sessions.find(&tried.token)).await
        });
        let found = found.map_err(|_| Fault::new("a token was never answered"))?;
        if let Some(panicked) = panics::take().first() {
            return Err(Fault(format!("something panicked: {panicked}")));
        }
        match (found, &tried.sealed) {
            (Ok(session), None) if self.is_given(&tried.token) && session.who == WHO => {
                self.tally.found += 1;
            }
            (Ok(session), Some(claims)) if self.are_good(claims, &session) => self.tally.found += 1,
            (Ok(session), _) => {
                return Err(Fault(format!(
                    "`{}` was taken for that of {session:?}",
                    tried.token
                )));
            }
            (Err(Error::Unauthenticated(text)), sealed) if text == REFUSAL => match sealed {
                Some(_) => self.tally.refused_sealed += 1,
                None if self.is_given(&tried.token) => {
                    return Err(Fault::new("a good token was refused"));
                }
                None => self.tally.refused += 1,
            },
            (Err(other), _) => {
                return Err(Fault(format!("the answer to a bad token was: {other}")));
            }
        }
        Ok(())
    }

    fn read(&self, input: &[u8]) -> Tried {
        if let Some(edits) = input.strip_prefix(b"edited:") {
            let token = edited(&self.token, edits);
            return Tried {
                token,
                sealed: None,
            };
        }
        let text = self.filled_in(input.strip_prefix(b"sealed:").unwrap_or(input));
        let sealed = match input.starts_with(b"sealed:") {
            true => LocalToken::encrypt(&self.key, &text, None, None).ok(),
            false => None,
        };
        match sealed {
            Some(token) => Tried {
                token,
                sealed: Some(text),
            },
            None => Tried {
                token: String::from_utf8_lossy(&text).into_owned(),
                sealed: None,
            },
        }
    }

    /// An empty footer is as good as none.
    fn is_given(&self, token: &str) -> bool {
        token.strip_suffix('.').unwrap_or(token) == self.token
    }

    /// What was sealed names the session that lasts, and a time that is to come.
    fn are_good(&self, claims: &[u8], session: &Session) -> bool {
        let Ok(claims) = serde_json::from_slice::<Value>(claims) else {
            return false;
        };
        let expires = claims["exp"].as_str().map(DateTime::parse_from_rfc3339);
        let Some(Ok(expires)) = expires else {
            return false;
        };
        claims["jti"] == self.id.as_str()
            && claims["sub"] == session.who.as_str()
            && SystemTime::from(expires) >= session.expires
            && session.expires > SystemTime::now()
    }

    fn filled_in(&self, input: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for (name, value) in [
            ("{token}", &self.token),
            ("{ended}", &self.ended),
            ("{id}", &self.id),
            ("{ended_id}", &self.ended_id),
        ] {
            while let Some(at) = bytes
                .windows(name.len())
                .position(|part| part == name.as_bytes())
            {
                drop(bytes.splice(at..at + name.len(), value.bytes()));
            }
        }
        bytes
    }
}

fn edited(token: &str, edits: &[u8]) -> String {
    let mut bytes = token.as_bytes().to_vec();
    for edit in edits.chunks_exact(2) {
        let at = usize::from(edit[0]) % bytes.len();
        bytes[at] ^= edit[1];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn id_in(key: &SymmetricKey<V4>, token: &str) -> Result<String, Box<dyn StdError>> {
    use pasetors::token::UntrustedToken;
    use pasetors::{Local, claims::ClaimsValidationRules, local};
    let opened = UntrustedToken::<Local, V4>::try_from(token)
        .and_then(|token| local::decrypt(key, &token, &ClaimsValidationRules::new(), None, None))
        .map_err(|error| error.to_string())?;
    let id = opened
        .payload_claims()
        .and_then(|claims| claims.get_claim("jti")?.as_str());
    Ok(id.ok_or("the token names no session")?.to_owned())
}

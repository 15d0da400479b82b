//! Idempotency keys on the wire, and their owners: a write that is sent again with its key is executed once.

use std::sync::Arc;

use rowcast_schema::FieldErrors;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Caller;
use crate::store::{IdempotencyKey, KeyOwner, MIN_BEARER_KEY};

const MAX_LENGTH: usize = 64;
/// A client's id stands in for an account, so it has to be as hard to guess as a key.
const MIN_CLIENT_LENGTH: usize = MIN_BEARER_KEY;

/// The optional second argument of a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    key: String,
}

/// Parses the second argument of an event, `{ "key": "…" }`.
pub(crate) fn read_key(argument: &RawValue) -> Result<String, FieldErrors> {
    let rejected = |message: &str| Err(FieldErrors::general(message));
    let Ok(Options { key }) = serde_json::from_str(argument.get()) else {
        return rejected("takes one argument, and `{ key }` after it");
    };
    if !is_visible(&key, 1) {
        return rejected("the key must be 1 to 64 visible ASCII characters");
    }
    Ok(key)
}

/// The id that a client sends in `auth` as `client`. One that is too short to be unguessable is ignored.
pub(crate) fn client_of(auth: &Value) -> Option<Arc<str>> {
    let client = auth.get("client")?.as_str()?;
    is_visible(client, MIN_CLIENT_LENGTH).then(|| client.into())
}

fn is_visible(text: &str, min: usize) -> bool {
    (min..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Determines the owner of the key of a call.
///
/// # Errors
/// When it belongs to any client that knows it, and is easy to guess.
pub(crate) fn key_of_call(
    caller: &Caller,
    key: String,
    event: &str,
    payload: &RawValue,
) -> Result<IdempotencyKey, FieldErrors> {
    let owner = owner_of(caller);
    if owner == KeyOwner::Bearer && key.len() < MIN_BEARER_KEY {
        return Err(FieldErrors::general(TOO_SHORT));
    }
    Ok(IdempotencyKey {
        owner,
        key,
        call: call_hash(event, payload),
    })
}

const TOO_SHORT: &str = "the key must have at least 20 characters, chosen at random; a shorter one is taken from callers \
     that have signed in, or that send a random id of 20 to 64 characters as `client` in `auth`";

fn owner_of(caller: &Caller) -> KeyOwner {
    match (caller.account(), caller.client()) {
        (Some(account), client) => KeyOwner::Account { account, client },
        (None, Some(client)) => KeyOwner::Client(client),
        (None, None) => KeyOwner::Bearer,
    }
}

/// Identifies an event and its payload. Changing it makes retries of calls from before the change conflicts.
fn call_hash(event: &str, payload: &RawValue) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(event);
    hash.update([0]);
    hash.update(payload.get());
    // Half of it suffices to distinguish calls that a client has given the same key.
    hash.finalize()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;

    fn read(argument: Value) -> Result<String, FieldErrors> {
        super::read_key(&to_raw_value(&argument).unwrap())
    }

    #[test]
    fn a_key_is_short_and_visible() {
        assert_eq!(read(json!({ "key": "a-1" })), Ok("a-1".into()));
        assert!(read(json!({ "key": "x".repeat(64) })).is_ok());
        for argument in [
            json!({ "key": "" }),
            json!({ "key": "x".repeat(65) }),
            json!({ "key": "a b" }),
            json!({ "key": "é" }),
            json!({ "key": 1 }),
            json!({ "key": "a", "more": 1 }),
            json!({}),
            json!(null),
            json!("a"),
        ] {
            assert!(read(argument.clone()).is_err(), "{argument}");
        }
    }

    #[test]
    fn calls_differ_by_event_and_payload_only() {
        let call = |event, payload: Value| call_hash(event, &to_raw_value(&payload).unwrap());
        assert_eq!(call("a", json!({ "b": 1 })), call("a", json!({ "b": 1 })));
        assert_ne!(call("a", json!({ "b": 1 })), call("a", json!({ "b": 2 })));
        assert_ne!(call("a", json!({ "b": 1 })), call("c", json!({ "b": 1 })));
    }

    #[test]
    fn the_id_of_a_client_is_long_and_visible() {
        let client = |client: Value| client_of(&json!({ "client": client }));
        let random = "0123456789abcdefghij";
        assert_eq!(client(json!(random)).as_deref(), Some(random));
        assert!(client(json!("x".repeat(64))).is_some());
        for unusable in [
            json!("x".repeat(19)),
            json!("x".repeat(65)),
            json!("0123456789 abcdefghij"),
            json!("é".repeat(20)),
            json!(12_345_678_901_234_567_890_u64),
            json!([random]),
            json!(null),
        ] {
            assert_eq!(client(unusable.clone()), None, "{unusable}");
        }
        assert_eq!(client_of(&json!(null)), None);
        assert_eq!(client_of(&json!(random)), None);
    }

    #[test]
    fn a_key_belongs_to_the_account_then_to_the_client_and_else_to_its_bearer() {
        let of = |caller: &Caller, key: &str| {
            key_of_call(caller, key.into(), "e", RawValue::NULL).map(|key| key.owner)
        };
        let caller = Caller::new("socket");
        assert_eq!(of(&caller, &"k".repeat(20)), Ok(KeyOwner::Bearer));
        assert_eq!(
            of(&caller, &"k".repeat(19)),
            Err(FieldErrors::general(TOO_SHORT))
        );
        caller.set_client("client".into());
        assert_eq!(of(&caller, "k"), Ok(KeyOwner::Client("client".into())));
        caller.sign_in("rose", ());
        let owner = KeyOwner::Account {
            account: "rose".into(),
            client: Some("client".into()),
        };
        assert_eq!(of(&caller, "k"), Ok(owner));
    }
}

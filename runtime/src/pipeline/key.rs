//! Keys: what clients name their writes by, so that one that is repeated is carried out once.

use rowcast_schema::FieldErrors;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::sqlite::Receipt;

const MAX_LENGTH: usize = 64;

/// What a call may bring beside its payload.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    key: String,
}

/// Reads the second argument of an event, `{ "key": "…" }`.
pub(super) fn read(argument: &RawValue) -> Result<String, FieldErrors> {
    let refused = |message: &str| Err(FieldErrors::general(message));
    let Ok(Options { key }) = serde_json::from_str(argument.get()) else {
        return refused("takes one argument, and `{ key }` after it");
    };
    let is_printable = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > MAX_LENGTH || !is_printable {
        return refused("the key must be 1 to 64 visible ASCII characters");
    }
    Ok(key)
}

/// What the call is remembered by.
pub(super) fn receipt(key: String, event: &str, payload: &RawValue) -> Receipt {
    let mut hash = Sha256::new();
    hash.update(event);
    hash.update([0]);
    hash.update(payload.get());
    Receipt {
        key,
        // Half of it is plenty to tell calls apart that some client has named the same.
        call: hash.finalize()[..16].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;

    fn read(argument: Value) -> Result<String, FieldErrors> {
        super::read(&to_raw_value(&argument).unwrap())
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
        let call = |event, payload: Value| {
            let payload = to_raw_value(&payload).unwrap();
            receipt("k".into(), event, &payload).call
        };
        assert_eq!(call("a", json!({ "b": 1 })), call("a", json!({ "b": 1 })));
        assert_ne!(call("a", json!({ "b": 1 })), call("a", json!({ "b": 2 })));
        assert_ne!(call("a", json!({ "b": 1 })), call("c", json!({ "b": 1 })));
    }
}

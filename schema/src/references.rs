//! References in JSON Schemas, by which they name types.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// References are URLs, so they name types beyond ASCII in an encoded form. From here on, they have the names themselves.
pub(crate) fn decode_references(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(target) if key == "$ref" => *target = decoded(target),
                    other => decode_references(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(decode_references),
        _ => {}
    }
}

/// Undoes the encoding of URLs, and that of JSON Pointers (RFC 6901).
pub(crate) fn decoded(reference: &str) -> String {
    let text = percent_decode_str(reference).decode_utf8_lossy();
    text.replace("~1", "/").replace("~0", "~")
}

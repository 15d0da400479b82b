//! The forms of the wire that are the same for every contract: acks, pages, changes.

use rowcast_schema::ErrorCode;
use serde_json::{Map, Value, json};

use super::schema::reference;

/// `{ ok, data, errors, code }` around data; `key` is the key of the data.
pub(super) fn ack(data: Value, key: &str) -> Value {
    let mut properties = Map::new();
    properties.insert("ok".to_owned(), json!({ "const": true }));
    properties.insert(key.to_owned(), data);
    properties.insert(
        "errors".to_owned(),
        json!({ "type": "object", "maxProperties": 0 }),
    );
    properties.insert("code".to_owned(), json!({ "type": "null" }));
    let done = json!({
        "type": "object",
        "description": "Carried out.",
        "properties": properties,
        "required": ["ok", key, "errors", "code"],
    });
    json!({ "oneOf": [done, refused(key)] })
}

fn refused(key: &str) -> Value {
    let mut properties = Map::new();
    properties.insert("ok".to_owned(), json!({ "const": false }));
    properties.insert(key.to_owned(), json!({ "type": "null" }));
    properties.insert("errors".to_owned(), reference("Rowcast.FieldErrors"));
    properties.insert("code".to_owned(), reference("Rowcast.ErrorCode"));
    properties.insert("codes".to_owned(), reference("Rowcast.FieldCodes"));
    json!({
        "type": "object",
        "description": "Refused; nothing has changed.",
        "properties": properties,
        "required": ["ok", key, "errors", "code"],
    })
}

/// The arguments of a call that is carried out once: its payload, and a key if the client gives one.
pub(super) fn with_key(mut arguments: Vec<Value>) -> Value {
    let required = arguments.len();
    if arguments.is_empty() {
        arguments.push(json!({ "type": "null" }));
    }
    arguments.push(reference("Rowcast.Options"));
    json!({ "type": "array", "items": arguments, "minItems": required, "additionalItems": false })
}

/// What a client has that loads a list in parts; `id` is the schema of the ids.
pub(super) fn place_in_list(id: &Value) -> Value {
    json!({
        "type": "object",
        "description": "The same, for a client that takes a large list in parts.",
        "properties": {
            "epoch": { "type": "string" },
            "at": { "type": "integer", "minimum": 0, "description": "The position as of which the client has rows. Without it, the list is loaded from the beginning." },
            "after": { "anyOf": [id, { "type": "null" }], "description": "The id up to which the list is loaded: `more` of the last answer. Null if the client has the whole list, or nothing." },
        },
        "required": ["after"],
        "dependencies": { "epoch": ["at"], "at": ["epoch"] },
    })
}

/// Rows that changed, and the positions between which they did.
pub(super) fn changes(row: Value, id: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "epoch": { "type": "string", "description": "Positions of different epochs can't be compared." },
            "from": { "type": ["integer", "null"], "description": "The position that these changes follow; null for a whole list, or its first part." },
            "to": { "type": "integer", "description": "The position that they lead to." },
            "put": { "type": "array", "items": row, "description": "Rows that are new or other than before." },
            "dropped": { "type": "array", "items": id, "description": "The ids of rows that are gone." },
            "more": { "allOf": [id], "description": "The id to send as `after` to get the next part; missing if the list is complete. Only in answers to `sync`." },
        },
        "required": ["epoch", "from", "to", "put", "dropped"],
    })
}

/// A part of a list.
pub(super) fn page(row: Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "rows": { "type": "array", "items": row },
            "next": { "description": "The id after which the next page begins; null at the end." },
        },
        "required": ["rows", "next"],
    })
}

/// The schemas that all events share.
pub(super) fn shared() -> [(&'static str, Value); 5] {
    [
        (
            "Rowcast.FieldErrors",
            json!({
                "type": "object",
                "description": "Messages for people, by field path (`coach.id`); what concerns no field stands under `_`.",
                "additionalProperties": { "type": "array", "items": { "type": "string" } },
            }),
        ),
        (
            "Rowcast.FieldCodes",
            json!({
                "type": "object",
                "description": "The codes of the same errors with their parameters, for clients that connect with `codes: true` in `auth`.",
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": { "code": { "type": "string" } },
                        "required": ["code"],
                    },
                },
            }),
        ),
        (
            "Rowcast.ErrorCode",
            json!({ "description": "Why a call was refused.", "enum": codes() }),
        ),
        (
            "Rowcast.Options",
            json!({
                "type": "object",
                "description": "What may come with a write.",
                "properties": {
                    "key": {
                        "type": "string",
                        "description": "A name that no other call has. Sent again with it, the same call gets the same answer and is not carried out again.",
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[!-~]+$",
                    },
                },
                "required": ["key"],
                "additionalProperties": false,
            }),
        ),
        (
            "Rowcast.Position",
            json!({
                "type": "object",
                "description": "Where a list stands.",
                "properties": { "epoch": { "type": "string" }, "at": { "type": "integer", "minimum": 0 } },
                "required": ["epoch", "at"],
            }),
        ),
    ]
}

fn codes() -> [ErrorCode; 8] {
    [
        ErrorCode::Invalid,
        ErrorCode::NotFound,
        ErrorCode::Conflict,
        ErrorCode::Unauthenticated,
        ErrorCode::Forbidden,
        ErrorCode::Busy,
        ErrorCode::UnknownEvent,
        ErrorCode::Internal,
    ]
}

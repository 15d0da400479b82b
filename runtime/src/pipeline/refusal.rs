//! Tells a client why its call was refused, and the log what the client is not told.

use rowcast_schema::{Ack, ErrorCode, FieldErrors};
use serde_json::value::{RawValue, to_raw_value};

use crate::StoreError;
use crate::random::random;

/// Encodes the ack of a call that was refused.
pub(super) fn encode(refusal: &StoreError, event: &str, data_key: &'static str) -> Box<RawValue> {
    let errors = match refusal {
        StoreError::Internal(cause) => internal(event, &**cause),
        other => other.errors(),
    };
    encode_parts(refusal.code(), errors, data_key)
}

/// What a client is told that may not connect: `unauthenticated: please sign in first`. Socket.IO has one text for it.
pub(super) fn of_connection(refusal: &StoreError) -> String {
    let errors = match refusal {
        StoreError::Internal(cause) => internal("connect", &**cause),
        other => other.errors(),
    };
    let message = errors.iter().flat_map(|(_, messages)| messages).next();
    format!(
        "{}: {}",
        refusal.code().as_str(),
        message.map_or("", String::as_str)
    )
}

/// Encodes the ack of a call to an event that does not exist.
pub(super) fn unknown_event(event: &str) -> Box<RawValue> {
    let shown: String = event.chars().take(60).collect();
    let errors = FieldErrors::general(format!("there is no event `{shown}`"));
    encode_parts(ErrorCode::UnknownEvent, errors, "data")
}

fn encode_parts(code: ErrorCode, errors: FieldErrors, data_key: &'static str) -> Box<RawValue> {
    let ack = Ack::<()>::refused(code, errors).with_data_key(data_key);
    to_raw_value(&ack).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn internal(event: &str, cause: &(dyn std::error::Error + Send + Sync)) -> FieldErrors {
    let reference = format!("{:08x}", random() as u32);
    tracing::error!(%reference, event, error = %cause, "a call failed");
    FieldErrors::general(format!(
        "something went wrong on the server (reference {reference})"
    ))
}

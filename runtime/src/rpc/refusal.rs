//! Tells a client why its call was refused, and the log what the client is not told.

use rowcast_schema::{Ack, ErrorCode, FieldError, FieldErrors};
use serde_json::value::{RawValue, to_raw_value};

use crate::store::{Error, random};

/// The form of an ack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) data_key: &'static str,
    /// Whether the client asked for the codes of errors.
    pub(crate) has_codes: bool,
}

/// Encodes the ack of a call that was refused.
pub(crate) fn encode(refusal: &Error, event: &str, form: Form) -> Box<RawValue> {
    let errors = match refusal {
        Error::Internal(cause) => internal(event, &**cause),
        other => other.errors(),
    };
    encode_parts(refusal.code(), errors, form)
}

/// What a client is told that may not connect: `unauthenticated: please sign in first`. Socket.IO has one text for it.
pub(crate) fn of_connection(refusal: &Error) -> String {
    let errors = match refusal {
        Error::Internal(cause) => internal("connect", &**cause),
        other => other.errors(),
    };
    let error = errors.iter().flat_map(|(_, errors)| errors).next();
    format!(
        "{}: {}",
        refusal.code().as_str(),
        error.map_or("", FieldError::message)
    )
}

/// Encodes the ack of a call to an event that does not exist.
pub(crate) fn unknown_event(event: &str, has_codes: bool) -> Box<RawValue> {
    let shown: String = event.chars().take(60).collect();
    let errors = FieldErrors::general(format!("there is no event `{shown}`"));
    let form = Form {
        data_key: "data",
        has_codes,
    };
    encode_parts(ErrorCode::UnknownEvent, errors, form)
}

fn encode_parts(code: ErrorCode, errors: FieldErrors, form: Form) -> Box<RawValue> {
    let ack = Ack::<()>::refused(code, errors)
        .with_data_key(form.data_key)
        .with_codes(form.has_codes);
    to_raw_value(&ack).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn internal(event: &str, cause: &(dyn std::error::Error + Send + Sync)) -> FieldErrors {
    let reference = format!("{:08x}", random() as u32);
    tracing::error!(%reference, event, error = %cause, "a call failed");
    FieldErrors::general(format!(
        "something went wrong on the server (reference {reference})"
    ))
}

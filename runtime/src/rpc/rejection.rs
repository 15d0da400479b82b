//! Encodes the rejection of a call or a connection, and logs what the client is not sent.

use rowcast_schema::{Ack, ErrorCode, FieldError, FieldErrors};
use serde_json::value::{RawValue, to_raw_value};

use crate::store::{Error, random};

/// The form of an ack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AckForm {
    pub(crate) data_key: &'static str,
    /// Whether the client requested the codes of errors.
    pub(crate) has_codes: bool,
}

/// Encodes the ack of a rejected call.
pub(crate) fn encode(error: &Error, event: &str, form: AckForm) -> Box<RawValue> {
    let errors = match error {
        Error::Internal(cause) => internal(event, &**cause),
        other => other.errors(),
    };
    encode_parts(error.code(), errors, form)
}

/// The message to a client that may not connect: `unauthenticated: please sign in first`. Socket.IO has one text for
/// it.
pub(crate) fn of_connection(error: &Error) -> String {
    let errors = match error {
        Error::Internal(cause) => internal("connect", &**cause),
        other => other.errors(),
    };
    let first = errors.iter().flat_map(|(_, errors)| errors).next();
    format!(
        "{}: {}",
        error.code().as_str(),
        first.map_or("", FieldError::message)
    )
}

/// Encodes the ack of a call to an event that does not exist.
pub(crate) fn unknown_event(event: &str, has_codes: bool) -> Box<RawValue> {
    let shown: String = event.chars().take(60).collect();
    let errors = FieldErrors::general(format!("there is no event `{shown}`"));
    let form = AckForm {
        data_key: "data",
        has_codes,
    };
    encode_parts(ErrorCode::UnknownEvent, errors, form)
}

fn encode_parts(code: ErrorCode, errors: FieldErrors, form: AckForm) -> Box<RawValue> {
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

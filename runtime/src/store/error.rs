//! Why a call or a job of the store is rejected.

use std::error::Error as StdError;
use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use rowcast_schema::{ErrorCode, FieldCode, FieldError, FieldErrors};

/// Why a call is rejected: by the store, a guard, a hook or a command.
///
/// Clients receive the code and the field errors of all cases but [`Error::Internal`]. That is logged with its source,
/// and the client receives only a reference to the log entry.
#[derive(Debug)]
pub enum Error {
    /// There is no such row.
    NotFound {
        /// The kind of row, for people: `coach`.
        what: &'static str,
    },
    /// The input is wrong; the errors name the fields.
    Invalid(FieldErrors),
    /// The input contradicts what is stored.
    Conflict(FieldErrors),
    /// The call needs an account, and the client has not signed in.
    Unauthenticated(String),
    /// The caller may not do this.
    Forbidden(String),
    /// The caller may not set these fields.
    ForbiddenFields(FieldErrors),
    /// The server is overloaded; the same call may succeed later.
    Busy,
    /// The caller has made this call too often, or too many callers do; the text states when to retry. On the wire it
    /// is `busy`.
    Throttled(FieldError),
    /// A fault of the server.
    Internal(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// There is no row of this kind with the given id.
    pub fn not_found(what: &'static str) -> Self {
        Self::NotFound { what }
    }

    /// One field is wrong: a text, or a [`FieldError`] with a code for clients that translate.
    pub fn invalid(field: impl Into<String>, error: impl Into<FieldError>) -> Self {
        Self::Invalid(FieldErrors::of(field, error))
    }

    /// A field refers to a row that does not exist, or that the caller does not see: `Error::no_such_row("coach.id", "coach")`, where
    /// the input has `coach: Ref<Coach>`.
    pub fn no_such_row(field: impl Into<String>, what: &str) -> Self {
        Self::invalid(field, no_such_row(what))
    }

    /// One field contradicts what is stored.
    pub fn conflict(field: impl Into<String>, error: impl Into<FieldError>) -> Self {
        Self::Conflict(FieldErrors::of(field, error))
    }

    /// A fault of the server; `cause` is logged.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::Invalid(_) => ErrorCode::Invalid,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::Unauthenticated(_) => ErrorCode::Unauthenticated,
            Self::Forbidden(_) | Self::ForbiddenFields(_) => ErrorCode::Forbidden,
            Self::Busy | Self::Throttled(_) => ErrorCode::Busy,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// The messages to the client, by field. For an internal error only that there was one.
    pub fn errors(&self) -> FieldErrors {
        match self {
            Self::NotFound { what } => FieldErrors::of("id", no_such_row(what)),
            Self::Invalid(errors) | Self::Conflict(errors) | Self::ForbiddenFields(errors) => {
                errors.clone()
            }
            Self::Unauthenticated(message) | Self::Forbidden(message) => {
                FieldErrors::general(message)
            }
            Self::Throttled(error) => FieldErrors::general(error.clone()),
            Self::Busy => FieldErrors::general("the server is busy, please try again"),
            Self::Internal(_) => FieldErrors::general("something went wrong on the server"),
        }
    }
}

/// There is no row of this kind.
pub(crate) fn no_such_row(what: &str) -> FieldCode {
    FieldCode::NoSuchRow {
        what: what.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(cause) => write!(f, "internal error: {cause}"),
            other => other.errors().fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Internal(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// A panic in application code, as an error.
#[derive(Debug, thiserror::Error)]
#[error("panic: {0}")]
pub(crate) struct Panicked(String);

impl Panicked {
    /// Converts the payload of `catch_unwind`.
    pub(crate) fn of(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self(text.unwrap_or_else(|| "with a value that is no text".into()))
    }
}

/// Runs application code, in which a panic is an error like any other.
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))))
}

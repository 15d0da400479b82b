//! Why an action is not allowed.

use crate::store::Error;

/// Why an action is not allowed; the text is for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The caller must sign in first.
    Unauthenticated(String),
    /// The caller is signed in and may not do this.
    Forbidden(String),
}

impl Denied {
    /// The caller must sign in first.
    pub fn unauthenticated() -> Self {
        Self::Unauthenticated("please sign in first".into())
    }

    /// The caller is signed in and may not do this.
    pub fn forbidden() -> Self {
        Self::Forbidden("you may not do this".into())
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated(message) => Self::Unauthenticated(message),
            Denied::Forbidden(message) => Self::Forbidden(message),
        }
    }
}

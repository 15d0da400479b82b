//! Who may do what, as the schema declares it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Verb;

/// Who may do what with the rows of a resource. Where nothing is said, the server's guard decides alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Who sees rows: by `get`, by `list` and in the live list.
    pub read: Option<Allowed>,
    /// Who adds rows.
    pub create: Option<Allowed>,
    /// Who changes rows.
    pub update: Option<Allowed>,
    /// Who removes rows.
    pub delete: Option<Allowed>,
}

impl Access {
    /// Who may make a call.
    pub fn of(&self, verb: Verb) -> Option<&Allowed> {
        match verb {
            Verb::Create => self.create.as_ref(),
            Verb::Update => self.update.as_ref(),
            Verb::Delete => self.delete.as_ref(),
            Verb::Get | Verb::List => self.read.as_ref(),
        }
    }
}

/// Which callers see and set a field. Where nothing is declared: those that see its row, and those that may create and change it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldAccess {
    /// Who sees it; for others it is left out.
    pub read: Option<Allowed>,
    /// Who sets it.
    pub write: Option<Allowed>,
}

/// Who may make a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Every caller.
    Anyone,
    /// Callers that have signed in.
    SignedIn,
    /// Callers that have this role, as the guard says.
    Role(String),
    /// The caller that the row names by this field: its coach, or the row itself for the id.
    Owner(String),
    /// No client at all; only the server's own code.
    Nobody,
}

impl Allowed {
    /// Whether each caller whom `others` lets is let by this rule too; without a rule, every caller is.
    ///
    /// | this rule | includes |
    /// |---|---|
    /// | `anyone` | all |
    /// | `signed_in` | `signed_in`, every `role(…)` and `owner(…)`, `nobody` |
    /// | `role("a")` | `role("a")`, `nobody`; no other role, since a caller may have one without the other |
    /// | `owner(x)` | `nobody`, since others own other rows |
    /// | `nobody` | `nobody` |
    ///
    /// ```
    /// use rowcast_schema::description::Allowed;
    ///
    /// let manager = Allowed::Role("manager".into());
    /// assert!(Allowed::SignedIn.lets_all(Some(&manager)));
    /// assert!(!manager.lets_all(Some(&Allowed::SignedIn)));
    /// assert!(!manager.lets_all(None));
    /// ```
    pub fn lets_all(&self, others: Option<&Self>) -> bool {
        match (self, others) {
            (Self::Anyone, _) | (_, Some(Self::Nobody)) => true,
            (Self::SignedIn, Some(others)) => *others != Self::Anyone,
            (Self::Role(own), Some(Self::Role(other))) => own == other,
            _ => false,
        }
    }
}

/// As the subject of a sentence.
impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::SignedIn => f.write_str("whoever is signed in"),
            Self::Role(role) => write!(f, "whoever has the role `{role}`"),
            Self::Owner(field) => write!(f, "the owner by `{field}`"),
            Self::Nobody => f.write_str("nobody but the server itself"),
        }
    }
}

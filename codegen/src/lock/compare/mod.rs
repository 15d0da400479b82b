//! What a newer contract changes, and what that breaks.
//!
//! Two directions count. What the server *sends* must still be what older clients know; what it *accepts* must still
//! include what they send. What is stored must still be readable, and rows must still fit into the tables of older files.

mod access;
mod choices;
mod items;
mod named;
mod objects;
mod renames;
mod rules;
mod storage;
mod types;

use std::fmt;

use serde::Serialize;

use super::Lock;

/// What a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Clients that were generated, or written by hand, for the older contract.
    BreaksClients,
    /// Files with rows of the older contract.
    BreaksStoredData,
    /// Nothing.
    Safe,
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BreaksClients => "breaks clients",
            Self::BreaksStoredData => "breaks stored data",
            Self::Safe => "safe",
        })
    }
}

/// A difference between two contracts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// What it breaks.
    pub impact: Impact,
    /// What is different: `Coach.age`.
    pub path: String,
    /// A short name of the rule, stable across versions.
    pub code: &'static str,
    /// What it means, for people.
    pub message: String,
    /// What to do about it, where the change itself does not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Change {
    /// Whether something may have been renamed, which its author has to decide.
    pub fn is_question(&self) -> bool {
        self.code == renames::POSSIBLE_RENAME
    }
}

impl Change {
    /// What is different and what to do, without what it breaks.
    fn text(&self) -> String {
        let Self {
            path,
            code,
            message,
            help,
            ..
        } = self;
        let help = help.iter().map(|help| format!("\n  help: {help}"));
        format!("{path} {message} [{code}]{}", help.collect::<String>())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.impact, self.text())
    }
}

/// All changes from `older` to `newer`: those that break something first, then by path.
pub fn compare(older: &Lock, newer: &Lock) -> Vec<Change> {
    if older.is_of_first_form() {
        return compare_like(&older.as_in_first_form(), &newer.as_in_first_form());
    }
    compare_like(older, newer)
}

/// The same for locks that know the same of types.
fn compare_like(older: &Lock, newer: &Lock) -> Vec<Change> {
    let mut changes = Changes::default();
    items::compare(older, newer, &mut changes);
    storage::compare(older, newer, &mut changes);
    let mut changes = changes.0;
    changes.sort();
    changes.dedup();
    changes
}

/// The changes found so far.
#[derive(Debug, Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, impact: Impact, code: &'static str, path: &str, message: impl Into<String>) {
        self.0.push(Change {
            impact,
            path: path.to_owned(),
            code,
            message: message.into(),
            help: None,
        });
    }

    /// [`Changes::add`] with what to do about it.
    fn add_with_help(
        &mut self,
        impact: Impact,
        (code, path): (&'static str, &str),
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(impact, code, path, message);
        if let Some(change) = self.0.last_mut() {
            change.help = Some(help.into());
        }
    }
}

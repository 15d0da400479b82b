//! What is wrong with a schema, for the person who wrote it.

use std::fmt;

use serde::Serialize;

use crate::description::Place;

/// One mistake, with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// A short name of the rule, stable across versions: `duplicate-event`.
    pub code: &'static str,
    /// What is wrong, naming resource and field.
    pub message: String,
    /// Where the item stands that is wrong.
    pub at: Option<Place>,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        if let Some(place) = &self.at {
            write!(f, "\n  --> {}:{}", place.file, place.line)?;
        }
        write!(f, "\n  help: {}", self.help)
    }
}

/// All mistakes of a schema, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// The findings.
    pub fn as_slice(&self) -> &[Finding] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(
        &mut self,
        code: &'static str,
        at: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.0.push(Finding {
            code,
            message: message.into(),
            at: Some(at.clone()),
            help: help.into(),
        });
    }

    pub(super) fn sorted(mut self) -> Self {
        let place = |finding: &Finding| finding.at.clone().map(|at| (at.file, at.line));
        self.0.sort_by_key(place);
        self
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

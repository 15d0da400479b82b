//! What was found wrong on a walk through a value, with the way to it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::field_code::FieldCode;
use crate::field_error::FieldErrors;

/// At most so many errors of one field are answered. A client may send more than fit into an answer.
pub(in crate::input) const MOST_ERRORS: usize = 100;

/// So many bytes the paths to them may have together: keys may be long.
const MOST_BYTES: usize = 64 * 1024;

/// A step on the way to a value.
#[derive(Debug)]
pub(super) enum Step<'v> {
    Index(usize),
    Key(Cow<'v, str>),
}

/// The errors so far, and the way to where the walk is.
#[derive(Debug)]
pub(super) struct Noted<'v> {
    name: String,
    way: Vec<Step<'v>>,
    errors: Vec<(String, FieldCode)>,
    bytes: usize,
}

/// How much was noted before a choice was tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    errors: usize,
    bytes: usize,
}

impl<'v> Noted<'v> {
    pub(super) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            way: Vec::new(),
            errors: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) fn enter(&mut self, step: Step<'v>) {
        self.way.push(step);
    }

    pub(super) fn leave(&mut self) {
        self.way.pop();
    }

    /// Whether no more errors are noted.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MOST_ERRORS || self.bytes >= MOST_BYTES
    }

    pub(super) fn note(&mut self, code: FieldCode) {
        if self.is_full() {
            return;
        }
        let path = self.path();
        self.bytes += path.len();
        self.errors.push((path, code));
    }

    pub(super) fn begin(&self) -> Before {
        Before {
            errors: self.errors.len(),
            bytes: self.bytes,
        }
    }

    /// Forgets what was noted since.
    pub(super) fn undo(&mut self, before: Before) {
        self.errors.truncate(before.errors);
        self.bytes = before.bytes;
    }

    pub(super) fn into_errors(self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for (path, code) in self.errors {
            errors.add(path, code);
        }
        errors
    }

    fn path(&self) -> String {
        let mut path = self.name.clone();
        for step in &self.way {
            // Writing to a text can't fail.
            let _ = match step {
                Step::Index(index) => write!(path, "[{index}]"),
                Step::Key(key) => write!(path, ".{key}"),
            };
        }
        path
    }
}

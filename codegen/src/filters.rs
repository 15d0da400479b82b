//! What templates may do to a value: put it safely where it stands.

use askama::Values;

/// A TSDoc comment, see [`crate::doc::typescript`].
#[askama::filter_fn]
pub(super) fn doc(text: &str, _: &dyn Values, indent: usize) -> askama::Result<String> {
    Ok(crate::doc::typescript(text, indent))
}

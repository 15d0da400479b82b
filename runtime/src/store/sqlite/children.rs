//! Rows that belong to other rows, grouped by the row they belong to.

use std::collections::HashMap;
use std::hash::Hash;

/// The children of many rows, loaded by one statement; see [`Read::children`](super::Read::children).
#[derive(Debug)]
pub struct Children<K, T>(HashMap<K, Vec<T>>);

impl<K: Eq + Hash, T> Children<K, T> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(super) fn add(&mut self, parent: K, child: T) {
        self.0.entry(parent).or_default().push(child);
    }

    /// Takes the children of one row, in the order in which the statement gave them.
    pub fn take(&mut self, parent: &K) -> Vec<T> {
        self.0.remove(parent).unwrap_or_default()
    }
}

//! The result of a write.

use rowcast_schema::Position;

use super::{ListId, Positions};

/// The result of a write, and the positions of the lists that it changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The result of the job.
    pub value: T,
    /// For each list that the job changed, the position that contains its changes.
    pub positions: Positions,
}

impl<T> Written<T> {
    /// The position of one list, if the job changed it.
    pub fn position(&self, list: ListId) -> Option<&Position> {
        self.positions
            .iter()
            .find(|(changed, _)| *changed == list)
            .map(|(_, position)| position)
    }

    /// Replaces the value, with the same positions.
    pub fn map<U>(self, give: impl FnOnce(T) -> U) -> Written<U> {
        Written {
            value: give(self.value),
            positions: self.positions,
        }
    }
}

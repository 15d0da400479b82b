//! What a write comes to.

use rowcast_schema::Position;

use super::{ListId, Positions};

/// The result of a write, and where the lists it changed stand now.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// What the job gave.
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

    /// Gives something else with the same positions.
    pub fn map<U>(self, give: impl FnOnce(T) -> U) -> Written<U> {
        Written {
            value: give(self.value),
            positions: self.positions,
        }
    }
}

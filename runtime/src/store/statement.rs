//! The text of a statement, for each kind of database.

/// A statement in the dialect of each database.
///
/// A text alone is used for all of them:
///
/// ```
/// use rowcast_runtime::store::Statement;
///
/// let all = Statement::from("SELECT id FROM coaches");
/// assert_eq!(all.sqlite, "SELECT id FROM coaches");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'s> {
    /// For SQLite.
    pub sqlite: &'s str,
}

impl<'s> Statement<'s> {
    /// The same text for all databases.
    pub const fn of(text: &'s str) -> Self {
        Self { sqlite: text }
    }
}

impl<'s> From<&'s str> for Statement<'s> {
    fn from(text: &'s str) -> Self {
        Self::of(text)
    }
}

impl<'s> From<&'s String> for Statement<'s> {
    fn from(text: &'s String) -> Self {
        text.as_str().into()
    }
}

impl<'s> From<&Statement<'s>> for Statement<'s> {
    fn from(statement: &Statement<'s>) -> Self {
        *statement
    }
}

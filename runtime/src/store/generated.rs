//! Helper functions of generated code.

use rowcast_schema::{Page, PageQuery};

use super::{ColumnError, Row};

/// Rows of a page, if the query has no limit.
const DEFAULT_LIMIT: u16 = 100;

/// The default of a field that no input fills; the closure only selects the field.
pub fn default_of<R, F: Default>(_: fn(&R) -> &F) -> F {
    F::default()
}

/// The type of a field of the resource `R`, without its `Option`: the one at this index of the struct.
pub type FieldOf<R, const INDEX: usize> = <R as rowcast_schema::FieldOf<INDEX>>::Type;

/// Reads the rows that an optional relation shows, unless the id in column `id_at` is null.
///
/// # Errors
/// When a column can't be read.
pub fn when_present<T>(
    row: &Row<'_>,
    id_at: usize,
    read: impl FnOnce(&Row<'_>) -> Result<T, ColumnError>,
) -> Result<Option<T>, ColumnError> {
    match row.is_null(id_at)? {
        true => Ok(None),
        false => read(row).map(Some),
    }
}

/// The limit of a page's statement: `… ORDER BY id LIMIT ?1`, or `… WHERE id > ?1 ORDER BY id LIMIT ?2`. These are two,
/// since a condition that is true without an id as well (`?1 IS NULL OR id > ?1`) reads the table from its beginning.
pub fn page_limit<I>(query: &PageQuery<I>) -> i64 {
    i64::from(query.limit.unwrap_or(DEFAULT_LIMIT)) + 1
}

/// Builds a page from the rows of such a statement: one more was read than requested, to know whether there is a next
/// page.
pub fn page<T, I>(query: &PageQuery<I>, mut rows: Vec<T>, id: impl Fn(&T) -> I) -> Page<T, I> {
    let limit = usize::from(query.limit.unwrap_or(DEFAULT_LIMIT));
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(id);
    Page { rows, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next() {
        let query = PageQuery {
            after: None,
            limit: Some(2),
        };
        assert_eq!(page_limit::<i64>(&query), 3);
        assert_eq!(
            page(&query, vec![1, 2, 3], |id| *id),
            Page {
                rows: vec![1, 2],
                next: Some(2)
            }
        );
        assert_eq!(
            page(&query, vec![1, 2], |id| *id),
            Page {
                rows: vec![1, 2],
                next: None
            }
        );
        assert_eq!(
            page::<i64, i64>(&query, vec![], |id| *id),
            Page {
                rows: vec![],
                next: None
            }
        );
    }
}

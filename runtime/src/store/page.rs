//! Pages of a list: one row more is read than asked for, to know whether there is a next page.

use rowcast_schema::{Page, PageQuery};

const DEFAULT_LIMIT: u16 = 100;

/// How many rows a page's statement has to give: `… ORDER BY id LIMIT ?1`, or `… WHERE id > ?1 ORDER BY id LIMIT ?2`. These are
/// two, since a condition that is true for no id as well (`?1 IS NULL OR id > ?1`) reads the table from its beginning.
pub fn page_limit<I>(query: &PageQuery<I>) -> i64 {
    i64::from(query.limit.unwrap_or(DEFAULT_LIMIT)) + 1
}

/// Makes a page of the rows that such a statement gave.
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

//! The statements that write rows, and those that look before or after.

use rowcast_schema::contract::{IdKind, Resource};
use sea_query::{Expr, ExprTrait, Query, SqliteQueryBuilder};

use super::{Written, inserted_columns, lines, name, parameter};

/// Whether a row with the id `?1` exists.
pub(in crate::rust) fn exists(resource: &Resource) -> String {
    refers(&resource.plural, "id")
}

/// Whether a row has `?1` in a column.
pub(in crate::rust) fn refers(table: &str, column: &str) -> String {
    let query = Query::select()
        .expr(Expr::cust("1"))
        .from(name(table))
        .and_where(Expr::col(name(column)).eq(parameter(1)))
        .take();
    query.to_string(SqliteQueryBuilder)
}

/// Stores a row with the columns of [`inserted_columns`] as parameters, the id first unless the database makes it.
pub(in crate::rust) fn insert(resource: &Resource) -> String {
    let mut columns: Vec<&str> = inserted_columns(resource)
        .iter()
        .map(|written| written.column)
        .collect();
    if resource.id_kind != IdKind::Counted {
        columns.insert(0, "id");
    }
    let table = name(&resource.plural);
    let mut query = Query::insert();
    query.into_table(table);
    if columns.is_empty() {
        query.or_default_values();
    } else {
        query.columns(columns.iter().map(|column| name(column)));
        query.values_panic((1..=columns.len()).map(parameter));
    }
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Sets those of `columns` whose first parameter is true to their second. The id is the last parameter.
pub(in crate::rust) fn update(resource: &Resource, columns: &[Written<'_>]) -> String {
    let mut query = Query::update();
    query.table(name(&resource.plural));
    for (index, written) in columns.iter().enumerate() {
        let (sent, value) = (2 * index + 1, 2 * index + 2);
        let column = written.column;
        query.value(
            name(column),
            Expr::cust(format!(
                "CASE WHEN ?{sent} THEN ?{value} ELSE \"{column}\" END"
            )),
        );
    }
    query.and_where(Expr::col(name("id")).eq(parameter(2 * columns.len() + 1)));
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Sets one column to `?1` in the row with the id `?2`.
pub(in crate::rust) fn set(resource: &Resource, column: &str) -> String {
    let query = Query::update()
        .table(name(&resource.plural))
        .value(name(column), parameter(1))
        .and_where(Expr::col(name("id")).eq(parameter(2)))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Removes the row with the id `?1`.
pub(in crate::rust) fn delete(resource: &Resource) -> String {
    let query = Query::delete()
        .from_table(name(&resource.plural))
        .and_where(Expr::col(name("id")).eq(parameter(1)))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Sets the time of all owners whose lists have the row `?2` to `?1`.
pub(in crate::rust) fn touch_owners(
    owner: &Resource,
    stamp: &str,
    through: &str,
    (owner_column, target_column): (&str, &str),
) -> String {
    let owners = Query::select()
        .expr(Expr::col(name(owner_column)))
        .from(name(through))
        .and_where(Expr::col(name(target_column)).eq(parameter(2)))
        .take();
    let query = Query::update()
        .table(name(&owner.plural))
        .value(name(stamp), parameter(1))
        .and_where(Expr::col(name("id")).in_subquery(owners))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Removes the pairs of a many-to-many field of the owner `?1`.
pub(in crate::rust) fn delete_pairs(through: &str, owner_column: &str) -> String {
    let query = Query::delete()
        .from_table(name(through))
        .and_where(Expr::col(name(owner_column)).eq(parameter(1)))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Adds the pair of the owner `?1` and the row `?3` at the place `?2`.
pub(in crate::rust) fn insert_pair(
    through: &str,
    owner_column: &str,
    target_column: &str,
) -> String {
    let query = Query::insert()
        .into_table(name(through))
        .columns([name(owner_column), name("position"), name(target_column)])
        .values_panic([parameter(1), parameter(2), parameter(3)])
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// The ids of the rows of `table` that have `?1` in `key`.
pub(in crate::rust) fn ids_by(table: &str, id: &str, key: &str) -> String {
    let query = Query::select()
        .distinct()
        .expr(Expr::col(name(id)))
        .from(name(table))
        .and_where(Expr::col(name(key)).eq(parameter(1)))
        .and_where(Expr::col(name(id)).is_not_null())
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

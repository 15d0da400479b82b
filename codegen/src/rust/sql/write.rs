//! The statements that write rows, and those that look before or after.

use rowcast_schema::contract::{IdKind, Resource};
use sea_query::{Expr, ExprTrait, Query};

use super::dialect::Sql;
use super::{Written, inserted_columns, name};

/// Whether a row with the id `?1` exists.
pub(in crate::rust) fn exists(resource: &Resource) -> Sql {
    refers(&resource.plural, "id")
}

/// Whether a row has `?1` in a column.
pub(in crate::rust) fn refers(table: &str, column: &str) -> Sql {
    Sql::each(|dialect| {
        let query = Query::select()
            .expr(Expr::cust("1"))
            .from(name(table))
            .and_where(Expr::col(name(column)).eq(dialect.parameter(1)))
            .take();
        dialect.one_line(&query)
    })
}

/// Stores a row with the columns of [`inserted_columns`] as parameters, the id first unless the database makes it.
pub(in crate::rust) fn insert(resource: &Resource) -> Sql {
    Sql::each(|dialect| {
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
            query.values_panic((1..=columns.len()).map(|number| dialect.parameter(number)));
        }
        dialect.text(&query)
    })
}

/// Sets those of `columns` whose first parameter is true to their second. The id is the last parameter.
pub(in crate::rust) fn update(resource: &Resource, columns: &[Written<'_>]) -> Sql {
    Sql::each(|dialect| {
        let mut query = Query::update();
        query.table(name(&resource.plural));
        for (index, written) in columns.iter().enumerate() {
            let (sent, value) = (dialect.place(2 * index + 1), dialect.place(2 * index + 2));
            let column = written.column;
            query.value(
                name(column),
                Expr::cust(format!(
                    "CASE WHEN {sent} THEN {value} ELSE \"{column}\" END"
                )),
            );
        }
        query.and_where(Expr::col(name("id")).eq(dialect.parameter(2 * columns.len() + 1)));
        dialect.text(&query)
    })
}

/// Sets one column to `?1` in the row with the id `?2`.
pub(in crate::rust) fn set(resource: &Resource, column: &str) -> Sql {
    Sql::each(|dialect| {
        let query = Query::update()
            .table(name(&resource.plural))
            .value(name(column), dialect.parameter(1))
            .and_where(Expr::col(name("id")).eq(dialect.parameter(2)))
            .take();
        dialect.text(&query)
    })
}

/// Removes the row with the id `?1`.
pub(in crate::rust) fn delete(resource: &Resource) -> Sql {
    Sql::each(|dialect| {
        let query = Query::delete()
            .from_table(name(&resource.plural))
            .and_where(Expr::col(name("id")).eq(dialect.parameter(1)))
            .take();
        dialect.text(&query)
    })
}

/// Sets the time of all owners whose lists have the row `?2` to `?1`.
pub(in crate::rust) fn touch_owners(
    owner: &Resource,
    stamp: &str,
    through: &str,
    (owner_column, target_column): (&str, &str),
) -> Sql {
    Sql::each(|dialect| {
        let owners = Query::select()
            .expr(Expr::col(name(owner_column)))
            .from(name(through))
            .and_where(Expr::col(name(target_column)).eq(dialect.parameter(2)))
            .take();
        let query = Query::update()
            .table(name(&owner.plural))
            .value(name(stamp), dialect.parameter(1))
            .and_where(Expr::col(name("id")).in_subquery(owners))
            .take();
        dialect.text(&query)
    })
}

/// Removes the pairs of a many-to-many field of the owner `?1`.
pub(in crate::rust) fn delete_pairs(through: &str, owner_column: &str) -> Sql {
    Sql::each(|dialect| {
        let query = Query::delete()
            .from_table(name(through))
            .and_where(Expr::col(name(owner_column)).eq(dialect.parameter(1)))
            .take();
        dialect.text(&query)
    })
}

/// Adds the pair of the owner `?1` and the row `?3` at the place `?2`.
pub(in crate::rust) fn insert_pair(through: &str, owner_column: &str, target_column: &str) -> Sql {
    Sql::each(|dialect| {
        let query = Query::insert()
            .into_table(name(through))
            .columns([name(owner_column), name("position"), name(target_column)])
            .values_panic([
                dialect.parameter(1),
                dialect.parameter(2),
                dialect.parameter(3),
            ])
            .take();
        dialect.text(&query)
    })
}

/// The ids of the rows of `table` that have `?1` in `key`.
pub(in crate::rust) fn ids_by(table: &str, id: &str, key: &str) -> Sql {
    Sql::each(|dialect| {
        let query = Query::select()
            .distinct()
            .expr(Expr::col(name(id)))
            .from(name(table))
            .and_where(Expr::col(name(key)).eq(dialect.parameter(1)))
            .and_where(Expr::col(name(id)).is_not_null())
            .take();
        dialect.text(&query)
    })
}

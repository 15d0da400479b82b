//! The statements about scopes of rows.

use rowcast_schema::contract::{FieldKind, Resource};
use sea_query::{Expr, ExprTrait, Query, SelectStatement};

use super::dialect::Sql;
use super::{column, name};

/// The scope of the row with the id `?1`.
pub(in crate::rust) fn scope(resource: &Resource) -> Sql {
    Sql::each(|dialect| {
        let query = Query::select()
            .expr(Expr::col(name(scope_column(resource))))
            .from(name(&resource.plural))
            .and_where(Expr::col(name("id")).eq(dialect.parameter(1)))
            .take();
        dialect.text(&query)
    })
}

/// Whether a row with the id `?1` exists in the scope `?2`.
pub(in crate::rust) fn exists_in(resource: &Resource) -> Sql {
    Sql::each(|dialect| {
        let query = Query::select()
            .expr(Expr::cust("1"))
            .from(name(&resource.plural))
            .and_where(Expr::col(name("id")).eq(dialect.parameter(1)))
            .and_where(Expr::col(name(scope_column(resource))).eq(dialect.parameter(2)))
            .take();
        dialect.text(&query)
    })
}

/// Whether the row `?1` refers by a field to a row that is not in the scope `?2`.
pub(in crate::rust) fn strays(
    resource: &Resource,
    kind: &FieldKind,
    target: &Resource,
) -> Option<Sql> {
    Sql::some(|dialect| {
        let mut query = one();
        let there = "there";
        match kind {
            FieldKind::BelongsTo { column: key, .. } => {
                let own = resource.plural.as_str();
                let condition = column(there, "id").eq(column(own, key));
                query
                    .from(name(own))
                    .join_as(
                        sea_query::JoinType::InnerJoin,
                        name(&target.plural),
                        name(there),
                        condition,
                    )
                    .and_where(column(own, "id").eq(dialect.parameter(1)));
            }
            FieldKind::ManyToMany {
                through,
                owner_column,
                target_column,
                ..
            } => {
                let condition = column(there, "id").eq(column(through, target_column));
                query
                    .from(name(through))
                    .join_as(
                        sea_query::JoinType::InnerJoin,
                        name(&target.plural),
                        name(there),
                        condition,
                    )
                    .and_where(column(through, owner_column).eq(dialect.parameter(1)));
            }
            FieldKind::Id | FieldKind::Column(_) | FieldKind::HasMany { .. } => return None,
        }
        query.and_where(column(there, scope_column(target)).ne(dialect.parameter(2)));
        Some(dialect.text(&query))
    })
}

/// Whether a row that is not in the scope `?2` refers by a field to the row `?1`; but for that row itself.
pub(in crate::rust) fn left_behind(
    referrer: &Resource,
    kind: &FieldKind,
    target: &Resource,
) -> Option<Sql> {
    Sql::some(|dialect| {
        let mut query = one();
        let own = referrer.plural.as_str();
        query.from(name(own));
        match kind {
            FieldKind::BelongsTo { column: key, .. } => {
                query.and_where(column(own, key).eq(dialect.parameter(1)));
            }
            FieldKind::ManyToMany {
                through,
                owner_column,
                target_column,
                ..
            } => {
                let condition = column(through, owner_column).eq(column(own, "id"));
                query
                    .inner_join(name(through), condition)
                    .and_where(column(through, target_column).eq(dialect.parameter(1)));
            }
            FieldKind::Id | FieldKind::Column(_) | FieldKind::HasMany { .. } => return None,
        }
        query.and_where(column(own, scope_column(referrer)).ne(dialect.parameter(2)));
        if referrer.name == target.name {
            query.and_where(column(own, "id").ne(dialect.parameter(1)));
        }
        Some(dialect.text(&query))
    })
}

fn one() -> SelectStatement {
    Query::select().expr(Expr::cust("1")).take()
}

/// Only asked for resources with a scope.
fn scope_column(resource: &Resource) -> &str {
    resource.scope_column().unwrap_or("id")
}

//! The statements that read rows.

use rowcast_schema::contract::{Contract, Field, FieldKind, IdKind, Relation, Resource};
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::dialect::{Dialect, Sql};
use super::{column, lines, name};

/// Which rows a SELECT gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rust) enum Rows<'a> {
    /// All of them.
    All,
    /// The one with the id `?1`.
    One,
    /// Those whose ids are in the JSON array `?1`.
    Ids,
    /// The first `?1`.
    FirstPage,
    /// The first `?2` after the id `?1`.
    Page,
    /// Those whose scopes are in the JSON array `?1`.
    AllIn,
    /// The first `?1` whose scopes are in the JSON array `?2`.
    FirstPageIn,
    /// The first `?2` after the id `?1` whose scopes are in the JSON array `?3`.
    PageIn,
    /// Those with `?1` in this column.
    By(&'a str),
    /// Those with `?1`, `?2` … in these columns.
    ByAll(&'a [String]),
}

impl Rows<'_> {
    /// The parameter with the number of rows, if they are a page.
    fn limit(self) -> Option<usize> {
        match self {
            Self::FirstPage | Self::FirstPageIn => Some(1),
            Self::Page | Self::PageIn => Some(2),
            Self::All | Self::One | Self::Ids | Self::AllIn | Self::By(_) | Self::ByAll(_) => None,
        }
    }
}

/// The name under which the table of a belongs-to relation is joined.
fn join_name(resource: &Resource, field: &Field) -> String {
    if field.name == resource.plural {
        format!("{}_row", field.name)
    } else {
        field.name.clone()
    }
}

/// The names of the columns that a relation shows, in the order in which the shown struct has them.
pub(in crate::rust) fn shown_columns(contract: &Contract, relation: &Relation) -> Vec<String> {
    let target = &contract.resources()[relation.target];
    let stored = |field: &Field| match &field.kind {
        FieldKind::Id => Some("id".to_owned()),
        FieldKind::Column(column) => Some(column.name.clone()),
        _ => None,
    };
    match contract
        .views()
        .iter()
        .find(|view| view.name == relation.shows)
    {
        Some(view) => view
            .columns
            .iter()
            .filter_map(|shown| stored(&target.fields[shown.field]))
            .collect(),
        None => target.fields.iter().filter_map(stored).collect(),
    }
}

/// The rows of a resource with what they show of rows that they belong to.
pub(in crate::rust) fn select(contract: &Contract, resource: &Resource, rows: Rows<'_>) -> Sql {
    Sql::each(|dialect| {
        let table = resource.plural.as_str();
        let mut query = Query::select();
        query.from(name(table));
        for field in &resource.fields {
            match &field.kind {
                FieldKind::Id => {
                    query.expr(column(table, "id"));
                }
                FieldKind::Column(own) => {
                    query.expr(column(table, &own.name));
                }
                FieldKind::BelongsTo {
                    relation,
                    column: key,
                } => {
                    let joined = join_name(resource, field);
                    for shown in shown_columns(contract, relation) {
                        query.expr(column(&joined, &shown));
                    }
                    let kind = if field.optional {
                        sea_query::JoinType::LeftJoin
                    } else {
                        sea_query::JoinType::InnerJoin
                    };
                    let target = &contract.resources()[relation.target].plural;
                    let condition = column(&joined, "id").eq(column(table, key));
                    query.join_as(kind, name(target), name(&joined), condition);
                }
                FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => {}
            }
        }
        filter(dialect, &mut query, resource, rows);
        query.order_by((name(table), name("id")), Order::Asc);
        let mut sql = dialect.one_line(&query);
        if let Some(limit) = rows.limit() {
            sql.push_str(&format!(" LIMIT {}", dialect.place(limit)));
        }
        lines(&sql)
    })
}

fn filter(dialect: Dialect, query: &mut SelectStatement, resource: &Resource, rows: Rows<'_>) {
    let table = resource.plural.as_str();
    let scope = || column(table, resource.scope_column().unwrap_or("id"));
    match rows {
        Rows::All => {}
        Rows::One => {
            query.and_where(column(table, "id").eq(dialect.parameter(1)));
        }
        Rows::Ids => {
            query.and_where(column(table, "id").in_subquery(dialect.each(1)));
        }
        Rows::FirstPage => {
            query.and_where(from_the_first(resource));
        }
        Rows::Page => {
            query.and_where(column(table, "id").gt(dialect.parameter(1)));
        }
        Rows::AllIn => {
            query.and_where(scope().in_subquery(dialect.each(1)));
        }
        Rows::FirstPageIn | Rows::PageIn if resource.scope_column() == Some("id") => {
            let scopes = match rows {
                Rows::PageIn => {
                    query.and_where(column(table, "id").gt(dialect.parameter(1)));
                    3
                }
                _ => 2,
            };
            query.and_where(column(table, "id").in_subquery(dialect.each(scopes)));
        }
        Rows::FirstPageIn => {
            query.and_where(first_of_each_scope(dialect, resource, (None, 1, 2)));
        }
        Rows::PageIn => {
            query.and_where(first_of_each_scope(dialect, resource, (Some(1), 2, 3)));
        }
        Rows::By(key) => {
            query.and_where(column(table, key).eq(dialect.parameter(1)));
        }
        Rows::ByAll(keys) => {
            for (index, key) in keys.iter().enumerate() {
                query.and_where(column(table, key).eq(dialect.parameter(index + 1)));
            }
        }
    }
}

/// True for every id. It makes the plan a search from the first row, as that of the following pages is: whatever scans a
/// table is a mistake then, which a test finds by its plan.
fn from_the_first(resource: &Resource) -> Expr {
    let table = resource.plural.as_str();
    let first = match resource.id_kind {
        IdKind::Counted => "-9223372036854775808",
        IdKind::Uuid | IdKind::GivenUuid | IdKind::GivenText => "''",
    };
    column(table, "id").gte(Expr::custom_keyword(name(first)))
}

/// The rows of a page within scopes: of each scope as many as a page can have, found by the index on scope and id. So the
/// cost follows the page, neither the table nor the scopes' other rows.
fn first_of_each_scope(
    dialect: Dialect,
    resource: &Resource,
    (after, limit, scopes): (Option<usize>, usize, usize),
) -> Expr {
    let table = resource.plural.as_str();
    let scope = resource.scope_column().unwrap_or("id");
    let after = after.map_or_else(String::new, |after| {
        format!(" AND \"one\".\"id\" > {}", dialect.place(after))
    });
    let (limit, scopes) = (dialect.place(limit), dialect.items(scopes));
    Expr::cust(format!(
        "\"{table}\".\"id\" IN (SELECT \"own\".\"id\" FROM {scopes} AS \"scopes\" \
         INNER JOIN \"{table}\" AS \"own\" ON \"own\".\"id\" IN (SELECT \"one\".\"id\" FROM \"{table}\" AS \"one\" \
         WHERE \"one\".\"{scope}\" = \"scopes\".\"value\"{after} ORDER BY \"one\".\"id\" ASC LIMIT {limit}))"
    ))
}

/// The rows that a to-many field shows, each behind the id of its owner.
pub(in crate::rust) fn select_children(
    contract: &Contract,
    owner: &Resource,
    field: &Field,
    rows: Rows<'_>,
) -> Sql {
    Sql::each(|dialect| {
        let mut query = Query::select();
        match &field.kind {
            FieldKind::ManyToMany {
                relation,
                through,
                owner_column,
                target_column,
            } => {
                let target = contract.resources()[relation.target].plural.as_str();
                query.expr(column(through, owner_column));
                for shown in shown_columns(contract, relation) {
                    query.expr(column(target, &shown));
                }
                query.from(name(through));
                query.inner_join(
                    name(target),
                    column(target, "id").eq(column(through, target_column)),
                );
                filter_children(dialect, &mut query, owner, (through, owner_column), rows);
                query.order_by((name(through), name(owner_column)), Order::Asc);
                query.order_by((name(through), name("position")), Order::Asc);
            }
            FieldKind::HasMany {
                relation,
                column: key,
            } => {
                let target = contract.resources()[relation.target].plural.as_str();
                query.expr(column(target, key));
                for shown in shown_columns(contract, relation) {
                    query.expr(column(target, &shown));
                }
                query
                    .from(name(target))
                    .and_where(column(target, key).is_not_null());
                filter_children(dialect, &mut query, owner, (target, key), rows);
                query.order_by((name(target), name(key)), Order::Asc);
                query.order_by((name(target), name("id")), Order::Asc);
            }
            FieldKind::Id | FieldKind::Column(_) | FieldKind::BelongsTo { .. } => {}
        }
        dialect.text(&query)
    })
}

/// Confines children to those of the wanted owners; `key` is the table and the column with the owner's id.
fn filter_children(
    dialect: Dialect,
    query: &mut SelectStatement,
    owner: &Resource,
    key: (&str, &str),
    rows: Rows<'_>,
) {
    let table = owner.plural.as_str();
    let owner_id = || column(key.0, key.1);
    let owners = || {
        Query::select()
            .expr(column(table, "id"))
            .from(name(table))
            .take()
    };
    match rows {
        Rows::All => {}
        Rows::One => {
            query.and_where(owner_id().eq(dialect.parameter(1)));
        }
        Rows::Ids => {
            query.and_where(owner_id().in_subquery(dialect.each(1)));
        }
        Rows::FirstPage | Rows::Page | Rows::FirstPageIn | Rows::PageIn => {
            let mut page = owners();
            filter(dialect, &mut page, owner, rows);
            page.order_by((name(table), name("id")), Order::Asc);
            let page = dialect.one_line(&page);
            let owner_id = dialect.one_line(Query::select().expr(owner_id()));
            let owner_id = owner_id.trim_start_matches("SELECT ");
            let limit = rows.limit().map(|limit| dialect.place(limit));
            let limit = limit.unwrap_or_default();
            query.and_where(Expr::cust(format!("{owner_id} IN ({page} LIMIT {limit})")));
        }
        Rows::AllIn | Rows::By(_) | Rows::ByAll(_) => {
            let mut wanted = owners();
            filter(dialect, &mut wanted, owner, rows);
            query.and_where(owner_id().in_subquery(wanted));
        }
    }
}

//! The SQL of a resource for SQLite, rendered once, when code is generated.
//!
//! Parameters are numbered (`?1`), so that a statement can use one twice and a reader can match them.

use rowcast_schema::contract::{
    Column, ColumnKind, Contract, Field, FieldKind, Relation, Resource,
};
use sea_query::{
    Alias, ColumnDef, Expr, ExprTrait, ForeignKey, ForeignKeyAction, Index, Order, Query,
    SelectStatement, SqliteQueryBuilder, Table,
};

/// Which rows a SELECT gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows<'a> {
    /// All of them.
    All,
    /// The one with the id `?1`.
    One,
    /// Those whose ids are in the JSON array `?1`.
    Ids,
    /// At most `?2` of those after the id `?1`.
    Page,
    /// Those with `?1` in this column.
    By(&'a str),
}

pub(super) fn name(text: &str) -> Alias {
    Alias::new(text)
}

/// A keyword, since other custom expressions are put in parentheses.
fn parameter(number: usize) -> Expr {
    Expr::custom_keyword(Alias::new(format!("?{number}")))
}

/// `"coaches"."name"`.
fn column(table: &str, column: &str) -> Expr {
    Expr::col((name(table), name(column)))
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
pub(super) fn shown_columns(contract: &Contract, relation: &Relation) -> Vec<String> {
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
pub(super) fn select(contract: &Contract, resource: &Resource, rows: Rows<'_>) -> String {
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
    filter(&mut query, table, rows);
    query.order_by((name(table), name("id")), Order::Asc);
    let mut sql = query.to_string(SqliteQueryBuilder);
    if rows == Rows::Page {
        sql.push_str(" LIMIT ?2");
    }
    lines(&sql)
}

fn filter(query: &mut SelectStatement, table: &str, rows: Rows<'_>) {
    match rows {
        Rows::All => {}
        Rows::One => {
            query.and_where(column(table, "id").eq(parameter(1)));
        }
        Rows::Ids => {
            query.and_where(column(table, "id").in_subquery(each_id()));
        }
        Rows::Page => {
            query.and_where(after(table));
        }
        Rows::By(key) => {
            query.and_where(column(table, key).eq(parameter(1)));
        }
    }
}

/// `SELECT value FROM json_each(?1)`: a statement can't have a varying number of parameters.
fn each_id() -> SelectStatement {
    Query::select()
        .expr(Expr::cust("value FROM json_each(?1)"))
        .take()
}

/// Ids after `?1`, or all where it is null.
fn after(table: &str) -> Expr {
    parameter(1)
        .is_null()
        .or(column(table, "id").gt(parameter(1)))
}

/// The rows that a to-many field shows, each behind the id of its owner.
pub(super) fn select_children(
    contract: &Contract,
    owner: &Resource,
    field: &Field,
    rows: Rows<'_>,
) -> String {
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
            filter_children(&mut query, owner, (through, owner_column), rows);
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
            filter_children(&mut query, owner, (target, key), rows);
            query.order_by((name(target), name(key)), Order::Asc);
            query.order_by((name(target), name("id")), Order::Asc);
        }
        FieldKind::Id | FieldKind::Column(_) | FieldKind::BelongsTo { .. } => {}
    }
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Confines children to those of the wanted owners; `key` is the table and the column with the owner's id.
fn filter_children(
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
            query.and_where(owner_id().eq(parameter(1)));
        }
        Rows::Ids => {
            query.and_where(owner_id().in_subquery(each_id()));
        }
        Rows::Page => {
            let page = owners()
                .and_where(after(table))
                .order_by((name(table), name("id")), Order::Asc)
                .take();
            let page = page.to_string(SqliteQueryBuilder);
            let owner_id = Query::select()
                .expr(owner_id())
                .to_string(SqliteQueryBuilder);
            let owner_id = owner_id.trim_start_matches("SELECT ");
            query.and_where(Expr::cust(format!("{owner_id} IN ({page} LIMIT ?2)")));
        }
        Rows::By(own) => {
            query.and_where(
                owner_id().in_subquery(
                    owners()
                        .and_where(column(table, own).eq(parameter(1)))
                        .take(),
                ),
            );
        }
    }
}

/// Whether a row with the id `?1` exists.
pub(super) fn exists(resource: &Resource) -> String {
    let query = Query::select()
        .expr(Expr::cust("1"))
        .from(name(&resource.plural))
        .and_where(Expr::col(name("id")).eq(parameter(1)))
        .take();
    query.to_string(SqliteQueryBuilder)
}

/// A column that a row is written with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub field: &'a Field,
    pub column: &'a str,
}

/// The columns of a row but the id, in the order of declaration.
pub(super) fn written_columns(resource: &Resource) -> Vec<Written<'_>> {
    let written = |field| written_column(field).map(|column| Written { field, column });
    resource.fields.iter().filter_map(written).collect()
}

fn written_column(field: &Field) -> Option<&str> {
    match &field.kind {
        FieldKind::Column(column) => Some(&column.name),
        FieldKind::BelongsTo { column, .. } => Some(column),
        FieldKind::Id | FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => None,
    }
}

/// Stores a row with all its columns as parameters.
pub(super) fn insert(resource: &Resource) -> String {
    let columns = written_columns(resource);
    let table = name(&resource.plural);
    let mut query = Query::insert();
    query.into_table(table);
    if columns.is_empty() {
        query.or_default_values();
    } else {
        query.columns(columns.iter().map(|written| name(written.column)));
        query.values_panic((1..=columns.len()).map(parameter));
    }
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Sets those of `columns` whose first parameter is true to their second. The id is the last parameter.
pub(super) fn update(resource: &Resource, columns: &[Written<'_>]) -> String {
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
pub(super) fn set(resource: &Resource, column: &str) -> String {
    let query = Query::update()
        .table(name(&resource.plural))
        .value(name(column), parameter(1))
        .and_where(Expr::col(name("id")).eq(parameter(2)))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Removes the row with the id `?1`.
pub(super) fn delete(resource: &Resource) -> String {
    let query = Query::delete()
        .from_table(name(&resource.plural))
        .and_where(Expr::col(name("id")).eq(parameter(1)))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Removes the pairs of a many-to-many field of the owner `?1`.
pub(super) fn delete_pairs(through: &str, owner_column: &str) -> String {
    let query = Query::delete()
        .from_table(name(through))
        .and_where(Expr::col(name(owner_column)).eq(parameter(1)))
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// Adds the pair of the owner `?1` and the row `?3` at the place `?2`.
pub(super) fn insert_pair(through: &str, owner_column: &str, target_column: &str) -> String {
    let query = Query::insert()
        .into_table(name(through))
        .columns([name(owner_column), name("position"), name(target_column)])
        .values_panic([parameter(1), parameter(2), parameter(3)])
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// The ids of the rows of `table` that have `?1` in `key`.
pub(super) fn ids_by(table: &str, id: &str, key: &str) -> String {
    let query = Query::select()
        .distinct()
        .expr(Expr::col(name(id)))
        .from(name(table))
        .and_where(Expr::col(name(key)).eq(parameter(1)))
        .and_where(Expr::col(name(id)).is_not_null())
        .take();
    lines(&query.to_string(SqliteQueryBuilder))
}

/// A table with its indexes and the statements that bring an older file up to date.
#[derive(Debug)]
pub(super) struct TableSql {
    pub name: String,
    pub create: String,
    pub indexes: Vec<String>,
    /// The columns.
    pub columns: Vec<ColumnSql>,
}

/// A column, as far as the store must know it.
#[derive(Debug)]
pub(super) struct ColumnSql {
    pub name: String,
    /// The path of the input that fills it.
    pub path: String,
    /// The statement that adds it, where rows can do without a value.
    pub add: Option<String>,
}

/// The tables of a resource: its own, and one for each many-to-many field.
pub(super) fn tables(contract: &Contract, resource: &Resource) -> Vec<TableSql> {
    let mut tables = vec![own_table(contract, resource)];
    for field in &resource.fields {
        if let FieldKind::ManyToMany {
            relation,
            through,
            owner_column,
            target_column,
        } = &field.kind
        {
            let target = &contract.resources()[relation.target].plural;
            tables.push(join_table(
                &resource.plural,
                through,
                owner_column,
                target,
                target_column,
            ));
        }
    }
    tables
}

fn own_table(contract: &Contract, resource: &Resource) -> TableSql {
    let table = resource.plural.as_str();
    let mut create = Table::create();
    create.table(name(table)).if_not_exists();
    create.col(
        ColumnDef::new(name("id"))
            .integer()
            .not_null()
            .primary_key()
            .auto_increment(),
    );
    let mut indexes = Vec::new();
    let mut columns = vec![ColumnSql {
        name: "id".to_owned(),
        path: "id".to_owned(),
        add: None,
    }];
    for field in &resource.fields {
        let (definition, references) = match &field.kind {
            FieldKind::Column(column) => {
                indexes.extend(index_of(table, column));
                (column_definition(column, field.optional), None)
            }
            FieldKind::BelongsTo { relation, column } => {
                indexes.push(index(table, column, false));
                let target = &contract.resources()[relation.target].plural;
                create.foreign_key(
                    ForeignKey::create()
                        .from(name(table), name(column))
                        .to(name(target), name("id")),
                );
                let mut definition = ColumnDef::new(name(column));
                definition.integer();
                if !field.optional {
                    definition.not_null();
                }
                (
                    definition,
                    Some(format!("REFERENCES \"{target}\" (\"id\")")),
                )
            }
            FieldKind::Id | FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => continue,
        };
        let column = written_column(field).unwrap_or_default().to_owned();
        let add = field
            .optional
            .then(|| add_column(table, definition.clone(), references.clone()));
        let path = match references.is_some() {
            true => format!("{}.id", field.wire_name),
            false => field.wire_name.clone(),
        };
        columns.push(ColumnSql {
            name: column,
            path,
            add,
        });
        create.col(definition);
    }
    TableSql {
        name: table.to_owned(),
        create: lines(&create.to_string(SqliteQueryBuilder)),
        indexes,
        columns,
    }
}

fn add_column(table: &str, mut definition: ColumnDef, references: Option<String>) -> String {
    if let Some(references) = references {
        definition.extra(references);
    }
    Table::alter()
        .table(name(table))
        .add_column(definition)
        .to_string(SqliteQueryBuilder)
}

fn column_definition(column: &Column, optional: bool) -> ColumnDef {
    let mut definition = ColumnDef::new(name(&column.name));
    match column.kind {
        ColumnKind::Integer => definition.integer(),
        ColumnKind::Real => definition.double(),
        ColumnKind::Text => definition.text(),
    };
    if !optional {
        definition.not_null();
    }
    definition
}

fn index_of(table: &str, column: &Column) -> Option<String> {
    (column.unique || column.index).then(|| index(table, &column.name, column.unique))
}

fn index(table: &str, column: &str, unique: bool) -> String {
    let ending = if unique { "key" } else { "index" };
    let mut index = Index::create();
    index
        .if_not_exists()
        .name(format!("{table}_{column}_{ending}"))
        .table(name(table))
        .col(name(column));
    if unique {
        index.unique();
    }
    index.to_string(SqliteQueryBuilder)
}

fn join_table(
    owner: &str,
    through: &str,
    owner_column: &str,
    target: &str,
    target_column: &str,
) -> TableSql {
    let mut create = Table::create();
    create.table(name(through)).if_not_exists();
    for column in [owner_column, "position", target_column] {
        create.col(ColumnDef::new(name(column)).integer().not_null());
    }
    create.primary_key(
        Index::create()
            .col(name(owner_column))
            .col(name("position")),
    );
    let mut to_owner = ForeignKey::create();
    to_owner
        .from(name(through), name(owner_column))
        .to(name(owner), name("id"))
        .on_delete(ForeignKeyAction::Cascade);
    create.foreign_key(&mut to_owner);
    create.foreign_key(
        ForeignKey::create()
            .from(name(through), name(target_column))
            .to(name(target), name("id")),
    );
    TableSql {
        name: through.to_owned(),
        create: lines(&create.to_string(SqliteQueryBuilder)),
        indexes: vec![index(through, target_column, false)],
        columns: [owner_column, "position", target_column]
            .map(|column| ColumnSql {
                name: column.to_owned(),
                path: column.to_owned(),
                add: None,
            })
            .into(),
    }
}

/// Puts each clause of a statement on a line of its own.
fn lines(sql: &str) -> String {
    const CLAUSES: [&str; 9] = [
        " FROM ",
        " INNER JOIN ",
        " LEFT JOIN ",
        " WHERE ",
        " ORDER BY ",
        " LIMIT ",
        " VALUES ",
        " SET ",
        " FOREIGN KEY ",
    ];
    let mut text = String::with_capacity(sql.len() + 16);
    let (mut rest, mut depth, mut quoted) = (sql, 0_u32, false);
    while let Some(character) = rest.chars().next() {
        let clause = CLAUSES.iter().any(|clause| rest.starts_with(clause)) && text != "DELETE";
        if clause && depth == 0 && !quoted {
            text.push('\n');
        } else {
            text.push(character);
        }
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = &rest[character.len_utf8()..];
    }
    text.replace("END, ", "END,\n    ")
}

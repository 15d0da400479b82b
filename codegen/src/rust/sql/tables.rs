//! The tables of a resource, and what brings an older file up to date.

use rowcast_schema::contract::{Column, ColumnKind, Contract, FieldKind, IdKind, Resource};
use sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table};

use super::dialect::Sql;
use super::{lines, name, written_column};

/// A table with its indexes and the statements that bring an older file up to date.
#[derive(Debug)]
pub(in crate::rust) struct TableSql {
    pub name: String,
    pub create: Sql,
    pub indexes: Vec<Sql>,
    /// The columns.
    pub columns: Vec<ColumnSql>,
    /// The keys that are unique: the name of the constraint or index, and the columns.
    pub keys: Vec<(String, Vec<String>)>,
}

/// A column, as far as the store must know it.
#[derive(Debug)]
pub(in crate::rust) struct ColumnSql {
    pub name: String,
    /// The path of the input that fills it.
    pub path: String,
    /// Whether it has the scope of the row.
    pub is_scope: bool,
    /// What stands behind its name in a definition, where rows can do without a value.
    pub optional: Option<Sql>,
}

/// The tables of a resource: its own, and one for each many-to-many field.
pub(in crate::rust) fn tables(contract: &Contract, resource: &Resource) -> Vec<TableSql> {
    let mut tables = vec![own_table(contract, resource)];
    for field in &resource.fields {
        if let FieldKind::ManyToMany {
            relation,
            through,
            owner_column,
            target_column,
        } = &field.kind
        {
            tables.push(join_table(
                resource,
                through,
                owner_column,
                &contract.resources()[relation.target],
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
    let mut id = id_column("id", resource);
    id.not_null().primary_key();
    if resource.id_kind == IdKind::Counted {
        id.auto_increment();
    }
    create.col(id);
    let mut indexes = Vec::new();
    let mut keys = vec![key(format!("{table}_pkey"), &["id"])];
    let mut columns = vec![ColumnSql {
        name: "id".to_owned(),
        path: "id".to_owned(),
        is_scope: false,
        optional: None,
    }];
    for field in &resource.fields {
        let (definition, references) = match &field.kind {
            FieldKind::Column(column) => {
                indexes.extend(index_of(table, column));
                if column.unique {
                    let columns = [column.name.as_str()];
                    keys.push(key(index_name(table, &columns, true), &columns));
                }
                (column_definition(column, field.optional), None)
            }
            FieldKind::BelongsTo { relation, column } => {
                indexes.push(match is_paged_by(resource, column) {
                    true => index(table, &[column, "id"], false),
                    false => index(table, &[column], false),
                });
                let to = &contract.resources()[relation.target];
                let target = &to.plural;
                create.foreign_key(
                    ForeignKey::create()
                        .from(name(table), name(column))
                        .to(name(target), name("id")),
                );
                let mut definition = id_column(column, to);
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
        let optional = field
            .optional
            .then(|| kind_of(&column, definition.clone(), references.clone()));
        let path = match references.is_some() {
            true => format!("{}.id", field.wire_name),
            false => field.wire_name.clone(),
        };
        columns.push(ColumnSql {
            is_scope: resource.scope_column() == Some(&column),
            name: column,
            path,
            optional,
        });
        create.col(definition);
    }
    for own in &resource.keys {
        let columns: Vec<&str> = own.columns.iter().map(String::as_str).collect();
        indexes.push(index(table, &columns, own.unique));
        if own.unique {
            keys.push(key(index_name(table, &columns, true), &columns));
        }
    }
    TableSql {
        name: table.to_owned(),
        create: Sql::each(|dialect| lines(&dialect.definition(&create))),
        indexes,
        columns,
        keys,
    }
}

/// Whether pages are found by this column and the id. Every index ends with the id where the database counts it up, but not
/// where it is a text.
fn is_paged_by(resource: &Resource, column: &str) -> bool {
    resource.scope_column() == Some(column) && resource.id_kind != IdKind::Counted
}

/// What stands behind the name of a column that is added to a table.
fn kind_of(column: &str, mut definition: ColumnDef, references: Option<String>) -> Sql {
    if let Some(references) = references {
        definition.extra(references);
    }
    let add = Table::alter()
        .table(name(column))
        .add_column(definition)
        .take();
    Sql::each(|dialect| {
        let add = dialect.definition(&add);
        let (_, kind) = add.split_once(" ADD COLUMN ").unwrap_or_default();
        let kind = kind.strip_prefix(&format!("\"{column}\" "));
        kind.unwrap_or_default().to_owned()
    })
}

/// A column that holds ids of a resource.
fn id_column(column: &str, of: &Resource) -> ColumnDef {
    let mut definition = ColumnDef::new(name(column));
    match of.id_kind {
        IdKind::Counted => definition.integer(),
        IdKind::Uuid | IdKind::GivenUuid | IdKind::GivenText => definition.text(),
    };
    definition
}

fn column_definition(column: &Column, optional: bool) -> ColumnDef {
    let mut definition = ColumnDef::new(name(&column.name));
    match column.kind {
        ColumnKind::Integer => definition.integer(),
        ColumnKind::Real => definition.double(),
        ColumnKind::Text => definition.text(),
        ColumnKind::Blob => definition.blob(),
    };
    if !optional {
        definition.not_null();
    }
    definition
}

fn index_of(table: &str, column: &Column) -> Option<Sql> {
    (column.unique || column.index).then(|| index(table, &[&column.name], column.unique))
}

fn index(table: &str, columns: &[&str], unique: bool) -> Sql {
    let mut index = Index::create();
    index
        .if_not_exists()
        .name(index_name(table, columns, unique))
        .table(name(table));
    for column in columns {
        index.col(name(column));
    }
    if unique {
        index.unique();
    }
    Sql::each(|dialect| dialect.definition(&index))
}

fn index_name(table: &str, columns: &[&str], unique: bool) -> String {
    let ending = if unique { "key" } else { "index" };
    format!("{table}_{}_{ending}", columns.join("_"))
}

/// A unique key by its name, with its columns.
fn key(name: String, columns: &[&str]) -> (String, Vec<String>) {
    let columns = columns.iter().map(|column| (*column).to_owned());
    (name, columns.collect())
}

fn join_table(
    owner: &Resource,
    through: &str,
    owner_column: &str,
    target: &Resource,
    target_column: &str,
) -> TableSql {
    let mut create = Table::create();
    create.table(name(through)).if_not_exists();
    create.col(id_column(owner_column, owner).not_null());
    create.col(ColumnDef::new(name("position")).integer().not_null());
    create.col(id_column(target_column, target).not_null());
    create.primary_key(
        Index::create()
            .col(name(owner_column))
            .col(name("position")),
    );
    let mut to_owner = ForeignKey::create();
    to_owner
        .from(name(through), name(owner_column))
        .to(name(&owner.plural), name("id"))
        .on_delete(ForeignKeyAction::Cascade);
    create.foreign_key(&mut to_owner);
    create.foreign_key(
        ForeignKey::create()
            .from(name(through), name(target_column))
            .to(name(&target.plural), name("id")),
    );
    TableSql {
        name: through.to_owned(),
        create: Sql::each(|dialect| lines(&dialect.definition(&create))),
        indexes: vec![index(through, &[target_column], false)],
        keys: vec![key(format!("{through}_pkey"), &[owner_column, "position"])],
        columns: [owner_column, "position", target_column]
            .map(|column| ColumnSql {
                name: column.to_owned(),
                path: column.to_owned(),
                is_scope: false,
                optional: None,
            })
            .into(),
    }
}

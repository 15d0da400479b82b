//! The SQL of the file, and how rows are read from its columns.

use rowcast_schema::contract::{Contract, Dependent, Field, FieldKind, Relation, Resource};

use super::accessors::{setters, to_many, updated};
use super::dependents::{dependents, owners};
use super::referring::dependent_constant;
use super::{checks, referrers, scopes};
use crate::english::one;
use crate::rust::names::{constant, ident, string_literal};
use crate::rust::sql::{self, Rows, Sql};
use crate::rust::view::{ChildSelect, ColumnFunction, Map, SelectView, Statement, TableView};
use crate::rust::{ids, values};

pub(super) fn maps(contract: &Contract, index: usize) -> Vec<Map> {
    let resource = &contract.resources()[index];
    let mut maps = vec![Map {
        what: one(&resource.singular),
        function: resource.singular.clone(),
        name: resource.name.clone(),
        fields: values::read_fields(contract, resource),
    }];
    for view in contract.views().iter().filter(|view| view.of == index) {
        let field = |(offset, shown): (usize, &rowcast_schema::contract::ShownColumn)| {
            let own = &resource.fields[shown.field];
            let value = match &own.kind {
                FieldKind::Column(column) => values::decoded(column, offset, own.optional),
                _ => ids::read(resource, &values::at(offset)),
            };
            format!("{}: {value}", ident(&shown.name))
        };
        maps.push(Map {
            what: format!("a [`{}`]", view.name),
            function: heck::ToSnakeCase::to_snake_case(view.name.as_str()),
            name: view.name.clone(),
            fields: view.columns.iter().enumerate().map(field).collect(),
        });
    }
    maps
}

pub(super) fn selects(
    contract: &Contract,
    resource: &Resource,
    lookups: &[ColumnFunction],
) -> Vec<SelectView> {
    let mut kinds = vec![
        ("ALL".to_owned(), Rows::All),
        ("ONE".to_owned(), Rows::One),
        ("BY_IDS".to_owned(), Rows::Ids),
        ("FIRST_PAGE".to_owned(), Rows::FirstPage),
        ("PAGE".to_owned(), Rows::Page),
    ];
    if resource.scope.is_some() {
        kinds.push(("ALL_IN".to_owned(), Rows::AllIn));
        kinds.push(("FIRST_PAGE_IN".to_owned(), Rows::FirstPageIn));
        kinds.push(("PAGE_IN".to_owned(), Rows::PageIn));
    }
    kinds.extend(
        lookups
            .iter()
            .map(|lookup| (format!("BY_{}", lookup.constant), Rows::By(&lookup.field))),
    );
    kinds.extend(resource.keys.iter().map(|key| {
        let name = format!("BY_{}", constant(&key.name));
        (name, Rows::ByAll(&key.columns))
    }));
    kinds
        .into_iter()
        .map(|(name, rows)| select_view(contract, resource, name, rows))
        .collect()
}

pub(super) fn select_view(
    contract: &Contract,
    resource: &Resource,
    constant: String,
    rows: Rows<'_>,
) -> SelectView {
    let child = |(field, _): (&Field, &Relation)| ChildSelect {
        plain: field.name.clone(),
        sql: sql::select_children(contract, resource, field, rows)
            .literal(4, "    shown_: ".len() + field.name.len()),
    };
    let all = sql::select(contract, resource, rows);
    let children = to_many(resource);
    SelectView {
        rows: match children.is_empty() {
            true => Statement::value(&constant, false, &all),
            false => all.literal(4, "    rows: ".len()),
        },
        constant,
        children: children.into_iter().map(child).collect(),
    }
}

pub(super) fn statements(contract: &Contract, resource: &Resource) -> Vec<Statement> {
    let own = |constant: String, sql: Sql| Statement::new(constant, &sql, false);
    let mut statements = vec![
        own("INSERT".to_owned(), sql::insert(resource)),
        own("DELETE".to_owned(), sql::delete(resource)),
    ];
    let updated = updated(resource);
    if !updated.is_empty() {
        statements.insert(1, own("UPDATE".to_owned(), sql::update(resource, &updated)));
    }
    for field in &resource.fields {
        let name = constant(&field.name);
        match &field.kind {
            FieldKind::Column(column) if !field.settable && field.stamp.is_none() => {
                statements.push(own(format!("SET_{name}"), sql::set(resource, &column.name)));
            }
            FieldKind::ManyToMany {
                through,
                owner_column,
                target_column,
                ..
            } => {
                statements.push(own(
                    format!("DELETE_{name}"),
                    sql::delete_pairs(through, owner_column),
                ));
                statements.push(own(
                    format!("INSERT_{name}"),
                    sql::insert_pair(through, owner_column, target_column),
                ));
            }
            _ => {}
        }
    }
    let is_target = resource
        .dependents
        .iter()
        .any(|dependent| contract.resources()[dependent.resource].fields[dependent.field].settable);
    let existence = match resource.scope {
        Some(_) => ("EXISTS_IN", sql::exists_in(resource)),
        None => ("EXISTS", sql::exists(resource)),
    };
    if is_target || checks::exists(resource) {
        statements.push(Statement::new(
            existence.0.to_owned(),
            &existence.1,
            is_target,
        ));
    }
    statements.extend(scopes::statements(contract, resource));
    statements.extend(dependent_statements(contract, resource));
    statements.extend(referrers::removals(contract, resource));
    statements
}

pub(super) fn table_view(table: &sql::TableSql) -> TableView {
    let column = |column: &sql::ColumnSql| {
        let mut value = format!("store::Column::new({})", string_literal(&column.name));
        if column.path != column.name {
            value.push_str(&format!(".of({})", string_literal(&column.path)));
        }
        if column.is_scope {
            value.push_str(".scope()");
        }
        if let Some(kind) = &column.optional {
            let kind = kind.literal(0, 0);
            value.push_str(&format!(".optional({kind})"));
        }
        value
    };
    let key = |(name, columns): &(String, Vec<String>)| {
        let columns: Vec<String> = columns
            .iter()
            .map(|column| string_literal(column))
            .collect();
        let (name, columns) = (string_literal(name), columns.join(", "));
        format!("store::UniqueKey::new({name}, &[{columns}])")
    };
    TableView {
        constant: format!("{}_TABLE", constant(&table.name)),
        name: string_literal(&table.name),
        create: table.create.literal(4, "    create: ".len()),
        indexes: table
            .indexes
            .iter()
            .map(|index| index.literal(8, 8))
            .collect(),
        columns: table.columns.iter().map(column).collect(),
        keys: table.keys.iter().map(key).collect(),
    }
}

/// The statements that find the rows of other lists that show a row of this resource.
fn dependent_statements(contract: &Contract, resource: &Resource) -> Vec<Statement> {
    let used: Vec<String> = dependents(contract, resource)
        .into_iter()
        .chain(owners(contract, resource))
        .chain(
            setters(contract, resource)
                .into_iter()
                .flat_map(|setter| setter.dependents),
        )
        .map(|dependent| dependent.constant)
        .chain(referrers::used_constants(contract, resource))
        .collect();
    let statement = |dependent: &Dependent| {
        let other = &contract.resources()[dependent.resource];
        let field = &other.fields[dependent.field];
        let text = match &field.kind {
            FieldKind::BelongsTo { column, .. } => sql::ids_by(&other.plural, "id", column),
            FieldKind::ManyToMany {
                through,
                owner_column,
                target_column,
                ..
            } => sql::ids_by(through, owner_column, target_column),
            FieldKind::HasMany { column, .. } => sql::ids_by(&resource.plural, column, "id"),
            FieldKind::Id | FieldKind::Column(_) => return None,
        };
        let constant = dependent_constant(other, field);
        used.contains(&constant)
            .then(|| Statement::new(constant, &text, false))
    };
    resource.dependents.iter().filter_map(statement).collect()
}

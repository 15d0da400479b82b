//! Fills the view of one resource's file.

use rowcast_schema::contract::{
    Call, Column, Contract, Dependent, Field, FieldKind, Key, Relation, Resource,
};
use rowcast_schema::description::{Stamp, Verb};

use super::ids;
use super::names::{constant, function, ident, pascal, raw_literal, string_literal};
use super::sql::{self, Rows};
use super::values;
use super::view::{
    CallView, Child, ChildSelect, ColumnFunction, ColumnView, DependentView, KeyFunction, Map,
    Pairs, ResourceFile, SelectView, Setter, Statement, TableView,
};
use crate::english::{one, words};

/// The view of the file of the resource at `index`.
pub(super) fn resource_file(contract: &Contract, index: usize, schema: &str) -> ResourceFile {
    let resource = &contract.resources()[index];
    let children = to_many(resource);
    let lookups = lookups(resource);
    ResourceFile {
        schema: schema.to_owned(),
        schema_types: schema_types(contract, index),
        runtime_types: runtime_types(resource),
        title: super::title(&words(&resource.plural)),
        id: ids::view(resource),
        name: resource.name.clone(),
        name_literal: string_literal(&resource.name),
        singular: resource.singular.clone(),
        plural: resource.plural.clone(),
        accessor: ident(&resource.plural),
        accessor_type: pascal(&resource.plural),
        words: words(&resource.singular),
        words_literal: string_literal(&words(&resource.singular)),
        one: one(&resource.singular),
        many: words(&resource.plural),
        list: index,
        list_event: string_literal(resource.list_event.as_str()),
        on_request: resource.refresh_on_request,
        reading: reading(resource.lenient),
        calls: resource
            .calls
            .iter()
            .map(|call| call_view(resource, call))
            .collect(),
        setters: setters(contract, resource),
        children: children
            .iter()
            .map(|(field, relation)| child(contract, field, relation))
            .collect(),
        created_references: references(contract, resource, "new", false),
        patched_references: references(contract, resource, "patch", true),
        inserted: sql::written_columns(resource)
            .into_iter()
            .map(|written| values::inserted(contract, resource, written))
            .collect(),
        stamps: resource.fields.iter().any(|field| field.stamp.is_some()),
        uses_new: ids::is_given(resource) || resource.fields.iter().any(|field| field.settable),
        patched: updated(resource)
            .into_iter()
            .flat_map(|written| values::patched(contract, written))
            .collect(),
        pairs: pairs(contract, resource),
        dependents: dependents(contract, resource),
        has_owners: !owners(contract, resource).is_empty(),
        owners: owners(contract, resource),
        maps: maps(contract, index),
        selects: selects(contract, resource, &lookups),
        lookups,
        keys: keys(contract, resource),
        statements: statements(contract, resource),
        table: format!("{}_TABLE", constant(&resource.plural)),
        tables: sql::tables(contract, resource)
            .iter()
            .map(table_view)
            .collect(),
    }
}

pub(super) fn reading(lenient: bool) -> &'static str {
    if lenient { "Lenient" } else { "Strict" }
}

/// The types of the schema that the file names, sorted.
fn schema_types(contract: &Contract, index: usize) -> Vec<String> {
    let resource = &contract.resources()[index];
    let mut names = vec![
        resource.name.clone(),
        format!("New{}", resource.name),
        format!("{}Patch", resource.name),
    ];
    names.extend(
        contract
            .views()
            .iter()
            .filter(|view| view.of == index)
            .map(|view| view.name.clone()),
    );
    for field in &resource.fields {
        if let FieldKind::ManyToMany { relation, .. } = &field.kind {
            names.push(contract.resources()[relation.target].name.clone());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// What the file uses of the runtime, sorted.
fn runtime_types(resource: &Resource) -> Vec<&'static str> {
    let mut names = vec![
        "ListId",
        "LiveList",
        "Page",
        "PageQuery",
        "Route",
        "RowId",
        "StoreError",
    ];
    if !resource.calls.is_empty() {
        names.extend(["Action", "Call", "Reading", "Refusal", "Verb", "route"]);
    }
    let has = |verbs: &[Verb]| resource.calls.iter().any(|call| verbs.contains(&call.verb));
    if has(&[Verb::Get, Verb::Delete]) {
        names.push("IdOnly");
    }
    if has(&[Verb::Create, Verb::Update, Verb::Delete]) {
        names.push("Written");
    }
    names.sort_unstable();
    names
}

fn call_view(resource: &Resource, call: &Call) -> CallView {
    let name = &resource.name;
    let (alias, answer) = match call.verb {
        Verb::Create => (format!("New{name}Result"), format!("Written<{name}>")),
        Verb::Update => (format!("Update{name}Result"), format!("Written<{name}>")),
        Verb::Delete => (format!("Delete{name}Result"), "Written<()>".to_owned()),
        Verb::Get => (format!("Get{name}Result"), name.clone()),
        Verb::List => (
            format!("List{}Result", pascal(&resource.plural)),
            format!("Page<{name}{}>", ids::view(resource).generic),
        ),
    };
    CallView {
        event: call.event.as_str().to_owned(),
        answered: std::iter::once(&call.event)
            .chain(&call.aliases)
            .map(|event| string_literal(event.as_str()))
            .collect(),
        verb: format!("{:?}", call.verb),
        function: call_function(resource, call),
        alias,
        answer,
        writes: matches!(call.verb, Verb::Create | Verb::Update | Verb::Delete),
    }
}

/// The function that answers a call: named after its event, or after its verb where that would be no name, the name of
/// something else in the file, or that of another call (`a:b`, `a_b`).
fn call_function(resource: &Resource, call: &Call) -> String {
    let Resource {
        singular, plural, ..
    } = resource;
    let by_event = |call: &Call| function(call.event.as_str());
    let is_taken = |name: &String| {
        matches!(name.as_str(), "live_list" | "route" | "routes")
            || name.starts_with("map_")
            || *name == format!("refresh_{plural}")
            || resource
                .calls
                .iter()
                .any(|other| other.verb != call.verb && by_event(other).as_ref() == Some(name))
    };
    by_event(call)
        .filter(|name| !is_taken(name))
        .unwrap_or_else(|| format!("{}_{singular}", format!("{:?}", call.verb).to_lowercase()))
}

/// The fields that show lists, with what they lead to.
fn to_many<'r>(resource: &'r Resource) -> Vec<(&'r Field, &'r Relation)> {
    let shows = |field: &'r Field| match &field.kind {
        FieldKind::ManyToMany { relation, .. } | FieldKind::HasMany { relation, .. } => {
            Some((field, relation))
        }
        _ => None,
    };
    resource.fields.iter().filter_map(shows).collect()
}

fn child(contract: &Contract, field: &Field, relation: &Relation) -> Child {
    Child {
        field: ident(&field.name),
        plain: field.name.clone(),
        map: values::map_function(contract, relation),
    }
}

/// The columns that rows are looked up by.
fn lookups(resource: &Resource) -> Vec<ColumnFunction> {
    let lookup = |(field, column): (&Field, &Column)| {
        let (kind, parameter) = values::argument(field, column);
        (column.unique || column.index).then(|| ColumnFunction {
            field: field.name.clone(),
            plain: field.name.clone(),
            constant: constant(&field.name),
            argument: ident(&field.name),
            kind,
            parameter,
            unique: column.unique,
        })
    };
    columns(resource).filter_map(lookup).collect()
}

/// The functions that look rows up by several columns.
fn keys(contract: &Contract, resource: &Resource) -> Vec<KeyFunction> {
    let function = |key: &Key| {
        let fields = || key.fields.iter().map(|index| &resource.fields[*index]);
        let arguments: Vec<(String, String)> = fields()
            .filter_map(|field| match &field.kind {
                FieldKind::Column(column) => Some(values::argument(field, column)),
                FieldKind::BelongsTo { relation, .. } => {
                    Some(ids::argument(contract, relation, &ident(&field.name)))
                }
                _ => None,
            })
            .collect();
        let signature = fields().zip(&arguments);
        let signature =
            signature.map(|(field, (kind, _))| format!("{}: {kind}", ident(&field.name)));
        let words: Vec<String> = fields().map(|field| format!("`{}`", field.name)).collect();
        let parameters: Vec<&str> = arguments.iter().map(|(_, value)| value.as_str()).collect();
        KeyFunction {
            words: words.join(" and "),
            plain: key.name.clone(),
            constant: constant(&key.name),
            signature: signature.collect::<Vec<_>>().join(", "),
            parameters: parameters.join(", "),
            unique: key.unique,
        }
    };
    resource.keys.iter().map(function).collect()
}

fn columns(resource: &Resource) -> impl Iterator<Item = (&Field, &Column)> {
    resource
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            FieldKind::Column(column) => Some((field, column)),
            _ => None,
        })
}

fn setters(contract: &Contract, resource: &Resource) -> Vec<Setter> {
    let setter = |(field, column): (&Field, &Column)| {
        let (kind, parameter) = if field.optional {
            values::optional_argument(field, column)
        } else {
            values::argument(field, column)
        };
        Setter {
            field: field.name.clone(),
            plain: field.name.clone(),
            constant: constant(&field.name),
            argument: ident(&field.name),
            kind,
            parameter,
            visible: !field.hidden,
            dependents: shown_in(contract, resource, &field.name),
        }
    };
    columns(resource)
        .filter(|(field, _)| !field.settable && field.stamp.is_none())
        .map(setter)
        .collect()
}

/// The columns that an update sets.
fn updated(resource: &Resource) -> Vec<sql::Written<'_>> {
    sql::written_columns(resource)
        .into_iter()
        .filter(|written| written.field.settable || written.field.stamp == Some(Stamp::Updated))
        .collect()
}

/// The calls that check that the rows an input refers to exist.
fn references(
    contract: &Contract,
    resource: &Resource,
    input: &str,
    is_patch: bool,
) -> Vec<String> {
    let reference = |field: &Field| {
        let relation = field.kind.relation().filter(|_| field.settable)?;
        let target = &contract.resources()[relation.target];
        let exists = exists_path(resource, target);
        let what = string_literal(&words(&target.singular));
        let place = format!("{input}.{}", ident(&field.name));
        let (check, rows, path) = match (&field.kind, is_patch, field.optional) {
            (FieldKind::ManyToMany { .. }, true, _) => ("many", ".iter().flatten()", ""),
            (FieldKind::ManyToMany { .. }, false, _) => ("many", ".iter()", ""),
            (_, false, false) => ("one", "", ".id"),
            (_, true, true) => ("maybe", ".as_ref().and_then(Option::as_ref)", ".id"),
            _ => ("maybe", ".as_ref()", ".id"),
        };
        let id = if check == "one" {
            ids::reference(contract, relation, &format!("{place}.id"))
        } else {
            let id = ids::reference(contract, relation, "row.id");
            format!("{place}{rows}.map(|row| {id})")
        };
        let path = string_literal(&format!("{}{path}", field.wire_name));
        Some(format!("{check}({exists}, {id}, {path}, {what})"))
    };
    resource.fields.iter().filter_map(reference).collect()
}

fn exists_path(resource: &Resource, target: &Resource) -> String {
    if resource.name == target.name {
        "EXISTS".to_owned()
    } else {
        format!("super::{}::EXISTS", ident(&target.plural))
    }
}

fn pairs(contract: &Contract, resource: &Resource) -> Vec<Pairs> {
    let pairs = |field: &Field| match &field.kind {
        FieldKind::ManyToMany { relation, .. } => Some(Pairs {
            field: ident(&field.name),
            plain: field.name.clone(),
            constant: constant(&field.name),
            target: contract.resources()[relation.target].name.clone(),
            key: ids::reference(contract, relation, "row.id"),
        }),
        _ => None,
    };
    resource.fields.iter().filter_map(pairs).collect()
}

/// The lists of others that show rows of this resource through a column or a join table.
fn dependents(contract: &Contract, resource: &Resource) -> Vec<DependentView> {
    resource
        .dependents
        .iter()
        .filter_map(|dependent| dependent_view(contract, resource, dependent))
        .collect()
}

fn dependent_view(
    contract: &Contract,
    resource: &Resource,
    dependent: &Dependent,
) -> Option<DependentView> {
    let other = &contract.resources()[dependent.resource];
    let field = &other.fields[dependent.field];
    if matches!(field.kind, FieldKind::HasMany { .. }) {
        return None;
    }
    let matters = |field: &&Field| dependent.shown.contains(&field.name);
    if !resource
        .fields
        .iter()
        .any(|field| (field.settable || field.stamp == Some(Stamp::Updated)) && matters(&field))
    {
        return None;
    }
    Some(DependentView {
        module: module_of(other),
        constant: dependent_constant(other, field),
        condition: patch_has(resource, matters),
    })
}

fn shown_in(contract: &Contract, resource: &Resource, name: &str) -> Vec<DependentView> {
    let shows = |dependent: &&Dependent| dependent.shown.iter().any(|shown| shown == name);
    let view = |dependent: &Dependent| {
        let other = &contract.resources()[dependent.resource];
        let field = &other.fields[dependent.field];
        DependentView {
            module: module_of(other),
            constant: dependent_constant(other, field),
            condition: None,
        }
    };
    resource.dependents.iter().filter(shows).map(view).collect()
}

/// The lists of others that show rows of this resource because those belong to them. A patch changes them if it has a
/// field that they show, or the one that leads to them.
fn owners(contract: &Contract, resource: &Resource) -> Vec<DependentView> {
    let owner = |dependent: &Dependent| {
        let other = &contract.resources()[dependent.resource];
        let field = &other.fields[dependent.field];
        let FieldKind::HasMany { column: key, .. } = &field.kind else {
            return None;
        };
        let leads_there = |field: &Field| matches!(&field.kind, FieldKind::BelongsTo { column, .. } if column == key);
        let matters = |field: &&Field| dependent.shown.contains(&field.name) || leads_there(field);
        Some(DependentView {
            module: module_of(other),
            constant: dependent_constant(other, field),
            condition: patch_has(resource, matters),
        })
    };
    resource.dependents.iter().filter_map(owner).collect()
}

/// Whether a patch has one of the fields that matter; None if it always has.
fn patch_has(resource: &Resource, matters: impl Fn(&&Field) -> bool) -> Option<String> {
    let is_stamped = |field: &Field| field.stamp == Some(Stamp::Updated) && matters(&field);
    if resource.fields.iter().any(is_stamped) {
        return None;
    }
    let settable = || resource.fields.iter().filter(|field| field.settable);
    let sent = |field: &Field| format!("patch.{}.is_some()", ident(&field.name));
    let any: Vec<String> = settable().filter(&matters).map(sent).collect();
    (any.len() < settable().count()).then(|| any.join(" || "))
}

fn module_of(resource: &Resource) -> String {
    ident(&resource.plural)
}

fn dependent_constant(other: &Resource, field: &Field) -> String {
    format!("{}_WITH_{}", constant(&other.plural), constant(&field.name))
}

fn maps(contract: &Contract, index: usize) -> Vec<Map> {
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

fn selects(
    contract: &Contract,
    resource: &Resource,
    lookups: &[ColumnFunction],
) -> Vec<SelectView> {
    let mut kinds = vec![
        ("ALL".to_owned(), Rows::All),
        ("ONE".to_owned(), Rows::One),
        ("BY_IDS".to_owned(), Rows::Ids),
        ("PAGE".to_owned(), Rows::Page),
    ];
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

fn select_view(
    contract: &Contract,
    resource: &Resource,
    constant: String,
    rows: Rows<'_>,
) -> SelectView {
    let child = |(field, _): (&Field, &Relation)| ChildSelect {
        plain: field.name.clone(),
        sql: raw_literal(&sql::select_children(contract, resource, field, rows)),
    };
    SelectView {
        constant,
        rows: raw_literal(&sql::select(contract, resource, rows)),
        children: to_many(resource).into_iter().map(child).collect(),
    }
}

fn statements(contract: &Contract, resource: &Resource) -> Vec<Statement> {
    let own = |constant: String, sql: String| Statement {
        constant,
        sql: raw_literal(&sql),
        public: false,
    };
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
    if is_target {
        statements.push(Statement {
            constant: "EXISTS".to_owned(),
            sql: raw_literal(&sql::exists(resource)),
            public: true,
        });
    }
    statements.extend(dependent_statements(contract, resource));
    statements
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
        used.contains(&constant).then(|| Statement {
            constant,
            sql: raw_literal(&text),
            public: false,
        })
    };
    resource.dependents.iter().filter_map(statement).collect()
}

fn table_view(table: &sql::TableSql) -> TableView {
    let column = |column: &sql::ColumnSql| ColumnView {
        name: string_literal(&column.name),
        field: string_literal(&column.path),
        add: column.add.as_ref().map_or("None".to_owned(), |add| {
            format!("Some({})", raw_literal(add))
        }),
    };
    TableView {
        constant: format!("{}_TABLE", constant(&table.name)),
        name: string_literal(&table.name),
        create: raw_literal(&table.create),
        indexes: table
            .indexes
            .iter()
            .map(|index| raw_literal(index))
            .collect(),
        columns: table.columns.iter().map(column).collect(),
    }
}

//! The expressions that move values between structs and columns.

use rowcast_schema::contract::{
    Codec, Column, ColumnKind, Contract, Field, FieldKind, Relation, Resource,
};

use super::ids;
use super::names::ident;
use super::sql::{Written, shown_columns};

/// A parameter of the INSERT of `new: NewX`.
pub(super) fn inserted(contract: &Contract, resource: &Resource, written: Written<'_>) -> String {
    let Field {
        name,
        optional,
        settable,
        ..
    } = written.field;
    let (field, row) = (ident(name), &resource.name);
    if written.field.stamp.is_some() {
        return "now".to_owned();
    }
    match (&written.field.kind, settable) {
        (FieldKind::BelongsTo { relation, .. }, true) if *optional => {
            let id = ids::reference(contract, relation, "row.id");
            format!("new.{field}.as_ref().map(|row| {id})")
        }
        (FieldKind::BelongsTo { relation, .. }, true) => {
            ids::reference(contract, relation, &format!("new.{field}.id"))
        }
        (FieldKind::Column(column), true) => encoded(column, &format!("new.{field}"), *optional),
        (FieldKind::Column(column), false) => encoded(
            column,
            &format!("store::default_of(|row: &{row}| &row.{field})"),
            false,
        ),
        _ => "None::<i64>".to_owned(),
    }
}

/// The two parameters of the UPDATE by `patch: XPatch`: whether the field is set, and its value.
pub(super) fn patched(contract: &Contract, written: Written<'_>) -> [String; 2] {
    let field = ident(&written.field.name);
    if written.field.stamp.is_some() {
        return ["true".to_owned(), "store::now()".to_owned()];
    }
    let sent = format!("patch.{field}.is_some()");
    let inner = if written.field.optional {
        format!("patch.{field}.as_ref().and_then(Option::as_ref)")
    } else {
        format!("patch.{field}.as_ref()")
    };
    let value = match &written.field.kind {
        FieldKind::BelongsTo { relation, .. } => {
            let id = ids::reference(contract, relation, "row.id");
            format!("{inner}.map(|row| {id})")
        }
        FieldKind::Column(column) => match wrapper(column) {
            None => inner,
            Some(wrapper) => format!("{inner}.map({wrapper})"),
        },
        FieldKind::Id | FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => inner,
    };
    [sent, value]
}

/// What stands around a value that SQLite has no type for, or that JSON has not.
fn wrapper(column: &Column) -> Option<&'static str> {
    match column.codec {
        Codec::Native if column.kind == ColumnKind::Real => Some("store::Finite"),
        Codec::Native => None,
        Codec::Text => Some("store::Text"),
        Codec::Json => Some("store::Json"),
        Codec::Blob => Some("store::Blob"),
    }
}

fn encoded(column: &Column, place: &str, optional: bool) -> String {
    match wrapper(column) {
        None => place.to_owned(),
        Some(wrapper) if optional => format!("{place}.as_ref().map({wrapper})"),
        Some(wrapper) => format!("{wrapper}(&{place})"),
    }
}

/// How a function that takes the value of a column declares it, and the parameter that it makes of it.
pub(super) fn argument(resource: &Resource, field: &Field, column: &Column) -> (String, String) {
    let name = ident(&field.name);
    let of_row = || {
        let mut fields = resource.fields.iter();
        let index = fields.position(|own| own.name == field.name);
        let index = index.unwrap_or_default();
        format!("&store::FieldOf<{}, {index}>", resource.name)
    };
    match (column.codec, field.rust_type.as_str()) {
        (Codec::Native, "String") => ("&str".to_owned(), name),
        (Codec::Native, native) => (native.to_owned(), name),
        (Codec::Blob, _) => ("&[u8]".to_owned(), format!("store::Blob({name})")),
        (Codec::Text, _) => (of_row(), format!("store::Text({name})")),
        (Codec::Json, _) => (of_row(), format!("store::Json({name})")),
    }
}

/// The same for a value that may be null.
pub(super) fn optional_argument(
    resource: &Resource,
    field: &Field,
    column: &Column,
) -> (String, String) {
    let (kind, _) = argument(resource, field, column);
    let name = ident(&field.name);
    let value = match wrapper(column) {
        None => name,
        Some(wrapper) => format!("{name}.map({wrapper})"),
    };
    (format!("Option<{kind}>"), value)
}

/// The fields of a struct literal that is read from a row, beginning at the column `at`.
pub(super) fn read_fields(contract: &Contract, resource: &Resource) -> Vec<String> {
    let mut column = 0;
    let mut fields = Vec::new();
    for field in &resource.fields {
        let name = ident(&field.name);
        let (expression, width) = match &field.kind {
            FieldKind::Id => (ids::read(resource, &at(column)), 1),
            FieldKind::Column(own) => (decoded(own, column, field.optional), 1),
            FieldKind::BelongsTo { relation, .. } => belongs_to(contract, field, relation, column),
            FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => {
                ("Vec::new()".to_owned(), 0)
            }
        };
        fields.push(format!("{name}: {expression}"));
        column += width;
    }
    fields
}

fn belongs_to(
    contract: &Contract,
    field: &Field,
    relation: &Relation,
    column: usize,
) -> (String, usize) {
    let columns = shown_columns(contract, relation);
    let map = map_function(contract, relation);
    let expression = if field.optional {
        let id = columns
            .iter()
            .position(|name| name == "id")
            .unwrap_or_default();
        format!(
            "store::when_present(row, {}, |row| {map}(row, {}))?",
            at(column + id),
            at(column)
        )
    } else {
        format!("{map}(row, {})?", at(column))
    };
    (expression, columns.len())
}

/// The path of the function that reads what a relation shows.
pub(super) fn map_function(contract: &Contract, relation: &Relation) -> String {
    let target = &contract.resources()[relation.target];
    let shown = heck::ToSnakeCase::to_snake_case(relation.shows.as_str());
    format!("super::{}::map_{shown}", ident(&target.plural))
}

/// One field of a view or a row, read from its column.
pub(super) fn decoded(column: &Column, offset: usize, optional: bool) -> String {
    let place = at(offset);
    match wrapper(column) {
        None => format!("row.get({place})?"),
        Some(wrapper) if optional => {
            format!("row.get::<Option<{wrapper}<_>>>({place})?.map(|value| value.0)")
        }
        Some(wrapper) => format!("row.get::<{wrapper}<_>>({place})?.0"),
    }
}

/// `at`, `at + 1` …
pub(super) fn at(offset: usize) -> String {
    if offset == 0 {
        "at".to_owned()
    } else {
        format!("at + {offset}")
    }
}

//! Resources with their columns, relations and calls.

use serde::{Deserialize, Serialize};

use super::WireName;
use crate::description::{Access, Allowed, OnDelete, Place, Stamp, Verb};

/// A kind of row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Resource {
    /// The name of the struct: `WorkoutPlan`.
    pub name: String,
    /// The name in snake case: `workout_plan`.
    pub singular: String,
    /// The plural in snake case: `workout_plans`. Names the list, the table, the module and the accessor.
    pub plural: String,
    /// The doc comment.
    pub doc: String,
    /// Why it should not be used any more, if that is so; empty if that is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Where it is declared.
    pub declared_at: Place,
    /// Whether its inputs are read leniently.
    pub lenient: bool,
    /// What its ids are, and who makes them.
    pub id_kind: IdKind,
    /// The fields, in the order of declaration.
    pub fields: Vec<Field>,
    /// The keys of several fields.
    pub keys: Vec<Key>,
    /// The calls it answers, in the order create, update, delete, get, list.
    pub calls: Vec<Call>,
    /// The event that carries the whole list.
    pub list_event: WireName,
    /// Whether plain sockets get that only when they ask for it, or when the application says so.
    pub refresh_on_request: bool,
    /// What confines who sees which rows, if anything does.
    pub scope: Option<Scope>,
    /// Who may do what, as far as that is declared.
    pub access: Access,
    /// The event that carries changes of the list.
    pub changes_event: WireName,
    /// The lists of other resources that show rows of this one.
    pub dependents: Vec<Dependent>,
    /// The fields of its rows, and of what these show, that only some callers see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen_by: Vec<FieldRule>,
    /// The fields that only some callers may set, in a new row and in a patch alike.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_by: Vec<FieldRule>,
}

/// A field that only some callers see, or may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldRule {
    /// The keys that lead to it; `*` is each key of a map. Lists need no step: it is in each of their items.
    pub path: Vec<String>,
    /// Who sees it, or may set it.
    pub access: Allowed,
}

impl Resource {
    /// Where a field stands.
    pub(crate) fn place_of(&self, field: &Field) -> Place {
        self.declared_at.on_line(field.line)
    }

    /// The plural in snake case.
    pub fn plural(&self) -> &str {
        &self.plural
    }

    /// The field that is the id. `resolve` refuses a resource without.
    pub fn id(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == FieldKind::Id)
    }

    /// The field that names the scope of a row, if rows have one.
    pub fn scope_field(&self) -> Option<&Field> {
        self.fields.get(self.scope?.field)
    }

    /// The column with the scope of a row, if rows have one.
    pub fn scope_column(&self) -> Option<&str> {
        match &self.scope_field()?.kind {
            FieldKind::BelongsTo { column, .. } => Some(column),
            _ => Some("id"),
        }
    }

    /// The call for `verb`, if the resource answers it.
    pub fn call(&self, verb: Verb) -> Option<&Call> {
        self.calls.iter().find(|call| call.verb == verb)
    }
}

/// What the rows of a resource belong to, so that only those see them who may see that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Scope {
    /// The index of the field that names it: a belongs-to relation, or the id of a row that is its own scope.
    pub field: usize,
    /// The index of the resource whose rows the scopes are.
    pub of: usize,
}

/// Columns that rows are found by together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Key {
    /// Its name in snake case: `day_and_hour`.
    pub name: String,
    /// Whether no two rows may have the same values in all of them.
    pub unique: bool,
    /// The indexes of its fields among those of the resource.
    pub fields: Vec<usize>,
    /// The columns of these fields.
    pub columns: Vec<String>,
}

/// What the ids of a resource are, and who makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// An `i64` that the database counts up.
    Counted,
    /// A UUID that the server makes, in the order of time.
    Uuid,
    /// A UUID that the client may give; else the server makes it.
    GivenUuid,
    /// A text that the client gives.
    GivenText,
}

/// A CRUD call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// What it does.
    pub verb: Verb,
    /// Its event.
    pub event: WireName,
    /// Other events that servers answer the same way, and that no generated client sends.
    pub aliases: Vec<WireName>,
}

/// A field of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Field {
    /// The name in Rust, without `r#`.
    pub name: String,
    /// The name on the wire.
    pub wire_name: String,
    /// The line of the file of the resource on which it stands.
    #[serde(skip)]
    pub line: u32,
    /// The doc comment.
    pub doc: String,
    /// The type without modules and without the outermost `Option`: `String`, whatever path or alias it is written by.
    pub rust_type: String,
    /// Whether it may be null.
    pub optional: bool,
    /// Whether clients may set it.
    pub settable: bool,
    /// When the server sets it to the time, if it does.
    pub stamp: Option<Stamp>,
    /// Whether it never travels.
    pub hidden: bool,
    /// How it is kept.
    pub kind: FieldKind,
}

/// How a field is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// As the primary key; see [`Resource::id_kind`].
    Id,
    /// As a column of its own.
    Column(Column),
    /// As a column with the id of a row of another resource.
    BelongsTo {
        /// What it leads to.
        relation: Relation,
        /// The column with the id.
        column: String,
    },
    /// As rows of a join table, in order.
    ManyToMany {
        /// What it leads to.
        relation: Relation,
        /// The join table.
        through: String,
        /// Its column with the id of the row here.
        owner_column: String,
        /// Its column with the id of the row there.
        target_column: String,
    },
    /// Not at all: by the rows of another resource that belong to this one.
    HasMany {
        /// What it leads to.
        relation: Relation,
        /// The column there that holds the id of the row here.
        column: String,
    },
}

impl FieldKind {
    /// The relation, if the field is one.
    pub fn relation(&self) -> Option<&Relation> {
        match self {
            Self::Id | Self::Column(_) => None,
            Self::BelongsTo { relation, .. }
            | Self::ManyToMany { relation, .. }
            | Self::HasMany { relation, .. } => Some(relation),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in the database.
    pub kind: ColumnKind,
    /// How a Rust value becomes a value of that type.
    pub codec: Codec,
    /// Whether no two rows may have the same value.
    pub unique: bool,
    /// Whether it has an index, and rows are looked up by it.
    pub index: bool,
}

/// The column types that every database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Whole numbers and truth values.
    Integer,
    /// Other numbers.
    Real,
    /// Text, and JSON.
    Text,
    /// Bytes.
    Blob,
}

/// How a Rust value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// As itself: integers, floats, `bool`, `String`.
    Native,
    /// By serde, as the text that its JSON is: unit enums, dates, UUIDs.
    Text,
    /// By serde, as JSON.
    Json,
    /// The bytes of [`Bytes`](crate::Bytes).
    Blob,
}

/// What a relation shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Relation {
    /// The index of the resource it leads to.
    pub target: usize,
    /// The name of the struct that is shown: a view, or the resource itself.
    pub shows: String,
    /// What becomes of the rows here when one there is deleted.
    pub on_delete: OnDelete,
    /// Whether it shows them to callers who may not read the resource that it leads to.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shown: bool,
}

/// A struct with some fields of a resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct View {
    /// The name of the struct.
    pub name: String,
    /// The index of the resource whose rows it shows.
    pub of: usize,
    /// The doc comment.
    pub doc: String,
    /// Where it is declared.
    pub declared_at: Place,
    /// Its fields, in the order of declaration.
    pub columns: Vec<ShownColumn>,
}

/// A field of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShownColumn {
    /// The name of the field, in the view and in the resource.
    pub name: String,
    /// Its index among the fields of the resource.
    pub field: usize,
}

/// A list that shows rows of another resource and so changes with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dependent {
    /// The index of the resource whose list it is.
    pub resource: usize,
    /// The index of the field there that shows the rows.
    pub field: usize,
    /// The names of the fields here that are shown there. A change of any other leaves the list as it is.
    pub shown: Vec<String>,
}

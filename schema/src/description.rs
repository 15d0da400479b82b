//! What the derive macros fill: a schema as it was written, nothing resolved and nothing checked across items.
//!
//! Plain data that serializes to JSON, so that a stage can be saved, printed and compared.

mod access;
mod unread;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::rule::Rule;
pub use access::{Access, Allowed, FieldAccess};
pub use unread::{Unread, UnreadDescription, UnreadKind};

/// The format of [`Description`]; counts up when its JSON changes incompatibly.
pub const FORMAT: u32 = 1;

/// A whole schema, as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// See [`FORMAT`].
    pub format: u32,
    /// The name of the application, as in `Schema::new("Planner")`.
    pub name: String,
    /// Whether all inputs are read leniently.
    pub lenient: bool,
    /// Whether the schema accepts that all integers of 64 bits and more travel as JSON numbers.
    pub wide_integers_as_numbers: bool,
    /// How the calls of resources are named.
    pub event_style: EventStyle,
    /// Where the style was chosen, if it was.
    pub event_style_at: Option<Place>,
    /// The resources, in the order of registration.
    pub resources: Vec<ResourceDescription>,
    /// The commands, in the order of registration.
    pub commands: Vec<CommandDescription>,
    /// The events, in the order of registration.
    pub events: Vec<EventDescription>,
    /// What the inputs' JSON Schemas promise and their readers don't keep.
    #[serde(default)]
    pub unread: Vec<UnreadDescription>,
    /// JSON Schemas of what the server sends, by schema name.
    pub output: Map<String, Value>,
    /// JSON Schemas of what a client may send, by schema name.
    pub input: Map<String, Value>,
}

/// How the calls of resources are named, where a resource does not say otherwise.
///
/// What servers tell is the same in every style: the list `coaches`, and its changes `coaches:changes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStyle {
    /// `new_coach`, `update_coach`, `delete_coach`, `get_coach`, `list_coaches`.
    #[default]
    VerbFirst,
    /// `coach:create`, `coach:update`, `coach:delete`, `coach:get`, `coach:list`.
    Namespaced,
    /// A text with `{resource}` (`coach`), `{resources}` (`coaches`) and `{verb}` (`create`): `{resource}.{verb}`.
    Pattern(String),
}

impl ResourceDescription {
    /// The names of the types that have the fields of the resource: its rows, and what `create` and `update` take.
    pub(crate) fn type_names(&self) -> [String; 3] {
        let name = &self.name;
        [name.clone(), format!("New{name}"), format!("{name}Patch")]
    }

    /// Where a field stands.
    pub(crate) fn place_of(&self, field: &FieldDescription) -> Place {
        self.declared_at.on_line(field.line)
    }

    /// The fields with their rules.
    #[doc(hidden)]
    pub fn field_rules(self) -> Vec<FieldRules> {
        let fields = self.fields.into_iter();
        fields
            .map(|field| FieldRules {
                wire_name: field.wire_name,
                rules: field.rules,
                deprecated: field.deprecated,
            })
            .collect()
    }
}

impl EventStyle {
    /// Names of one's own: `EventStyle::pattern("{resource}.{verb}")`.
    pub fn pattern(pattern: &str) -> Self {
        Self::Pattern(pattern.to_owned())
    }
}

/// Where an item was declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The source file, as the compiler names it.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}

impl Place {
    /// Another line of the same file.
    pub(crate) fn on_line(&self, line: u32) -> Self {
        Self {
            file: self.file.clone(),
            line,
        }
    }
}

/// What `derive(Resource)` saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceDescription {
    /// The name of the struct.
    pub name: String,
    /// The plural name, if one was given.
    pub plural: Option<String>,
    /// The event that carries the whole list, if one was given.
    pub list: Option<String>,
    /// Whether plain sockets get the whole list only when they ask for it.
    pub refresh_on_request: bool,
    /// The field that names the scope of a row, if rows have one.
    #[serde(default)]
    pub scope: Option<String>,
    /// Who may do what, as far as that is declared.
    #[serde(default)]
    pub access: Access,
    /// The doc comment.
    pub doc: String,
    /// What `#[deprecated]` says, if it is; empty without a note.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Where the struct stands.
    pub declared_at: Place,
    /// Whether this resource's inputs are read leniently.
    pub lenient: bool,
    /// The verbs it answers, if they were listed.
    pub verbs: Option<Vec<VerbDescription>>,
    /// The fields, in the order of declaration.
    pub fields: Vec<FieldDescription>,
    /// The keys of several fields.
    pub keys: Vec<KeyDescription>,
    /// The JSON Schema of the row as sent.
    pub row: Value,
    /// The JSON Schema of `NewX`.
    pub new: Value,
    /// The JSON Schema of `XPatch`.
    pub patch: Value,
}

/// What a client can ask of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Store a new row.
    Create,
    /// Change some fields of a row.
    Update,
    /// Remove a row.
    Delete,
    /// Read one row.
    Get,
    /// Read a page of rows.
    List,
}

/// One entry of `events(…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerbDescription {
    /// The verb.
    pub verb: Verb,
    /// The event's name, if one was given.
    pub event: Option<String>,
    /// Other events that the server answers the same way.
    pub aliases: Vec<String>,
}

/// Fields that rows are found by together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDescription {
    /// Whether no two rows may have the same values in all of them.
    pub unique: bool,
    /// The names of the fields in Rust, in the order of the index.
    pub fields: Vec<String>,
}

/// A field of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldDescription {
    /// The field's name in Rust, without `r#`.
    pub name: String,
    /// The field's name on the wire.
    pub wire_name: String,
    /// The line of the file on which it stands.
    #[serde(default)]
    pub line: u32,
    /// The doc comment.
    pub doc: String,
    /// What `#[deprecated]` says, if it is; empty without a note.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// The type without modules and without the outermost `Option`: `String`, whatever path or alias it is written by.
    pub rust_type: String,
    /// Whether the type is an `Option`.
    pub optional: bool,
    /// Whether `#[resource(id)]` marks it.
    pub id: bool,
    /// Whether clients give the id when they create a row.
    pub by_client: bool,
    /// Whether no two rows may have the same value.
    pub unique: bool,
    /// Whether rows are looked up by it.
    pub index: bool,
    /// Whether it is a column that never travels.
    pub hidden: bool,
    /// Whether clients see but can't set it.
    pub read_only: bool,
    /// Whether the schema accepts that a 64-bit integer travels as a JSON number.
    pub number: bool,
    /// When the server sets it to the time, if it does.
    pub stamp: Option<Stamp>,
    /// Who sees and sets it.
    #[serde(default)]
    pub access: FieldAccess,
    /// Whether the field has a wire form of its own (`#[serde(with = "…")]` and its like).
    pub custom_wire: bool,
    /// The rules of `#[garde(…)]`, in the order in which they are written.
    pub rules: Vec<Rule>,
    /// The relation, if it is one.
    pub relation: Option<RelationDescription>,
}

/// When the server sets a field to the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamp {
    /// When the row is created.
    Created,
    /// When the row is created, and whenever a client or the application updates it.
    Updated,
}

/// A field that shows rows of another resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationDescription {
    /// Which kind of relation.
    pub kind: RelationKind,
    /// The name of the resource it leads to.
    pub target: String,
    /// What is shown of each row there.
    pub shows: ShownDescription,
    /// Whether every reader of a row here may read that, though fewer may read the rows there.
    #[serde(default)]
    pub shown: bool,
    /// For has-many: the field of the target that leads back, if one was given.
    pub via: Option<String>,
    /// For many-to-many: the name of the join table, if one was given.
    pub through: Option<String>,
    /// What becomes of the rows here when one that they refer to is deleted.
    pub on_delete: OnDelete,
}

/// What becomes of rows that refer to a row when that is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// It can't be deleted.
    #[default]
    Restrict,
    /// They are deleted too.
    Cascade,
    /// They refer to nothing from then on.
    SetNull,
    /// It is taken out of their lists.
    Remove,
}

/// The kinds of relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// A column here holds the id of one row there.
    BelongsTo,
    /// A column there holds the id of the row here.
    HasMany,
    /// A join table holds pairs of ids, in order.
    ManyToMany,
}

/// What a relation shows of a row: a `View`, or the whole resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownDescription {
    /// The name of the struct.
    pub name: String,
    /// The name of the resource that it shows.
    pub of: String,
    /// The doc comment.
    pub doc: String,
    /// Where the struct stands.
    pub declared_at: Place,
    /// Its fields, in the order of declaration.
    pub fields: Vec<ShownField>,
}

/// A field of a [`ShownDescription`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownField {
    /// The field's name in Rust, without `r#`.
    pub name: String,
    /// The field's name on the wire.
    pub wire_name: String,
    /// The type without modules and without the outermost `Option`: `String`, whatever path or alias it is written by.
    pub rust_type: String,
    /// Whether the type is an `Option`.
    pub optional: bool,
    /// Whether it is hidden there.
    pub hidden: bool,
}

/// What `derive(Command)` saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandDescription {
    /// The name of the struct.
    pub name: String,
    /// The event's name, if one was given.
    pub event: Option<String>,
    /// The key of the data in the ack.
    pub data_key: String,
    /// The doc comment.
    pub doc: String,
    /// What `#[deprecated]` says, if it is; empty without a note.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Where the struct stands.
    pub declared_at: Place,
    /// Whether its input is read leniently.
    pub lenient: bool,
    /// Whether it is carried out in one transaction of the store.
    pub transaction: bool,
    /// Who may call it, if that is declared.
    #[serde(default)]
    pub access: Option<Allowed>,
    /// Whether every caller may read the rows that its answer carries, though fewer may read their resource.
    #[serde(default)]
    pub shown: bool,
    /// The type of the ack's data as written; `()` for none.
    pub ack_type: String,
    /// The JSON Schema of the payload.
    pub payload: Value,
    /// The JSON Schema of the ack's data.
    pub ack: Value,
    /// Whether the command is a struct without fields, so that no payload is needed.
    pub empty: bool,
    /// The fields that have rules, or are deprecated.
    pub rules: Vec<FieldRules>,
}

/// The rules of a field of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRules {
    /// The field's name on the wire.
    pub wire_name: String,
    /// Its rules, in the order in which they are written.
    pub rules: Vec<Rule>,
    /// What `#[deprecated]` says, if it is; empty without a note.
    #[serde(default)]
    pub deprecated: Option<String>,
}

/// What `derive(Event)` saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventDescription {
    /// The name of the struct.
    pub name: String,
    /// The event's name, if one was given.
    pub event: Option<String>,
    /// Whether every client may read the rows that it carries, though fewer may read their resource.
    #[serde(default)]
    pub shown: bool,
    /// The doc comment.
    pub doc: String,
    /// What `#[deprecated]` says, if it is; empty without a note.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Where the struct stands.
    pub declared_at: Place,
    /// The JSON Schema of the payload.
    pub payload: Value,
}

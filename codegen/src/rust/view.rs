//! What the Rust templates print: one struct a template, everything settled.

use askama::Template;

use super::sql::Sql;

#[derive(Template)]
#[template(path = "rust/resource.rs.jinja")]
pub(super) struct ResourceFile {
    pub schema: String,
    pub schema_types: Vec<String>,
    pub runtime_types: Vec<&'static str>,
    pub title: String,
    pub id: IdView,
    pub name: String,
    pub name_literal: String,
    pub singular: String,
    pub plural: String,
    pub accessor: String,
    pub accessor_type: String,
    pub words: String,
    pub words_literal: String,
    pub one: String,
    pub many: String,
    pub list: usize,
    pub list_event: String,
    pub on_request: bool,
    pub scope: Option<ScopeView>,
    /// The `Access::…` of the live list.
    pub read_access: Option<String>,
    /// Who may read a row, as an `Option<Access>`.
    pub reads: String,
    pub checks: ChecksView,
    /// The `FieldRule::new(…)` of the fields that only some see.
    pub seen_by: Vec<String>,
    /// The same of those that only some may set.
    pub set_by: Vec<String>,
    pub row_owners: Vec<OwnerView>,
    pub reading: &'static str,
    pub calls: Vec<CallView>,
    /// Whether any of them writes a row and answers it.
    pub answers_rows: bool,
    pub lookups: Vec<ColumnFunction>,
    pub keys: Vec<KeyFunction>,
    pub setters: Vec<Setter>,
    pub children: Vec<Child>,
    pub created_references: Vec<String>,
    pub patched_references: Vec<String>,
    pub inserted: Vec<String>,
    /// Whether a new row keeps the time.
    pub stamps: bool,
    /// Whether anything in a `NewX` is stored.
    pub uses_new: bool,
    pub patched: Vec<String>,
    pub pairs: Vec<Pairs>,
    pub dependents: Vec<DependentView>,
    /// Whether rows are deleted with those of others.
    pub goes_with_others: bool,
    pub is_circular: bool,
    /// Whether deleting a row may take others along, or rows go with those of others.
    pub takes_part: bool,
    /// The statements that find rows which refer to one, where it takes part.
    pub referring: Vec<String>,
    pub referrers: Vec<ReferrerView>,
    pub has_owners: bool,
    pub owners: Vec<DependentView>,
    pub maps: Vec<Map>,
    pub selects: Vec<SelectView>,
    /// How a select is given on: by reference, unless it is a text alone.
    pub by: &'static str,
    pub statements: Vec<Statement>,
    pub table: String,
    pub tables: Vec<TableView>,
}

#[derive(Template)]
#[template(path = "rust/mod.rs.jinja")]
pub(super) struct ModFile {
    pub title: String,
    pub resources: Vec<Module>,
    pub has_events: bool,
}

#[derive(Template)]
#[template(path = "rust/contract.rs.jinja")]
pub(super) struct ContractFile<'a> {
    pub fingerprint: &'a str,
    pub serves: &'a [String],
}

#[derive(Template)]
#[template(path = "rust/events.rs.jinja")]
pub(super) struct EventsFile {
    pub events: Vec<EventView>,
}

#[derive(Template)]
#[template(path = "rust/tables.rs.jinja")]
pub(super) struct TablesFile {
    pub resources: Vec<Module>,
    pub tables: Vec<String>,
}

#[derive(Template)]
#[template(path = "rust/hooks.rs.jinja")]
pub(super) struct HooksFile {
    pub schema: String,
    pub schema_types: Vec<String>,
    pub resources: Vec<HookedResource>,
}

#[derive(Template)]
#[template(path = "rust/commands.rs.jinja")]
pub(super) struct CommandsFile {
    pub schema: String,
    pub has_transactions: bool,
    pub runtime_types: Vec<&'static str>,
    pub commands: Vec<CommandView>,
}

/// How the code of a resource speaks of its ids.
pub(super) struct IdView {
    /// The type of an id that is kept.
    pub owned: &'static str,
    /// The type of an id that a function takes.
    pub argument: &'static str,
    /// The SQL parameter made of `id`.
    pub key: &'static str,
    /// An owned `id`, as an argument.
    pub pass: &'static str,
    /// The second parameter of `Page`, where it is not the default.
    pub generic: String,
    pub of_row: &'static str,
    pub of_patch: String,
    /// What the rows of a to-many field are grouped by.
    pub group: &'static str,
    pub after: &'static str,
    /// The id of a new row, unless the database makes it.
    pub made: Option<&'static str>,
    pub maker: &'static str,
}

/// What confines rows to those that a caller may see.
pub(super) struct ScopeView {
    /// What the guard is asked for.
    pub kind: String,
    pub words: String,
    /// Whether each row is its own scope.
    pub is_own: bool,
    /// The scopes of a `row`, of a `new` one, and of a `row` that a patch refers to by the field `patched`.
    pub of_row: String,
    pub of_new: String,
    pub patched: String,
    pub of_reference: String,
    pub path: String,
    pub what: String,
    pub moves: Vec<MoveView>,
}

/// The owner that a row names.
pub(super) struct OwnerView {
    pub kind: String,
    /// The function that tells it.
    pub function: String,
    /// Its id, of a `row`.
    pub id: String,
    /// The same as an input gives it, where one can: an `Option<RowId>` of a `new` row, or of a `patch`.
    pub of_new: Option<String>,
    pub of_patch: Option<String>,
    pub field: String,
}

/// What a call checks before its hook runs.
pub(super) struct ChecksView {
    /// Whether something is to be said against a new row, or against a patch.
    pub new: bool,
    pub patch: bool,
    /// Whether the row has to be looked for.
    pub exists: bool,
}

/// Why a row may have to stay in its scope.
pub(super) struct MoveView {
    pub constant: String,
    /// When it has to; always without one.
    pub condition: Option<String>,
    pub path: String,
    pub message: String,
}

/// A CRUD call.
pub(super) struct CallView {
    pub event: String,
    /// The names that the call is answered by.
    pub answered: Vec<String>,
    pub verb: String,
    /// The `Access::…` that is declared for it.
    pub access: Option<String>,
    /// Who has to own the row.
    pub owner: Option<OwnerView>,
    pub function: String,
    pub alias: String,
    pub answer: String,
    pub writes: bool,
    /// Whether it writes a row and answers it.
    pub answers_row: bool,
    /// Whether its input has fields of a row.
    pub sets: bool,
    /// Whether its answer has rows.
    pub shows: bool,
}

/// A function over one column.
pub(super) struct ColumnFunction {
    pub field: String,
    pub plain: String,
    pub constant: String,
    pub argument: String,
    pub kind: String,
    pub parameter: String,
    pub unique: bool,
}

/// A function over several columns.
pub(super) struct KeyFunction {
    pub words: String,
    pub plain: String,
    pub constant: String,
    pub signature: String,
    pub parameters: String,
    pub unique: bool,
}

pub(super) struct Setter {
    pub field: String,
    pub plain: String,
    pub constant: String,
    pub argument: String,
    pub kind: String,
    pub parameter: String,
    pub visible: bool,
    pub dependents: Vec<DependentView>,
}

/// A to-many field.
pub(super) struct Child {
    pub field: String,
    pub plain: String,
    pub map: String,
}

/// A many-to-many field.
pub(super) struct Pairs {
    pub field: String,
    pub plain: String,
    pub constant: String,
    pub target: String,
    /// The SQL parameter made of the id of `row`.
    pub key: String,
}

/// A list that changes with the rows of this resource.
#[derive(Clone)]
pub(super) struct DependentView {
    pub module: String,
    pub constant: String,
    /// When it changes; always without one.
    pub condition: Option<String>,
}

/// A function that reads a struct from a row.
pub(super) struct Map {
    pub what: String,
    pub function: String,
    pub name: String,
    pub fields: Vec<String>,
}

pub(super) struct SelectView {
    pub constant: String,
    pub rows: String,
    pub children: Vec<ChildSelect>,
}

pub(super) struct ChildSelect {
    pub plain: String,
    pub sql: String,
}

pub(super) struct Statement {
    pub constant: String,
    pub sql: String,
    pub public: bool,
}

impl Statement {
    pub(super) fn new(constant: String, sql: &Sql, public: bool) -> Self {
        Self {
            sql: Self::value(&constant, public, sql),
            constant,
            public,
        }
    }

    /// The value of the constant.
    pub(super) fn value(constant: &str, public: bool, sql: &Sql) -> String {
        let public = if public { "pub(super) " } else { "" };
        let before = format!("{public}const {constant}: store::Statement<'static> = ");
        sql.literal(0, before.len())
    }
}

pub(super) struct TableView {
    pub constant: String,
    pub name: String,
    pub create: String,
    pub indexes: Vec<String>,
    /// The `store::Column` of each.
    pub columns: Vec<String>,
    /// The `store::UniqueKey` of each.
    pub keys: Vec<String>,
}

/// A resource, as the files that list them all see it.
pub(super) struct Module {
    pub module: String,
    pub many: String,
    pub accessor_type: String,
    pub list_event: String,
    pub is_scoped: bool,
}

pub(super) struct HookedResource {
    pub id: &'static str,
    pub name: String,
    pub singular: String,
    pub one: String,
    pub creates: bool,
    pub updates: bool,
    pub deletes: bool,
}

/// What becomes of the rows that refer to a deleted one by one field.
pub(super) struct ReferrerView {
    /// `cascade`, `set_null` or `remove`.
    pub rule: &'static str,
    pub rows: String,
    pub module: String,
    pub accessor: String,
    /// The statement that finds their ids.
    pub constant: String,
    /// The statement that takes the deleted row out of their lists.
    pub removal: String,
    /// The statement that sets the time of their last update, if they have it and lose a row.
    pub touch: Option<String>,
    /// The type of their ids as they are read, the pattern that takes one as `row`, and how that is passed on.
    pub id: &'static str,
    pub pattern: &'static str,
    pub pass: &'static str,
    /// The patch that makes one refer to nothing.
    pub patch: String,
}

pub(super) struct CommandView {
    pub name: String,
    pub method: String,
    pub plain: String,
    pub event_literal: String,
    pub data_key: String,
    pub transaction: bool,
    pub event: String,
    /// The `FieldRule::new(…)` of the fields of its answer that only some see, and the name of the constant with them.
    pub seen_by: Vec<String>,
    pub seen_by_name: String,
    pub access: Option<String>,
    pub reading: &'static str,
    pub doc: Vec<String>,
    pub ack: String,
}

pub(super) struct EventView {
    pub name: String,
    pub function: String,
    pub event_literal: String,
    pub doc: Vec<String>,
}

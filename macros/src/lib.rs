//! The derive macros of Rowcast. Documented where they are used: `rowcast-schema` re-exports them.

mod access;
mod attributes;
mod command;
mod docs;
mod errors;
mod event;
mod input_field;
mod input_readers;
mod inputs;
mod resource;
mod rule_errors;
mod rules;
mod serde_attributes;
mod serde_support;
mod stand_in;
mod types;
mod view;
mod written;

use proc_macro::TokenStream;
use syn::DeriveInput;

/// Declares a resource: a kind of row that clients create, read, update, delete and watch.
///
/// The struct is what travels: serde decides its form, schemars describes it, garde's rules constrain what clients send.
/// Two inputs are added beside it: `NewCoach`, what `create` takes, and `CoachPatch`, what `update` takes, in which absent
/// leaves a field as it is and null empties it.
///
/// ```
/// use rowcast_schema::prelude::*;
///
/// /// Someone who teaches classes.
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
/// #[resource(plural = "coaches", events(create, update, get), unique(name, age))]
/// pub struct Coach {
///     #[resource(id)]
///     pub id: i64,
///     #[garde(length(chars, min = 2, max = 40))]
///     pub name: String,
///     #[garde(range(min = 18))]
///     pub age: Option<u8>,
///     #[serde(skip)]
///     #[resource(hidden)]
///     pub password_hash: Option<String>,
/// }
///
/// /// A class, with its coach.
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
/// pub struct Class {
///     #[resource(id)]
///     pub id: i64,
///     #[resource(belongs_to = Coach)]
///     pub coach: Coach,
/// }
///
/// let new = NewCoach { name: "Rose".into(), age: None };
/// let patch = CoachPatch { age: Some(None), ..CoachPatch::of(1) };
/// # assert_eq!((new.name.as_str(), patch.age), ("Rose", Some(None)));
/// ```
///
/// # On the struct
///
/// | attribute | means |
/// |---|---|
/// | `plural = "…"` | the name of the list, the table and the module; the regular English plural without it |
/// | `lenient` | inputs take text for numbers and numbers for text, as HTML forms send them |
/// | `events(create, update = "…", …)` | the calls that it answers, of `create`, `update`, `delete`, `get`, `list`; all without it |
/// | `events(create(name = "…", alias = "…"))` | other events that the server answers alike |
/// | `list = "…"` | the event that carries the whole list |
/// | `access(read = anyone, write = signed_in, delete = owner(coach))` | who may do what: `anyone`, `signed_in`, `role("admin")`, `owner(coach)` (the caller that the row names), `nobody`; `write` is create, update and delete; where nothing is said the guard decides |
/// | `scope = gym` | each row belongs to the row that this field names (or, with `scope = id`, to itself); callers see and change rows of those only that `Guard::scopes` gives them |
/// | `refresh = "on_request"` | plain sockets get the whole list when they ask, and not after each change |
/// | `unique(a, b)`, `index(a, b)` | keys of several fields; both can be repeated |
/// | `#[garde(custom(check))]` | a rule for a whole `NewX`: `fn(&NewX, &()) -> garde::Result` |
///
/// # On a field
///
/// | attribute | means |
/// |---|---|
/// | `id` | the key: `i64` counted by the database, or a `Uuid` made by the server |
/// | `id, by_client` | the key is given by the client: a `String`, or a `Uuid` |
/// | `unique`, `index` | no two rows may have the same value; rows are looked up by it |
/// | `hidden` | a column that never travels; needs `#[serde(skip)]` |
/// | `read_only` | clients see but can't set it |
/// | `access(read = role("manager"), write = signed_in)` | who sees it (it is left out for others), and who sets it; `write` is as `read` if it is not named |
/// | `created_at`, `updated_at` | a `DateTime<Utc>` that the server sets |
/// | `number` | an integer of 64 bits may travel as a number |
/// | `belongs_to = Coach` | shows one row of another resource, by a view or whole |
/// | `many_to_many = Move` | an ordered list of rows; `through = "…"` names the join table |
/// | `on_delete = "cascade"` | what becomes of this row when one that it refers to is deleted: `restrict`, `cascade`, `set_null`; of a list: `restrict`, `remove` |
/// | `has_many = Class` | the rows there that belong to this one; `via = "…"` says by which field |
/// | `shown`, beside one of these three | every reader of a row may read that view, though fewer may read the resource that it leads to by `access(read = …)` |
#[proc_macro_derive(Resource, attributes(resource, garde))]
pub fn resource(input: TokenStream) -> TokenStream {
    expanded(input, resource::expand)
}

/// Declares a view: some fields of a resource, to be shown where another resource refers to it.
///
/// Its fields have the names and the types of the resource's; the id is one of them.
///
/// ```
/// use rowcast_schema::prelude::*;
///
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
/// pub struct Coach {
///     #[resource(id)]
///     pub id: i64,
///     pub name: String,
///     pub notes: String,
/// }
///
/// /// What a class shows of its coach.
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
/// #[view(of = Coach)]
/// pub struct CoachName {
///     pub id: i64,
///     pub name: String,
/// }
/// ```
#[proc_macro_derive(View, attributes(view))]
pub fn view(input: TokenStream) -> TokenStream {
    expanded(input, view::expand)
}

/// Declares a command: a call that is not CRUD, carried out by code of the application's.
///
/// ```
/// use rowcast_schema::prelude::*;
///
/// /// Signs a coach in.
/// #[derive(Debug, Deserialize, JsonSchema, Command)]
/// #[command(event = "login", ack = Session, data = "user")]
/// pub struct Login {
///     #[garde(length(chars, min = 1))]
///     pub username: String,
///     pub password: String,
/// }
///
/// #[derive(Debug, Serialize, JsonSchema)]
/// pub struct Session {
///     pub name: String,
/// }
/// ```
///
/// | attribute | means |
/// |---|---|
/// | `event = "…"` | its name on the wire; the name of the struct in snake case without it |
/// | `ack = Type` | the data of its ack: `ack = Vec<Coach>`, `ack = Ref<Ticket>` |
/// | `data = "…"` | the key of that data in the ack, instead of `data` |
/// | `access = signed_in` | who may call it: `anyone`, `signed_in`, `role("admin")`, `nobody`; where nothing is said the guard decides |
/// | `shown` | each caller may read the rows in its answer, though fewer may read their resource |
/// | `lenient` | reads text for numbers and numbers for text |
/// | `#[garde(custom(check))]` | a rule for the whole command: `fn(&Login, &()) -> garde::Result` |
#[proc_macro_derive(Command, attributes(command, garde))]
pub fn command(input: TokenStream) -> TokenStream {
    expanded(input, command::expand)
}

/// Declares an event: something that the server tells and that is not CRUD.
///
/// ```
/// use rowcast_schema::prelude::*;
///
/// /// The gym closes soon.
/// #[derive(Debug, Serialize, JsonSchema, Event)]
/// #[event(name = "closing")]
/// pub struct Closing {
///     pub in_minutes: u8,
/// }
/// ```
///
/// `name` is the event on the wire; the name of the struct in snake case without it. `shown` says that every client may read the
/// rows in it, though fewer may read their resource.
#[proc_macro_derive(Event, attributes(event))]
pub fn event(input: TokenStream) -> TokenStream {
    expanded(input, event::expand)
}

/// What a derive makes of an item.
fn expanded(
    input: TokenStream,
    expand: fn(&DeriveInput) -> proc_macro2::TokenStream,
) -> TokenStream {
    let parsed = syn::parse2::<DeriveInput>(written::ungrouped(input.into()));
    let expanded = parsed.map(|mut item| {
        item.attrs
            .iter_mut()
            .for_each(written::write_types_as_casts);
        if let syn::Data::Struct(data) = &mut item.data {
            let fields = data.fields.iter_mut();
            let attrs = fields.flat_map(|field| &mut field.attrs);
            attrs.for_each(written::write_types_as_casts);
        }
        expand(&item)
    });
    expanded
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

//! The traits that the derive macros implement, and [`Schema`], which registers the items that have them.

use std::fmt::Debug;
use std::hash::Hash;
use std::panic::Location;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::description::{
    CommandDescription, Description, EventDescription, EventStyle, FORMAT, Place,
    ResourceDescription, ShownDescription, UnreadDescription,
};
use crate::input::Input;
use crate::probe;
use crate::references::decode_references;

/// A type that can be the id of a resource.
pub trait Id:
    Clone + Debug + Ord + Hash + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
}

impl<T> Id for T where
    T: Clone
        + Debug
        + Ord
        + Hash
        + Serialize
        + DeserializeOwned
        + JsonSchema
        + Send
        + Sync
        + 'static
{
}

/// A kind of row that clients create, read, update, delete and watch. Implemented by `derive(Resource)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "not a resource",
    note = "add `#[derive(Resource)]` to `{Self}` and mark its id with `#[resource(id)]`"
)]
pub trait Resource: Serialize + JsonSchema + Send + Sync + Sized + 'static {
    /// The type of the id.
    type Id: Id;
    /// What `create` takes.
    type New: Input + JsonSchema;
    /// What `update` takes.
    type Patch: Input + JsonSchema;
    /// The name of the struct.
    const NAME: &'static str;

    /// What the macro saw. The JSON Schemas in it are still empty; [`Schema::resource`] fills them.
    fn describe() -> ResourceDescription;
}

/// The type of a field that emitted functions take alone: to look rows up by it, or to set it. Implemented by `derive(Resource)`,
/// so that emitted code can name a type which may stand anywhere. `INDEX` counts the fields of the struct from 0.
#[doc(hidden)]
pub trait FieldOf<const INDEX: usize> {
    /// The type, without its outermost `Option`.
    type Type;
}

/// What a relation can show of a row: a resource, or a view of one. Implemented by `derive(View)` and `derive(Resource)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` shows no resource",
    label = "neither a resource nor a view",
    note = "show a struct with `#[derive(View)]` and `#[view(of = …)]`, or the resource itself; inputs take its id"
)]
pub trait Shown: Serialize + JsonSchema {
    /// What the macro saw.
    fn shown() -> ShownDescription;
}

/// A call that is not CRUD. Implemented by `derive(Command)`.
pub trait Command: Input + JsonSchema {
    /// The data of its ack.
    type Ack: Serialize + JsonSchema + Send + 'static;

    /// What the macro saw. The JSON Schemas in it are still empty; [`Schema::command`] fills them.
    fn describe() -> CommandDescription;
}

/// Something the server tells clients that is not CRUD. Implemented by `derive(Event)`.
pub trait Event: Serialize + JsonSchema {
    /// What the macro saw. The JSON Schema in it is still empty; [`Schema::event`] fills it.
    fn describe() -> EventDescription;
}

/// Collects what a schema consists of, in the order in which generated code shall have it.
///
/// ```ignore
/// pub fn schema() -> Description {
///     Schema::new("Planner")
///         .resource::<Coach>()
///         .resource::<Schedule>()
///         .command::<Login>()
///         .describe()
/// }
/// ```
#[derive(Debug)]
pub struct Schema {
    description: Description,
    output: SchemaGenerator,
    input: SchemaGenerator,
    /// The texts of enums as they are declared, where the JSON Schemas have another order.
    orders: Vec<probe::Order>,
    /// What the JSON Schemas of inputs do not tell.
    notes: Vec<probe::Note>,
    digits_as_bigint: bool,
}

impl Schema {
    /// Starts a schema; `name` becomes the name of the generated client's type.
    pub fn new(name: &str) -> Self {
        Self {
            description: Description {
                format: FORMAT,
                name: name.to_owned(),
                lenient: false,
                wide_integers_as_numbers: false,
                event_style: EventStyle::default(),
                event_style_at: None,
                resources: Vec::new(),
                commands: Vec::new(),
                events: Vec::new(),
                unread: Vec::new(),
                output: Default::default(),
                input: Default::default(),
            },
            output: SchemaSettings::draft2020_12()
                .for_serialize()
                .into_generator(),
            input: SchemaSettings::draft2020_12()
                .for_deserialize()
                .into_generator(),
            orders: Vec::new(),
            notes: Vec::new(),
            digits_as_bigint: false,
        }
    }

    /// Reads all inputs leniently: a number may come as text, and text as a number, where the meaning is plain.
    pub fn lenient(mut self) -> Self {
        self.description.lenient = true;
        self
    }

    /// Accepts that all integers of 64 bits and more travel as JSON numbers, which JavaScript rounds beyond 2^53.
    ///
    /// Without it each such integer must say how it travels: `#[resource(number)]` on a field of a resource,
    /// [`SafeInteger`](crate::SafeInteger) elsewhere, or as text by [`Digits`](crate::Digits). Ids that the database
    /// counts up need nothing.
    pub fn wide_integers_as_numbers(mut self) -> Self {
        self.description.wide_integers_as_numbers = true;
        self
    }

    /// Lets the generated client read and write all [`Digits`](crate::Digits) as `bigint`, as if they were declared as
    /// [`BigInt`](crate::BigInt).
    pub fn digits_as_bigint(mut self) -> Self {
        self.digits_as_bigint = true;
        self
    }

    /// Chooses how the calls of resources are named. A resource can still name its own, one by one.
    #[track_caller]
    pub fn events(mut self, style: EventStyle) -> Self {
        let caller = Location::caller();
        self.description.event_style = style;
        self.description.event_style_at = Some(Place {
            file: caller.file().to_owned(),
            line: caller.line(),
        });
        self
    }

    /// Registers a resource.
    pub fn resource<R: Resource>(mut self) -> Self {
        let mut resource = R::describe();
        resource.row = json(self.output.subschema_for::<R>());
        resource.new = json(self.input.subschema_for::<R::New>());
        resource.patch = json(self.input.subschema_for::<R::Patch>());
        self.try_reading::<R::New>(&resource.new, &resource.declared_at);
        let notes = probe::try_learning::<R::Patch>(&resource.patch, self.input.definitions());
        self.notes.extend(notes);
        self.description.resources.push(resource);
        self
    }

    /// Registers a command.
    pub fn command<C: Command>(mut self) -> Self {
        let mut command = C::describe();
        command.payload = json(self.input.subschema_for::<C>());
        command.ack = json(self.output.subschema_for::<C::Ack>());
        self.try_reading::<C>(&command.payload, &command.declared_at);
        self.description.commands.push(command);
        self
    }

    /// Notes what the reader of an input does not take though its JSON Schema allows it, and in which order it names choices.
    fn try_reading<I: Input>(&mut self, payload: &Value, declared_at: &Place) {
        let readings = probe::try_reading::<I>(payload, self.input.definitions());
        self.orders.extend(readings.orders);
        self.notes.extend(readings.notes);
        let described = readings.unread.into_iter().map(|unread| UnreadDescription {
            declared_at: declared_at.clone(),
            unread,
        });
        self.description.unread.extend(described);
    }

    /// Registers an event.
    pub fn event<E: Event>(mut self) -> Self {
        let mut event = E::describe();
        event.payload = json(self.output.subschema_for::<E>());
        self.description.events.push(event);
        self
    }

    /// Closes the registration.
    pub fn describe(mut self) -> Description {
        self.description.output = self.output.take_definitions(true).into_iter().collect();
        self.description.input = self.input.take_definitions(true).into_iter().collect();
        let Description { input, output, .. } = &mut self.description;
        probe::write_notes(input, output, &self.notes);
        schemas_of(&mut self.description).for_each(decode_references);
        let orders = &self.orders;
        schemas_of(&mut self.description).for_each(|schema| probe::put_in_order(schema, orders));
        if self.digits_as_bigint {
            schemas_of(&mut self.description).for_each(turn_digits_into_bigint);
        }
        self.description
    }
}

fn schemas_of(description: &mut Description) -> impl Iterator<Item = &mut Value> {
    let resources = description.resources.iter_mut();
    let rows = resources.flat_map(|one| [&mut one.row, &mut one.new, &mut one.patch]);
    let commands = description.commands.iter_mut();
    let calls = commands.flat_map(|command| [&mut command.payload, &mut command.ack]);
    let events = description.events.iter_mut();
    let definitions = description.output.values_mut();
    rows.chain(calls)
        .chain(events.map(|event| &mut event.payload))
        .chain(definitions)
        .chain(description.input.values_mut())
}

fn turn_digits_into_bigint(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            if let Some(format) = entries
                .get_mut("format")
                .filter(|format| *format == "digits")
            {
                *format = "bigint".into();
            }
            entries.values_mut().for_each(turn_digits_into_bigint);
        }
        Value::Array(items) => items.iter_mut().for_each(turn_digits_into_bigint),
        _ => {}
    }
}

fn json(schema: JsonSchemaValue) -> Value {
    schema.to_value()
}

//! What a schema means, settled: every name, type, column and event, exactly once.
//!
//! A [`Contract`] comes from [`resolve`](crate::resolve) alone. If there is one, it can be rendered: targets lay it
//! out and decide nothing. It serializes to JSON for people who want to see a stage.

mod brands;
mod resource;
mod shape;

pub use crate::formats::TextFormat;
pub use resource::{
    Call, Codec, Column, ColumnKind, Dependent, Field, FieldKind, FieldRule, IdKind, Key, Relation,
    Resource, Scope, ShownColumn, View,
};
pub use shape::{IntegerFormat, NumberFormat, Property, Scalar, Shape, TypeDefinition};

use serde::Serialize;

use crate::description::{Allowed, Place};

/// A checked schema.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contract {
    pub(crate) name: String,
    pub(crate) resources: Vec<Resource>,
    pub(crate) views: Vec<View>,
    pub(crate) commands: Vec<Command>,
    pub(crate) events: Vec<Event>,
    pub(crate) types: Vec<TypeDefinition>,
}

impl Contract {
    /// The name of the application.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The resources, in the order of registration. Their indexes are used by relations.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The views that relations show, in the order in which they are first met.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The commands, in the order of registration.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// The events that are not CRUD, in the order of registration.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The same contract for targets that know types only: no type in it has rules.
    #[must_use]
    pub fn without_rules(&self) -> Self {
        let mut plain = self.clone();
        for definition in &mut plain.types {
            definition.shape = definition.shape.without_rules();
        }
        for command in &mut plain.commands {
            command.payload = command.payload.without_rules();
            command.ack = command.ack.without_rules();
        }
        for event in &mut plain.events {
            event.payload = event.payload.without_rules();
        }
        plain
    }

    /// Every named type that travels, in the order in which they are first met.
    pub fn types(&self) -> &[TypeDefinition] {
        &self.types
    }
}

/// A name of an event as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct WireName(pub(crate) String);

impl WireName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for WireName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A call that is not CRUD.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Command {
    /// The name of the struct.
    pub name: String,
    /// The event, which also names the methods for it.
    pub event: WireName,
    /// The name in snake case; unique among the commands.
    pub method: String,
    /// The doc comment.
    pub doc: String,
    /// Why it should not be used any more, if that is so; empty if that is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Where it is declared.
    pub declared_at: Place,
    /// The key of the data in its ack.
    pub data_key: String,
    /// Whether it takes no payload.
    pub empty: bool,
    /// Whether its input is read leniently.
    pub lenient: bool,
    /// Whether it is carried out in one transaction of the store, and once however often it is sent with the same key.
    pub transaction: bool,
    /// Who may call it, if that is declared.
    pub access: Option<Allowed>,
    /// The type of its payload.
    pub payload: Shape,
    /// The type of its ack's data.
    pub ack: Shape,
    /// The type of its ack's data as written in Rust.
    pub ack_type: String,
    /// The fields of its ack's data that only some callers see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen_by: Vec<FieldRule>,
}

/// Something the server tells that is not CRUD.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The name of the struct.
    pub name: String,
    /// The event.
    pub event: WireName,
    /// The name in snake case; unique among the events.
    pub method: String,
    /// The doc comment.
    pub doc: String,
    /// Why it should not be used any more, if that is so; empty if that is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Where it is declared.
    pub declared_at: Place,
    /// The type of its payload.
    pub payload: Shape,
}

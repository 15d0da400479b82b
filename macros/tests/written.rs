//! Types and literals that `macro_rules!` passes on, and types in attributes.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    reason = "a test: it fails by panicking, and nothing imports it"
)]

use rowcast_schema::prelude::*;
use rowcast_schema::{Input, Reading};
use serde_json::json;

macro_rules! resource {
    ($name:ident, $plural:literal, $text:ty, $maybe:ty, $target:ident, $shown:ty, $max:literal, $renamed:literal) => {
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(plural = $plural)]
        pub struct $name {
            #[resource(id)]
            pub id: i64,
            #[serde(rename = $renamed)]
            #[garde(length(chars, max = $max))]
            pub text: $text,
            pub maybe: $maybe,
            #[resource(belongs_to = $target)]
            pub parent: $shown,
        }
    };
}

resource!(
    Room,
    "chambers",
    String,
    Option<u8>,
    Room,
    Option<RoomId>,
    3,
    "title"
);

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Room)]
pub struct RoomId {
    pub id: i64,
}

macro_rules! command {
    ($name:ident, $ack:ty, $event:literal, $maybe:ty, $least:expr) => {
        #[derive(Debug, Deserialize, JsonSchema, Command)]
        #[command(event = $event, ack = $ack)]
        pub struct $name {
            #[garde(range(min = $least))]
            pub count: $maybe,
        }
    };
}

command!(Count, Vec<Room>, "count!", Option<i8>, -3);

#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(ack = Ref<Room>, event = "open")]
pub struct Open {}

#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(ack = std::collections::BTreeMap<String, (u8, [u8; 3])>)]
pub struct Table {}

#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(ack = "Option<Room>")]
pub struct Quoted {}

#[test]
fn what_macros_pass_on_is_read_as_if_it_were_written() {
    let room = Room::describe();
    assert_eq!(room.plural.as_deref(), Some("chambers"));
    let fields: Vec<(&str, &str, bool)> = room
        .fields
        .iter()
        .map(|field| {
            (
                field.wire_name.as_str(),
                field.rust_type.as_str(),
                field.optional,
            )
        })
        .collect();
    let wanted = [
        ("id", "i64", false),
        ("title", "String", false),
        ("maybe", "u8", true),
        ("parent", "RoomId", true),
    ];
    assert_eq!(fields, wanted);
    assert!(NewRoom::read(json!({ "title": "abc" }), Reading::Strict).is_ok());
    assert!(NewRoom::read(json!({ "title": "abcd" }), Reading::Strict).is_err());
}

#[test]
fn commands_take_types_and_limits_from_macros() {
    let count = Count::describe();
    assert_eq!(
        (count.event.as_deref(), count.ack_type.as_str()),
        (Some("count!"), "Vec<Room>")
    );
    assert!(
        format!("{:?}", count.rules).contains("-3"),
        "{:?}",
        count.rules
    );
    assert!(Count::read(json!({}), Reading::Strict).is_ok());
    assert!(Count::read(json!({ "count": -4 }), Reading::Strict).is_err());
}

#[test]
fn an_ack_is_of_any_type() {
    let types = [Open::describe(), Table::describe(), Quoted::describe()];
    let types = types.map(|command| command.ack_type);
    let wanted = [
        "Ref<Room>",
        "std::collections::BTreeMap<String,(u8,[u8;3])>",
        "Option<Room>",
    ];
    assert_eq!(types, wanted);
}

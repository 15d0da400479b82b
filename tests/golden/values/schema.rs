//! Every kind of value a field can have, and who may see and set it.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

/// One of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(lenient)]
pub struct Sample {
    #[resource(id)]
    pub id: i64,
    pub small: i8,
    pub wide: i32,
    pub unsigned: u32,
    #[resource(number)]
    pub very_wide: i64,
    pub half: f32,
    pub real: f64,
    pub flag: bool,
    pub maybe: Option<bool>,
    #[resource(unique)]
    pub text: String,
    #[resource(index)]
    pub color: Color,
    pub maybe_color: Option<Color>,
    pub numbers: Vec<u8>,
    pub table: BTreeMap<String, f64>,
    pub pair: (u8, String),
    pub triple: [i32; 3],
    pub point: Point,
    pub shape: Shape,
    pub adjacent: Adjacent,
    pub either: Either,
    pub outside: Outside,
    #[resource(index)]
    pub meters: Meters,
    pub count: Count,
    pub mood: Mood,
    pub letter: char,
    pub short: i16,
    pub word: u16,
    #[resource(number)]
    pub size: isize,
    pub label: Label,
    pub tree: Tree,
    pub any: serde_json::Value,
    #[serde(default)]
    pub filled_in: Option<String>,
    #[serde(default = "three")]
    pub three: u8,
    /// Exact beyond 2^53.
    #[serde(with = "Digits")]
    pub exact: i64,
    /// Wider than any integer of a database.
    #[serde(with = "OptionalDigits")]
    pub maybe_exact: Option<u64>,
    #[resource(read_only)]
    pub visits: u32,
    #[serde(skip)]
    #[resource(hidden)]
    pub secret: Option<String>,
    #[serde(skip)]
    #[resource(hidden)]
    pub level: u8,
}

fn three() -> u8 {
    3
}

/// A color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    Red,
    /// Like grass.
    Green,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    pub x: f64,
    /// Upwards.
    pub y: Option<f64>,
}

/// Tagged by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    Dot,
    Circle { radius: f64 },
    At(Point),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub enum Adjacent {
    Nothing,
    Number(i32),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Either {
    Number(i32),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Outside {
    Unit,
    One(u8),
    Two(u8, String),
    Named { a: bool },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Meters(pub f64);

/// Wider than any integer of a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Count(#[schemars(with = "SafeInteger")] pub u64);

/// Text, or null without being optional.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Mood {
    Like(Color),
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Label(pub String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    pub name: String,
    pub children: Vec<Tree>,
}

pub fn schema() -> Description {
    Schema::new("Values").resource::<Sample>().describe()
}

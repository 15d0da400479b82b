//! Bytes, and integers beyond 2^53, wherever they can stand.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

/// A file. Its name is its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(
    create(name = "add_file", alias = "upload"),
    update,
    delete(alias = "remove_file"),
    get,
    list
))]
pub struct File {
    #[resource(id, by_client)]
    #[garde(length(chars, min = 1, max = 20))]
    pub id: String,
    /// All of it.
    #[garde(length(min = 1, max = 64))]
    pub content: Bytes,
    pub preview: Option<Bytes>,
    /// How large the original is.
    #[serde(with = "BigInt")]
    #[garde(range(min = 1))]
    pub size: u64,
    #[serde(default, with = "OptionalBigInt")]
    pub owner: Option<i64>,
    #[resource(index)]
    pub digest: Option<Bytes>,
    #[serde(skip)]
    #[resource(hidden, unique)]
    pub key: Option<Bytes>,
    #[resource(read_only)]
    #[serde(default)]
    pub seal: Bytes,
    #[serde(default)]
    pub parts: Vec<Part>,
    #[serde(default)]
    pub attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    pub thumbnail: Thumbnail,
}

/// A newtype around bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Thumbnail(pub Bytes);

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    #[serde(with = "BigInt")]
    pub offset: u64,
    pub data: Bytes,
    pub inner: Vec<Part>,
}

/// What else is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Attribute {
    Number(Amount),
    /// Its value looks like a number, and is none.
    Text {
        value: String,
    },
    Raw {
        value: Bytes,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    #[serde(with = "BigInt")]
    pub value: u64,
}

/// Puts samples together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = Joined, data = "joined")]
pub struct Join {
    pub samples: Vec<Bytes>,
    #[serde(with = "BigInt")]
    pub factor: u64,
    pub pair: (Option<Bytes>, String),
}

/// Samples in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Joined {
    pub joined: Bytes,
    #[serde(with = "BigInt")]
    pub total: u64,
    /// What came with it.
    pub pair: (Option<Bytes>, String),
    #[serde(flatten)]
    pub rest: BTreeMap<String, Amount>,
}

/// Samples were put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Event)]
pub struct Alarm {
    #[serde(with = "BigInt")]
    pub code: u64,
    pub picture: Bytes,
}

pub fn schema() -> Description {
    Schema::new("Files")
        .resource::<File>()
        .command::<Join>()
        .event::<Alarm>()
        .describe()
}

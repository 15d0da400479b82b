//! Attributes that `NewX` and `XPatch` could not follow, and names that differ by direction.
use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Resource)]
#[serde(default, tag = "type")]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[serde(alias = "title")]
    pub name: String,
    #[serde(skip_serializing)]
    pub wage: Option<u32>,
    #[serde(rename(serialize = "years", deserialize = "age"))]
    pub age: Option<u8>,
    #[serde(skip_deserializing)]
    pub rank: u8,
}

fn main() {}

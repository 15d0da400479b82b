use rowcast_schema::prelude::*;

#[derive(Debug, Clone)]
pub struct Key;


#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[serde(skip)]
    #[resource(hidden)]
    pub key: Key,
}

fn main() {}

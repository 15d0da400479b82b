use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    pub name: String,
}

fn main() {}

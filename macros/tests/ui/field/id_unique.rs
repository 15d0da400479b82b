use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id, unique)]
    pub id: i64,
}

fn main() {}

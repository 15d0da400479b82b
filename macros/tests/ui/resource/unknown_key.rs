use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plurl = "rooms")]
pub struct Room {
    #[resource(id)]
    pub id: i64,
}

fn main() {}

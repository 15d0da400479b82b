use rowcast_schema::prelude::*;

#[derive(Serialize, JsonSchema, Resource)]
#[resource(plural = "rooms", plural = "halls")]
pub struct Room {
    #[resource(id)]
    pub id: i64,
}

fn main() {}

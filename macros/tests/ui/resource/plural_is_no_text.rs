use rowcast_schema::prelude::*;

#[derive(Serialize, JsonSchema, Resource)]
#[resource(plural = 3)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
}

fn main() {}

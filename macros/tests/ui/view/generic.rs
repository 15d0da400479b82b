use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Room)]
pub struct RoomId<T> {
    pub id: T,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Serialize, JsonSchema, View)]
#[view(from = Room)]
pub struct RoomName {
    pub id: i64,
}

fn main() {}

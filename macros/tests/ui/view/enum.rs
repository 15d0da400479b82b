use rowcast_schema::prelude::*;

#[derive(Serialize, JsonSchema, View)]
#[view(of = Room)]
pub enum RoomName {
    Long(String),
}

fn main() {}

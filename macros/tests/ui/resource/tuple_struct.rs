use rowcast_schema::prelude::*;

#[derive(Resource)]
pub struct Room(i64);

fn main() {}

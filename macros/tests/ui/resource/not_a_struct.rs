use rowcast_schema::prelude::*;

#[derive(Resource)]
pub enum Room {
    Big,
    Small,
}

fn main() {}

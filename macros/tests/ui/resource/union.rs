use rowcast_schema::prelude::*;

#[derive(Resource)]
pub union Room {
    pub id: i64,
    pub name: u8,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Resource)]
pub struct Room<T> {
    #[resource(id)]
    pub id: i64,
    pub thing: T,
}

fn main() {}

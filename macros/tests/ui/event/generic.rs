use rowcast_schema::prelude::*;

#[derive(Debug, Serialize, JsonSchema, Event)]
pub struct Moved<T> {
    pub to: T,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Move<T> {
    pub to: T,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Deserialize, JsonSchema, Command)]
pub enum Login {
    ByName,
}

fn main() {}

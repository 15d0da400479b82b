use rowcast_schema::prelude::*;

#[derive(Deserialize, JsonSchema, Command)]
pub struct Login(String);

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Deserialize, JsonSchema, Command)]
#[command(answer = String)]
pub struct Login {
    pub name: String,
}

fn main() {}

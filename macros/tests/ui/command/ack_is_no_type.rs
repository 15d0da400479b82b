use rowcast_schema::prelude::*;

#[derive(Deserialize, JsonSchema, Command)]
#[command(ack = 5)]
pub struct Login {
    pub name: String,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(access = owner(coach))]
pub struct Close {
    pub room: i64,
}

fn main() {}

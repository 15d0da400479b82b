use rowcast_schema::prelude::*;

#[derive(Serialize, JsonSchema, View)]
pub struct CoachName {
    pub id: i64,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(refresh = "never")]
pub struct Room {
    #[resource(id)]
    pub id: i64,
}

fn main() {}

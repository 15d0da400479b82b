use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[resource(by_client, created_at, updated_at)]
    pub name: String,
}

fn main() {}

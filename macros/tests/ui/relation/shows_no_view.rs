use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = Coach)]
    pub keeper: String,
}

fn main() {}

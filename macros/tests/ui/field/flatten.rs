use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Size {
    pub width: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[serde(flatten)]
    pub size: Size,
}

fn main() {}

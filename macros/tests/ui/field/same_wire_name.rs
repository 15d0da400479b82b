use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[serde(rename = "name")]
    pub title: String,
}

fn main() {}

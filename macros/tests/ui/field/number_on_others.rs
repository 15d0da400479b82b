use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[resource(number)]
    pub name: String,
    #[serde(with = "Digits")]
    #[resource(number)]
    pub size: i64,
}

fn main() {}

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id, access(read = signed_in))]
    pub id: i64,
    #[resource(access(read = nobody))]
    pub name: String,
    #[resource(access(write = owner(id)))]
    pub color: String,
    #[resource(read_only, access(write = signed_in))]
    pub size: u8,
    #[serde(skip)]
    #[resource(hidden, access(read = signed_in))]
    pub code: String,
}

fn main() {}

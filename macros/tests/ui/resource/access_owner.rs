use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(delete = owner(name)))]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

fn main() {}

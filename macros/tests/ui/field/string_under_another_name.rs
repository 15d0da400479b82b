use rowcast_schema::prelude::*;

type Code = String;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id, by_client)]
    pub id: Code,
}

fn main() {}

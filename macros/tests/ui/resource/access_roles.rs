use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(create = role("admin", "editor"), update = owner("coach"), delete = everybody))]
pub struct Note {
    #[resource(id)]
    pub id: i64,
    pub text: String,
}

fn main() {}

//! A rule that the type of its field can't have.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[garde(length(min = 2))]
    pub active: bool,
    #[garde(range(min = 2))]
    pub name: String,
}

fn main() {}

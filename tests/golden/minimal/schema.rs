//! One resource, nothing special.

use rowcast_schema::prelude::*;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Todo {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 1, max = 80))]
    pub title: String,
    pub done: bool,
}

pub fn schema() -> Description {
    Schema::new("Todos").resource::<Todo>().describe()
}

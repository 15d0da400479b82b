//! Resources with nothing to set, and calls left out.

use rowcast_schema::prelude::*;

/// Counted by the server alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(get, list))]
pub struct Tick {
    #[resource(id)]
    pub id: i64,
    #[resource(read_only)]
    pub count: u32,
    #[resource(read_only, unique)]
    pub note: Option<String>,
}

/// Nothing but an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Mark {
    #[resource(id)]
    pub id: i64,
}

/// Only removed, by an event whose name has no letters that a function can have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(delete = "×"))]
pub struct Draft {
    #[resource(id)]
    pub id: i64,
    pub text: String,
}

pub fn schema() -> Description {
    Schema::new("Bare")
        .resource::<Tick>()
        .resource::<Mark>()
        .resource::<Draft>()
        .describe()
}

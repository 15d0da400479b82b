//! The plural of a resource.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "Zebra", events(create, list))]
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .describe()
}

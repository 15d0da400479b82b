//! The name of a resource.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quaggas", events(create, delete))]
pub struct Zebra {
    #[resource(id)]
    pub id: i64,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Zebra>()
        .describe()
}

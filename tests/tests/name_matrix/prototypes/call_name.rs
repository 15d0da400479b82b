//! The names of the calls and the list of a resource on the wire.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(
    plural = "quaggas",
    list = "Zebra list",
    events(create(name = "Zebra", alias = "Zebra too"), get = "quagga:Zebra")
)]
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .describe()
}

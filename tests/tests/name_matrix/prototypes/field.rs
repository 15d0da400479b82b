//! The names of fields of a resource: by which rows are looked up, and which only the server sets.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quaggas")]
// {
#[resource(index(Zebra, other_quagga))]
// }
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(index)]
    #[garde(length(chars, max = 9))]
    pub Zebra: String,
    // }
    pub other_quagga: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quagga_counts")]
pub struct QuaggaCount {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(read_only)]
    pub Zebra: u8,
    // }
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .resource::<QuaggaCount>()
        .describe()
}

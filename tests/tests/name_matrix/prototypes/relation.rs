//! The names of fields that show rows of another resource.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quaggas")]
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(belongs_to = QuaggaHerd)]
    pub Zebra: Option<QuaggaHerdId>,
    // }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = QuaggaHerd)]
pub struct QuaggaHerdId {
    pub id: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quagga_herds")]
pub struct QuaggaHerd {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(many_to_many = QuaggaHerd)]
    pub Zebra: Vec<QuaggaHerdId>,
    // }
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .resource::<QuaggaHerd>()
        .describe()
}

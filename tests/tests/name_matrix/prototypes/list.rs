//! The names of fields that show the rows that belong to one.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quagga_herds")]
pub struct QuaggaHerd {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(has_many = QuaggaChild)]
    pub Zebra: Vec<QuaggaId>,
    // }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quagga_children")]
pub struct QuaggaChild {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = QuaggaHerd)]
    pub herd: QuaggaHerdId,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = QuaggaChild)]
pub struct QuaggaId {
    pub id: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = QuaggaHerd)]
pub struct QuaggaHerdId {
    pub id: i64,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<QuaggaHerd>()
        .resource::<QuaggaChild>()
        .describe()
}

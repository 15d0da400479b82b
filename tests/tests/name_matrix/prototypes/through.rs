//! The names of tables of pairs.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quaggas")]
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(many_to_many = Quagga, through = "Zebra")]
    pub field_gnu: Vec<QuaggaId>,
    // }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Quagga)]
pub struct QuaggaId {
    pub id: i64,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .describe()
}

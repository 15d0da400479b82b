//! The names of views.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quaggas")]
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
    // {
    #[resource(belongs_to = Quagga)]
    pub shows_gnu: Option<Zebra>,
    // }
}

// {
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Quagga)]
pub struct Zebra {
    pub id: i64,
}
// }

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .describe()
}

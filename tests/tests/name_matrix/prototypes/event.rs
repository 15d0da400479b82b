//! The name of an event.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
pub struct Zebra {
    pub Zebra: u8,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .event::<Zebra>()
        .describe()
}

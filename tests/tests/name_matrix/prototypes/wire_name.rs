//! The names of fields on the wire.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "quaggas")]
pub struct Quagga {
    #[resource(id)]
    pub id: i64,
    // {
    #[serde(rename = "Zebra")]
    #[garde(length(chars, max = 9))]
    pub field_gnu: String,
    // }
}

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct QuaggaCommand {
    // {
    #[serde(rename = "Zebra")]
    pub field_gnu: u8,
    // }
}

#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
pub struct QuaggaEvent {
    // {
    #[serde(rename = "Zebra")]
    pub field_gnu: Bytes,
    // }
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .resource::<Quagga>()
        .command::<QuaggaCommand>()
        .event::<QuaggaEvent>()
        .describe()
}

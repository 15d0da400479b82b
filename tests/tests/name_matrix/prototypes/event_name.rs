//! The names of a command and an event on the wire.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(event = "Zebra", data = "Zebra", ack = u8)]
pub struct Quagga;

#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
#[event(name = "Zebra")]
pub struct QuaggaEvent {
    pub other_quagga: u8,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .command::<Quagga>()
        .event::<QuaggaEvent>()
        .describe()
}

//! The name of a command.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = u8)]
pub struct Zebra {
    pub quagga: u8,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .command::<Zebra>()
        .describe()
}

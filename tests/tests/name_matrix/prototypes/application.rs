//! The name of the application.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Quagga {
    pub other: u8,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Zebra")
        .command::<Quagga>()
        .describe()
}

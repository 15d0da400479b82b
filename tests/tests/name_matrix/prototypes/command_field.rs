//! The name of a field of a command.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Quagga {
    // {
    #[garde(length(chars, max = 9))]
    pub Zebra: String,
    // }
    pub other_quagga: Option<u8>,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .command::<Quagga>()
        .describe()
}

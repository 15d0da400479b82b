//! The name that a type has on the wire.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Zebra")]
pub struct QuaggaBox {
    pub inner: Option<Box<QuaggaBox>>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = QuaggaBox)]
pub struct Quagga {
    pub other: QuaggaBox,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .command::<Quagga>()
        .describe()
}

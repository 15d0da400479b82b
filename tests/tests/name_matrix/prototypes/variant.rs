//! The names of variants.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub enum QuaggaPlain {
    // {
    Zebra,
    // }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum QuaggaTagged {
    // {
    Zebra { Zebra: u8 },
    // }
    OtherQuagga,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub enum QuaggaData {
    // {
    Zebra(u8),
    // }
    OtherQuagga,
}

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Quagga {
    pub plain: QuaggaPlain,
    pub tagged: QuaggaTagged,
    pub data: QuaggaData,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .command::<Quagga>()
        .describe()
}

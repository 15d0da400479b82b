//! The name of a type that travels both ways, in two forms.

use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Zebra {
    #[serde(with = "rowcast_schema::BigInt")]
    #[schemars(with = "rowcast_schema::BigInt")]
    pub wide: u64,
    #[serde(default)]
    pub Zebra: u8,
    pub quaggas: std::vec::Vec<Zebra>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = Zebra)]
pub struct Quagga {
    pub other: Zebra,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Names")
        .command::<Quagga>()
        .describe()
}

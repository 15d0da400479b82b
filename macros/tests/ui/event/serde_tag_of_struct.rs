//! serde writes the tag of a struct, and schemars does not describe it.
use rowcast_schema::prelude::*;

#[derive(Debug, Serialize, JsonSchema, Event)]
#[serde(tag = "kind")]
pub struct Bell {
    pub tone: u8,
}

fn main() {}

//! A type has one name in Rust and TypeScript.
use rowcast_schema::prelude::*;

#[derive(Debug, Serialize, JsonSchema, Event)]
#[serde(rename = "Ring")]
pub struct Bell {
    pub tone: u8,
}

fn main() {}

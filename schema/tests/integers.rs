//! How integers beyond 2^53 travel, chosen for a whole schema.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use rowcast_schema::contract::{Scalar, Shape, TextFormat};
use rowcast_schema::prelude::*;
use rowcast_schema::resolve;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Meter {
    #[resource(id)]
    pub id: i64,
    #[serde(with = "Digits")]
    pub reading: u64,
}

/// What a row of the schema has as its reading.
fn reading(schema: Schema) -> Shape {
    let contract = resolve(&schema.resource::<Meter>().describe()).unwrap();
    let row = contract.types().iter().find(|one| one.name == "Meter");
    match row.unwrap().shape.without_rules() {
        Shape::Object(mut properties) => properties.remove(1).shape,
        other => panic!("a row is an object, not {other:?}"),
    }
}

#[test]
fn all_digits_of_a_schema_can_be_bigints() {
    let text = |format| Shape::Scalar(Scalar::Text(format));
    assert_eq!(reading(Schema::new("Meters")), text(TextFormat::Digits));
    assert_eq!(
        reading(Schema::new("Meters").digits_as_bigint()),
        text(TextFormat::BigInt)
    );
}

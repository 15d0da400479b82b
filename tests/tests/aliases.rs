//! Types under other names and paths, and types of the user's that are named like known ones.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a test: nobody imports it"
)]

use rowcast_schema::prelude::*;
use rowcast_schema::resolve;

type Big = u64;
type Name = String;
type Ids = uuid::Uuid;
type Time = chrono::DateTime<chrono::Utc>;

/// No bytes of Rowcast's.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Bytes(String);

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Aliases {
    #[resource(id)]
    pub id: Ids,
    #[serde(with = "Digits")]
    pub big: Big,
    #[serde(with = "OptionalDigits")]
    pub bigger: std::option::Option<Big>,
    pub name: Option<Name>,
    #[resource(created_at)]
    pub at: Time,
    pub list: std::vec::Vec<Option<Name>>,
    pub bytes: Bytes,
    #[serde(skip)]
    #[resource(hidden)]
    pub blob: rowcast_schema::Bytes,
}

// The standard library promises no form for the names of types, so each that matters is looked at.
#[test]
fn types_are_known_by_what_they_are() {
    let fields = Aliases::describe().fields;
    let types: Vec<&str> = fields
        .iter()
        .map(|field| field.rust_type.as_str())
        .collect();
    let wanted = [
        "Uuid",
        "u64",
        "u64",
        "String",
        "DateTime<Utc>",
        "Vec<Option<String>>",
        "aliases::Bytes",
        "Bytes",
    ];
    assert_eq!(types, wanted);
}

#[test]
fn digits_have_the_limits_of_the_type_behind_the_name() {
    let fields = Aliases::describe().fields;
    for field in &fields[1..3] {
        let rules = format!("{:?}", field.rules);
        assert!(rules.contains("18446744073709551615"), "{rules}");
    }
}

/// `i64` and `String` in a column of their own, a wide integer refused: as without the other names.
#[test]
fn the_schema_is_the_same() {
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Wide {
        #[resource(id)]
        pub id: i64,
        pub big: Big,
    }
    let findings = |schema: Schema| {
        let resolved = resolve(&schema.describe());
        resolved.err().map(|findings| findings.to_string())
    };
    let wide = findings(Schema::new("aliases").resource::<Wide>());
    assert!(wide.is_some_and(|text| text.contains("`Wide.big` is a `u64`")));
    let fine = findings(Schema::new("aliases").resource::<Aliases>());
    assert_eq!(fine, None);
}

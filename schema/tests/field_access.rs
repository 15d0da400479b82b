//! Fields that only some see are found in whatever serde makes of a row; where they can't be, the schema is refused.

#![allow(missing_docs, reason = "a test: nobody imports it")]

use rowcast_schema::prelude::*;
use rowcast_schema::{Description, resolve};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "coaches")]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[resource(access(read = role("manager")))]
    pub wage: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wrapped(pub Coach);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Transparent {
    pub coach: Coach,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum External {
    Coach(Coach),
    Nobody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum Internal {
    Coach(Coach),
    Guest { name: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "of")]
pub enum Adjacent {
    Coach(Coach),
    Nobody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    Coach(Coach),
    Name(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flattened {
    #[serde(flatten)]
    pub coach: Coach,
    pub stars: u8,
}

/// The command whose answer is of this type.
macro_rules! answering {
    ($($name:ident: $ack:ty),*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
        #[command(ack = $ack)]
        pub struct $name {}
    )*};
}

answering!(
    GetWrapped: Wrapped, GetTransparent: Transparent, GetExternal: External, GetInternal: Internal,
    GetAdjacent: Adjacent, GetUntagged: Untagged, GetFlattened: Flattened
);

fn schema() -> Schema {
    Schema::new("Staff")
        .wide_integers_as_numbers()
        .resource::<Coach>()
}

#[test]
fn a_row_is_found_however_serde_wraps_it() {
    let schema: Description = schema()
        .command::<GetWrapped>()
        .command::<GetTransparent>()
        .command::<GetExternal>()
        .command::<GetInternal>()
        .command::<GetAdjacent>()
        .command::<GetUntagged>()
        .describe();
    let contract = resolve(&schema).unwrap();
    let paths: Vec<String> = contract
        .commands()
        .iter()
        .flat_map(|command| &command.seen_by)
        .map(|field| field.path.join("."))
        .collect();
    let (whole, inner) = ("wage", "Coach.wage");
    assert_eq!(paths, [whole, whole, inner, whole, "of.wage", whole]);
}

#[test]
fn a_row_that_is_flattened_is_refused() {
    let schema = schema().command::<GetFlattened>().describe();
    let findings = resolve(&schema).unwrap_err().to_string();
    assert!(findings.contains("error[row-flattened]"), "{findings}");
    assert!(
        findings.contains("what `GetFlattened` sends has all fields of `Coach` among its own"),
        "{findings}"
    );
}

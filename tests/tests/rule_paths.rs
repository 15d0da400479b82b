//! Where a broken rule in a nested type stands: at the names that the client sent.
#![allow(dead_code, reason = "what is read is looked at by the rules only")]

use std::collections::BTreeMap;

use rowcast_schema::input::{Input, Reading};
use rowcast_schema::prelude::*;
use serde_json::{Value, json};

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(rename_all = "camelCase")]
struct Address {
    #[garde(length(chars, max = 3))]
    street_name: String,
    #[garde(dive)]
    #[serde(default)]
    sub_parts: Vec<Part>,
    #[garde(dive)]
    #[serde(default, rename = "elsewhere")]
    other_part: Option<Part>,
    #[garde(dive)]
    #[serde(default)]
    by_name: BTreeMap<String, Part>,
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
struct Part {
    #[garde(length(chars, max = 3))]
    part_name: String,
    #[garde(length(chars, max = 3))]
    #[serde(default)]
    r#type: String,
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Wrapped(#[garde(dive)] Part);

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Name(#[garde(length(chars, max = 3))] String);

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Pair(#[garde(skip)] u8, #[garde(dive)] Part);

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(rename_all_fields = "camelCase")]
enum Outside {
    Held(#[garde(dive)] Part),
    Fields {
        #[garde(length(chars, max = 3))]
        long_name: String,
    },
    #[serde(rename = "other")]
    Text(#[garde(length(chars, max = 3))] String),
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
enum Inside {
    Held(#[garde(dive)] Part),
    Fields {
        #[garde(length(chars, max = 3))]
        long_name: String,
    },
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(tag = "kind", content = "held", rename_all_fields = "camelCase")]
enum Beside {
    Held(#[garde(dive)] Part),
    Fields {
        #[garde(length(chars, max = 3))]
        long_name: String,
    },
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Untagged {
    Held(#[garde(dive)] Part),
    Fields {
        #[garde(length(chars, max = 3))]
        long_name: String,
    },
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Flat {
    #[garde(dive)]
    #[serde(flatten)]
    part: Part,
}

/// Sends a parcel.
#[derive(Debug, Deserialize, JsonSchema, Command)]
#[serde(rename_all = "camelCase")]
struct Send {
    #[garde(dive)]
    to_address: Option<Address>,
    #[garde(dive)]
    wrapped: Option<Wrapped>,
    #[garde(dive)]
    name: Option<Name>,
    #[garde(dive)]
    pair: Option<Pair>,
    #[garde(dive)]
    outside: Option<Vec<Outside>>,
    #[garde(dive)]
    inside: Option<Inside>,
    #[garde(dive)]
    beside: Option<Beside>,
    #[garde(dive)]
    untagged: Option<Untagged>,
    #[garde(dive)]
    flat: Option<Flat>,
}

fn paths(sent: Value) -> Vec<String> {
    let errors = Send::read(sent, Reading::Strict).expect_err("a rule is broken");
    errors.iter().map(|(path, _)| path.to_owned()).collect()
}

#[test]
fn fields_have_the_names_of_their_style() {
    let sent = json!({ "toAddress": {
        "streetName": "long",
        "subParts": [{ "PART-NAME": "a" }, { "PART-NAME": "long", "TYPE": "long" }],
        "byName": { "some key": { "PART-NAME": "long" } },
    } });
    assert_eq!(
        paths(sent),
        [
            "toAddress.byName.some key.PART-NAME",
            "toAddress.streetName",
            "toAddress.subParts[1].PART-NAME",
            "toAddress.subParts[1].TYPE",
        ]
    );
}

#[test]
fn what_is_behind_a_renamed_field_has_its_name_too() {
    let sent = json!({ "toAddress": { "streetName": "a", "elsewhere": { "PART-NAME": "long" } } });
    assert_eq!(paths(sent), ["toAddress.elsewhere.PART-NAME"]);
}

#[test]
fn newtypes_are_no_level_and_tuples_are() {
    let part = json!({ "PART-NAME": "long" });
    assert_eq!(paths(json!({ "wrapped": part })), ["wrapped.PART-NAME"]);
    assert_eq!(paths(json!({ "name": "long" })), ["name"]);
    assert_eq!(paths(json!({ "pair": [1, part] })), ["pair[1].PART-NAME"]);
}

#[test]
fn choices_stand_where_their_form_puts_them() {
    let part = json!({ "PART-NAME": "long" });
    let outside =
        json!([{ "Held": part }, { "Fields": { "longName": "long" } }, { "other": "long" }]);
    assert_eq!(
        paths(json!({ "outside": outside })),
        [
            "outside[0].Held.PART-NAME",
            "outside[1].Fields.longName",
            "outside[2].other",
        ]
    );
    let inside = json!({ "kind": "Held", "PART-NAME": "long" });
    assert_eq!(paths(json!({ "inside": inside })), ["inside.PART-NAME"]);
    let inside = json!({ "kind": "Fields", "longName": "long" });
    assert_eq!(paths(json!({ "inside": inside })), ["inside.longName"]);
    let beside = json!({ "kind": "Held", "held": part });
    assert_eq!(
        paths(json!({ "beside": beside })),
        ["beside.held.PART-NAME"]
    );
    let beside = json!({ "kind": "Fields", "held": { "longName": "long" } });
    assert_eq!(paths(json!({ "beside": beside })), ["beside.held.longName"]);
    assert_eq!(paths(json!({ "untagged": part })), ["untagged.PART-NAME"]);
    let untagged = json!({ "longName": "long" });
    assert_eq!(
        paths(json!({ "untagged": untagged })),
        ["untagged.longName"]
    );
}

#[test]
fn what_is_flattened_is_no_level() {
    let part = json!({ "PART-NAME": "long" });
    assert_eq!(paths(json!({ "flat": part })), ["flat.PART-NAME"]);
}

/// Answers a comment.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Comment {
    #[garde(length(chars, max = 3))]
    #[serde(default)]
    short_text: String,
    #[garde(length(chars, max = 3))]
    #[serde(default, rename = "as")]
    named: String,
    #[garde(dive)]
    #[serde(default)]
    replies: Vec<Comment>,
}

/// Adds comments.
#[derive(Debug, Deserialize, JsonSchema, Command)]
struct Discuss {
    #[garde(dive)]
    comment: Option<Comment>,
    #[garde(dive)]
    parts: Option<BTreeMap<String, Comment>>,
}

fn of_discussion(sent: Value) -> Vec<String> {
    let errors = Discuss::read(sent, Reading::Strict).expect_err("a rule is broken");
    errors.iter().map(|(path, _)| path.to_owned()).collect()
}

fn nested(depth: usize, innermost: Value) -> Value {
    (0..depth).fold(innermost, |inside, _| json!({ "replies": [inside] }))
}

#[test]
fn a_place_deep_inside_is_found() {
    let sent = json!({ "comment": nested(40, json!({ "short_text": "long" })) });
    let inside = ".replies[0]".repeat(40);
    assert_eq!(of_discussion(sent), [format!("comment{inside}.short_text")]);
}

/// Each level could be a place for the rest of the path: without a bound, such a payload would take hours.
#[test]
fn a_place_that_is_not_found_costs_no_more_than_a_few_readings() {
    let sent = json!({ "comment": nested(40, json!({ "as": "long" })) });
    let inside = ".replies[0]".repeat(40);
    assert_eq!(of_discussion(sent), [format!("comment{inside}.named")]);
    let key = format!("k{}", ".replies.as".repeat(40));
    let entry = json!({ "replies": [{ "as": "long" }] });
    let sent = json!({ "parts": { "k": entry, key.clone(): entry } });
    let found = of_discussion(sent);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found.contains(&format!("parts.{key}.replies[0].named")),
        "{found:?}"
    );
}

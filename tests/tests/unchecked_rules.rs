//! Rules of nested types that garde does not get to are a finding: clients would check what the server does not.
#![allow(dead_code, reason = "what is read is looked at by the generator only")]

use rowcast_schema::prelude::*;
use rowcast_schema::resolve;

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Address {
    #[garde(length(chars, min = 1, max = 40))]
    street: String,
    #[garde(range(min = 1))]
    number: u16,
    #[garde(pattern("^[0-9]{5}$"))]
    code: String,
    #[garde(length(min = 1))]
    doors: Vec<bool>,
}

/// Without `derive(Validate)`, `garde` is an attribute of the JSON Schema alone.
#[derive(Debug, Deserialize, JsonSchema)]
struct Note {
    #[garde(length(chars, min = 3))]
    text: String,
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Holder {
    #[garde(dive)]
    address: Address,
    #[garde(skip)]
    other: Option<Vec<Address>>,
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Plain {
    #[garde(skip)]
    small: u8,
    #[garde(skip)]
    letter: char,
    #[garde(skip)]
    three: [u8; 3],
    #[garde(skip)]
    site: Option<Box<Plain>>,
}

fn messages<C: Command>() -> Vec<String> {
    let found = resolve(&Schema::new("Rules").command::<C>().describe());
    let findings = found.err().unwrap_or_default();
    let findings = findings.as_slice().iter();
    findings
        .map(|finding| {
            assert_eq!(finding.code, "unchecked-rules");
            finding.message.clone()
        })
        .collect()
}

#[test]
fn a_field_that_dives_is_checked() {
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    struct Send {
        #[garde(dive)]
        to: Option<Vec<Address>>,
        plain: Option<Plain>,
    }
    assert_eq!(messages::<Send>(), [""; 0]);
}

#[test]
fn a_field_that_does_not_dive_is_a_finding() {
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    struct Send {
        to: Vec<Address>,
        note: Option<Note>,
    }
    assert_eq!(
        messages::<Send>(),
        [
            "`Address`, in `Send.to`, has rules that the server does not check, though its clients do",
            "`Note`, in `Send.note`, has rules that the server does not check, though its clients do",
        ]
    );
}

#[test]
fn a_field_deeper_inside_that_does_not_dive_is_a_finding() {
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    struct Send {
        #[garde(dive)]
        to: Holder,
    }
    assert_eq!(
        messages::<Send>(),
        [
            "`Address`, in `Send.to`, has rules that the server does not check, though its clients do"
        ]
    );
}

/// What breaks the rule of one choice may be another choice, a set keeps one of the same items, and garde names fields as Rust does.
#[test]
fn what_is_right_is_no_finding() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(untagged)]
    enum Amount {
        Small(u8),
        Whole(u32),
        Many(Vec<u8>),
    }
    #[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
    struct Kinds {
        #[garde(length(chars, min = 2, max = 9))]
        #[serde(rename = "type")]
        kind: String,
        #[garde(length(min = 1, max = 3))]
        tags: std::collections::BTreeSet<String>,
    }
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    struct Send {
        amount: Option<Amount>,
        #[garde(dive)]
        kinds: Kinds,
    }
    assert_eq!(messages::<Send>(), [""; 0]);
}

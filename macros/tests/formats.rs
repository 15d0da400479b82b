//! Formats are read by their rules, wherever a text stands in an input.
#![allow(clippy::unwrap_used, reason = "a test")]

use rowcast_schema::prelude::*;
use rowcast_schema::{Input, Reading};
use serde_json::{Value, json};

/// A date that is kept as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transparent)]
struct Day(#[schemars(extend("format" = "date"))] String);

/// A time that is kept as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transparent)]
struct Moment(#[schemars(extend("format" = "date-time"))] String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Term {
    Sum {
        left: Box<Term>,
        day: Day,
    },
    Product {
        left: Box<Term>,
        day: Day,
        note: Option<String>,
    },
    Leaf(Day),
}

/// Either by the form of a text, so that a choice is known to be wrong as soon as that is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Chain {
    Old {
        address: std::net::Ipv4Addr,
        next: Box<Chain>,
    },
    New {
        address: std::net::Ipv6Addr,
        next: Box<Chain>,
    },
    End(std::net::IpAddr),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Appointment {
    Once { at: Moment },
    Daily { from: Day, note: String },
}

/// A local time that is kept as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transparent)]
struct Local(#[schemars(extend("format" = "partial-date-time"))] String);

/// Only the number of seats tells which one it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Entry {
    Booking { at: Local, seats: u8 },
    Note { at: String, seats: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Size {
    Small(f32),
    Big(f64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum BigFirst {
    Big(f64),
    Small(f32),
}

mod german {
    use serde::{Deserialize, Deserializer};

    /// Reads `01.05.2026`.
    pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<super::Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts: Vec<&str> = text.split('.').rev().collect();
        Ok(super::Day(parts.join("-")))
    }

    pub(crate) fn default() -> super::Day {
        super::Day(String::new())
    }
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Seat {
    #[garde(length(min = 2))]
    name: String,
}

/// Reuses garde in a rule of its own.
fn each_seat(seats: &[Seat], _: &()) -> garde::Result {
    use garde::Validate;
    for (index, seat) in seats.iter().enumerate() {
        let checked = seat.validate();
        checked.map_err(|report| garde::Error::new(format!("seat {index}: {report}")))?;
    }
    Ok(())
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
struct Plan {
    term: Option<Term>,
    appointments: Option<Vec<Appointment>>,
    entry: Option<Entry>,
    size: Option<Size>,
    big_first: Option<BigFirst>,
    days: Option<std::collections::BTreeMap<String, Vec<Day>>>,
    chain: Option<Chain>,
    #[garde(inner(inner(prefix("x"))))]
    words: Option<Vec<String>>,
    #[serde(default = "german::default", deserialize_with = "german::day")]
    german: Day,
    #[serde(default)]
    #[garde(custom(each_seat))]
    seats: Vec<Seat>,
}

/// A type that is an input and contains itself.
#[derive(Debug, Deserialize, JsonSchema, Command)]
struct Folder {
    day: Option<Day>,
    inside: Option<Box<Folder>>,
}

fn read(payload: Value) -> Result<Plan, Value> {
    Plan::read(payload, Reading::Strict).map_err(|errors| serde_json::to_value(&errors).unwrap())
}

#[test]
fn a_format_is_written_in_one_form_and_refused_at_its_place() {
    let once = json!({ "at": "2026-05-01 09:00+0200", "kind": "Once" });
    let daily = json!({ "kind": "Daily", "from": "2026-05-01", "note": "2026-05-01 09:00+0200" });
    let plan = read(json!({ "appointments": [once, daily] })).unwrap();
    let appointments = serde_json::to_value(plan.appointments).unwrap();
    assert_eq!(appointments[0]["at"], "2026-05-01T09:00:00+02:00");
    // What is no format is as it was sent.
    assert_eq!(appointments[1]["note"], "2026-05-01 09:00+0200");

    let wrong = json!({ "kind": "Daily", "from": "1.5.2026", "note": "" });
    let errors = read(json!({ "appointments": [wrong] })).unwrap_err();
    let message = "must be a date, such as 2026-05-01";
    assert_eq!(errors, json!({ "appointments[0].from": [message] }));
}

/// Each level can be one of two, so that all of them together are tried 2^60 times, if nothing stops that.
#[test]
fn choices_within_choices_do_not_keep_the_server_busy() {
    let nested = |leaf: &str| {
        (0..60).fold(
            json!(leaf),
            |left, _| json!({ "left": left, "day": "2026-05-01" }),
        )
    };
    let plan = read(json!({ "term": nested("2026-05-01") })).unwrap();
    assert!(matches!(plan.term, Some(Term::Sum { .. })));
    let errors = read(json!({ "term": nested("x") })).unwrap_err();
    assert!(errors.to_string().contains("is not valid"), "{errors}");
}

#[test]
fn a_choice_is_left_at_its_first_error() {
    let chain = (0..24).fold(json!("::1"), |next, depth| match depth % 2 {
        0 => json!({ "next": next, "address": "::1" }),
        _ => json!({ "address": "127.0.0.1", "next": next }),
    });
    let plan = read(json!({ "chain": chain })).unwrap();
    assert_eq!(serde_json::to_value(plan.chain).unwrap(), chain);
}

#[test]
fn a_text_that_several_choices_could_take_stays_as_it_is() {
    let at = "2026-05-01 09:00";
    let plan = read(json!({ "entry": { "at": at, "seats": 1000 } })).unwrap();
    let note = Entry::Note {
        at: at.into(),
        seats: 1000,
    };
    assert_eq!(plan.entry, Some(note));
}

#[test]
fn no_choice_makes_a_number_infinite() {
    let errors = read(json!({ "size": 1e300 })).unwrap_err();
    assert_eq!(errors, json!({ "size": ["must be a number"] }));
    let plan = read(json!({ "size": 1.5, "big_first": 1e300 })).unwrap();
    assert_eq!(plan.size, Some(Size::Small(1.5)));
    assert_eq!(plan.big_first, Some(BigFirst::Big(1e300)));
}

#[test]
fn no_more_errors_are_told_than_can_be_read() {
    let many = json!({ "k".repeat(10_000): vec![""; 10_000] });
    let text = read(json!({ "days": many })).unwrap_err().to_string();
    assert!(text.len() < 200_000, "{} bytes", text.len());
    let short = json!({ "k": vec![""; 10_000] });
    let errors = read(json!({ "days": short })).unwrap_err();
    assert_eq!(errors.as_object().map(serde_json::Map::len), Some(100));
    let plan = read(json!({ "words": ["x"] })).unwrap();
    assert_eq!(plan.words, Some(vec!["x".to_owned()]));
    let errors = read(json!({ "words": vec![""; 10_000] })).unwrap_err();
    assert_eq!(errors.as_object().map(serde_json::Map::len), Some(100));
}

#[test]
fn a_field_with_a_form_of_its_own_is_left_to_its_function() {
    let days = json!({ "k": ["2026-05-01"] });
    let plan = read(json!({ "german": "01.05.2026", "days": days })).unwrap();
    assert_eq!(plan.german, Day("2026-05-01".into()));
    let days = plan
        .days
        .into_iter()
        .flat_map(std::collections::BTreeMap::into_values);
    assert_eq!(days.flatten().next(), Some(plan.german));
    assert!(plan.seats.is_empty());
}

#[test]
fn what_garde_says_may_stand_in_a_text_of_the_application() {
    let errors = read(json!({ "seats": [{ "name": "" }] })).unwrap_err();
    let message = "seat 0: name: is too short, the minimum is 2\n";
    assert_eq!(errors, json!({ "seats": [message] }));
}

#[test]
fn an_input_within_itself_is_checked_there_too() {
    let folder = json!({ "day": null, "inside": { "day": "x", "inside": null } });
    let errors = Folder::read(folder, Reading::Strict).unwrap_err();
    assert_eq!(
        errors.iter().next().map(|(path, _)| path),
        Some("inside.day")
    );
    let read = Folder::read(json!({ "day": "2026-05-01" }), Reading::Strict).unwrap();
    assert!(read.inside.is_none() && read.day.is_some());
}

/// Formats beside rules of another kind.
#[allow(dead_code, reason = "it is read, and refused")]
#[derive(Debug, Deserialize, JsonSchema, Command)]
struct Booking {
    #[garde(custom(is_fine))]
    at: Option<Day>,
    #[garde(required)]
    from: Option<std::net::IpAddr>,
    #[garde(ip, length(max = 3))]
    host: String,
    #[garde(range(max = 1e16))]
    weight: f64,
}

fn is_fine(_: &Option<Day>, (): &()) -> garde::Result {
    Ok(())
}

#[test]
fn a_rule_does_not_hide_the_format_of_its_field() {
    let sent = json!({ "at": 5, "from": 5, "host": 0, "weight": 1e17 });
    let errors = Booking::read(sent, Reading::Strict).unwrap_err();
    assert_eq!(
        serde_json::to_value(errors.codes()).unwrap(),
        json!({
            "at": [{ "code": "format", "format": "date" }],
            "from": [{ "code": "format", "format": "ip" }],
            "host": [{ "code": "format", "format": "ip" }],
            "weight": [{ "code": "range_max", "max": "10000000000000000" }],
        })
    );
}

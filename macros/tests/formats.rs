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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Appointment {
    Once { at: Moment },
    Daily { from: Day, note: String },
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
struct Plan {
    term: Option<Term>,
    appointments: Option<Vec<Appointment>>,
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

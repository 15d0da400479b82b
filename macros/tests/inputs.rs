//! What the derives emit: inputs, read from what clients send.
//!
//! Long, since it is a table of cases.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use rowcast_schema::prelude::*;
use rowcast_schema::{FieldErrors, Input, Reading, Shown};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 2, max = 40))]
    pub name: String,
    #[garde(range(min = 18))]
    pub age: Option<u8>,
    #[serde(rename = "nickName")]
    #[garde(length(chars, max = 5))]
    pub nick: Option<String>,
    #[serde(skip)]
    #[resource(hidden)]
    pub password_hash: Option<String>,
    #[resource(read_only)]
    pub visits: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[serde(rename_all = "camelCase")]
pub struct GymClass {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = Coach)]
    pub head_coach: CoachName,
    #[resource(belongs_to = Coach)]
    pub second_coach: Option<CoachName>,
    #[serde(default)]
    #[resource(many_to_many = Coach)]
    pub guests: Vec<Coach>,
    #[serde(default = "sixty", deserialize_with = "minutes")]
    pub length: u16,
}

fn sixty() -> u16 {
    60
}

/// Reads hours and minutes: `1:30`.
fn minutes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text
        .split_once(':')
        .and_then(|(hours, minutes)| Some((hours.parse().ok()?, minutes.parse().ok()?)));
    let (hours, minutes): (u16, u16) = parts.ok_or_else(|| serde::de::Error::custom("no colon"))?;
    Ok(hours * 60 + minutes)
}

/// Signs in.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = CoachName, data = "user")]
pub struct Login {
    #[garde(length(chars, min = 1))]
    pub username: String,
    pub remember: Option<bool>,
}

fn errors<T: std::fmt::Debug>(result: Result<T, FieldErrors>) -> Value {
    serde_json::to_value(result.unwrap_err()).unwrap()
}

#[test]
fn an_input_has_what_clients_may_set_and_ignores_the_rest() {
    let sent = json!({ "id": 9, "name": "Ann", "visits": 5, "password_hash": "x", "junk": [] });
    let NewCoach { name, age, nick } = NewCoach::read(sent, Reading::Strict).unwrap();
    assert_eq!((name.as_str(), age, nick), ("Ann", None, None));
}

#[test]
fn a_patch_tells_absent_null_and_value_apart() {
    let patch = |sent: Value| CoachPatch::read(sent, Reading::Strict);
    assert_eq!(patch(json!({ "id": 1 })).unwrap().age, None);
    assert_eq!(
        patch(json!({ "id": 1, "age": null })).unwrap().age,
        Some(None)
    );
    assert_eq!(
        patch(json!({ "id": 1, "age": 20 })).unwrap().age,
        Some(Some(20))
    );
    assert_eq!(
        errors(patch(json!({ "id": 1, "name": null }))),
        json!({ "name": ["must be text"] })
    );
    assert_eq!(
        errors(patch(json!({ "name": "Ann" }))),
        json!({ "id": ["is required"] })
    );
}

#[test]
fn every_wrong_field_is_named_by_its_name_on_the_wire() {
    let wrong = NewCoach::read(json!({ "age": "x", "nickName": 5 }), Reading::Strict);
    let expected = json!({
        "age": ["must be a whole number from 18 to 255"],
        "name": ["is required"],
        "nickName": ["must be text"],
    });
    assert_eq!(errors(wrong), expected);
    let against_rules = NewCoach::read(
        json!({ "name": "A", "age": 17, "nickName": "too long" }),
        Reading::Strict,
    );
    let expected = json!({
        "age": ["must be at least 18"],
        "name": ["is too short, the minimum is 2"],
        "nickName": ["is too long, the maximum is 5"],
    });
    assert_eq!(errors(against_rules), expected);
}

#[test]
fn references_are_read_by_id_and_paths_lead_into_them() {
    let sent = json!({ "headCoach": { "id": 3, "name": "ignored" }, "guests": [{ "id": 1 }, { "id": 2 }], "length": "1:30" });
    let class = NewGymClass::read(sent, Reading::Strict).unwrap();
    assert_eq!(
        (class.head_coach.id, class.second_coach, class.length),
        (3, None, 90)
    );
    assert_eq!(
        class
            .guests
            .iter()
            .map(|guest| guest.id)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    let defaults = NewGymClass::read(json!({ "headCoach": { "id": 3 } }), Reading::Strict).unwrap();
    assert_eq!((defaults.guests.len(), defaults.length), (0, 60));
    let wrong = json!({ "headCoach": {}, "secondCoach": { "id": "x" }, "guests": [{ "id": 1 }, 2], "length": "90" });
    let expected = json!({
        "guests[1]": ["must be an object"],
        "headCoach.id": ["is required"],
        "length": ["is not valid"],
        "secondCoach.id": ["must be a whole number"],
    });
    assert_eq!(errors(NewGymClass::read(wrong, Reading::Strict)), expected);
}

#[test]
fn lenient_reading_takes_what_forms_send() {
    let coach = NewCoach::read(json!({ "name": 1600, "age": "41" }), Reading::Lenient).unwrap();
    assert_eq!((coach.name.as_str(), coach.age), ("1600", Some(41)));
    let class = NewGymClass::read(
        json!({ "headCoach": { "id": "3", "name": "" } }),
        Reading::Lenient,
    )
    .unwrap();
    assert_eq!(class.head_coach.id, 3);
    assert!(NewCoach::read(json!({ "name": 1600, "age": "41" }), Reading::Strict).is_err());
    assert!(NewCoach::read(json!({ "name": "Ann", "age": "" }), Reading::Lenient).is_err());
}

#[test]
fn commands_are_checked_without_deriving_validate() {
    let login = Login::read(json!({ "username": "ann" }), Reading::Strict).unwrap();
    assert_eq!((login.username.as_str(), login.remember), ("ann", None));
    let blank = Login::read(json!({ "username": "" }), Reading::Strict);
    assert_eq!(errors(blank), json!({ "username": ["must not be empty"] }));
    let described = <Login as rowcast_schema::Command>::describe();
    assert_eq!(
        (described.data_key.as_str(), described.doc.as_str()),
        ("user", "Signs in.")
    );
}

#[test]
fn hidden_fields_are_in_no_schema_and_names_are_those_of_the_wire() {
    let description = Schema::new("Gym")
        .resource::<Coach>()
        .resource::<GymClass>()
        .describe();
    let schemas = serde_json::to_string(&(&description.output, &description.input)).unwrap();
    assert!(!schemas.contains("password"), "{schemas}");
    let keys = |name: &str| {
        let properties = description.input[name]["properties"].as_object().unwrap();
        properties.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys("NewCoach"), ["name", "age", "nickName"]);
    assert_eq!(keys("CoachPatch"), ["id", "name", "age", "nickName"]);
    assert_eq!(description.input["CoachPatch"]["required"], json!(["id"]));
    assert_eq!(
        description.input["CoachPatch"]["properties"]["name"]["type"],
        "string"
    );
    assert_eq!(
        keys("NewGymClass"),
        ["headCoach", "secondCoach", "guests", "length"]
    );
    assert_eq!(
        Coach::shown()
            .fields
            .iter()
            .filter(|field| field.hidden)
            .count(),
        1
    );
}

fn refused<T: Input + std::fmt::Debug>(payload: Value) -> Value {
    errors(T::read(payload, Reading::Strict))
}

/// Everything that is checked of a sign-up: each field by itself, two together, and the whole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
#[garde(custom(not_the_name))]
pub struct SignUp {
    #[garde(length(chars, min = 2))]
    pub name: String,
    #[garde(range(min = 18))]
    pub age: u8,
    #[garde(custom(lower_case))]
    pub email: String,
    pub password: String,
    #[serde(rename = "passwordAgain")]
    #[garde(matches(password))]
    pub password_again: String,
    #[garde(inner(length(chars, max = 3)))]
    pub tags: Vec<String>,
}

fn lower_case(text: &str, _: &()) -> garde::Result {
    let lower = text.chars().all(|character| !character.is_uppercase());
    lower
        .then_some(())
        .ok_or_else(|| garde::Error::new("must be in small letters"))
}

fn not_the_name(sign_up: &SignUp, _: &()) -> garde::Result {
    let differs = sign_up.password != sign_up.name;
    differs
        .then_some(())
        .ok_or_else(|| garde::Error::new("the password must not be the name"))
}

#[test]
fn fields_that_can_be_read_are_checked_though_others_can_not() {
    let errors = refused::<SignUp>(json!({
        "name": "x", "age": "old", "email": "A@b.c", "password": "p", "passwordAgain": "q", "tags": ["long", 1],
    }));
    assert_eq!(
        errors,
        json!({
            "age": ["must be a whole number from 18 to 255"],
            "email": ["must be in small letters"],
            "name": ["is too short, the minimum is 2"],
            "passwordAgain": ["must be the same as password"],
            "tags[1]": ["must be text"],
        })
    );
}

#[test]
fn the_whole_is_checked_when_all_fields_are_right() {
    let right = json!({
        "name": "rose", "age": 30, "email": "a@b.c", "password": "rose", "passwordAgain": "rose", "tags": ["a"],
    });
    assert_eq!(
        refused::<SignUp>(right),
        json!({ "_": ["the password must not be the name"] })
    );
}

/// A rule of the user's own holds for patches as for new rows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Account {
    #[resource(id)]
    pub id: i64,
    #[garde(custom(lower_case))]
    pub email: String,
    #[garde(length(chars, min = 2))]
    pub note: Option<String>,
}

#[test]
fn a_patch_is_checked_by_the_same_rules() {
    assert_eq!(
        refused::<AccountPatch>(json!({ "id": 1, "email": "A", "note": "x" })),
        json!({ "email": ["must be in small letters"], "note": ["is too short, the minimum is 2"] })
    );
    let patch = AccountPatch::read(json!({ "id": 1, "note": null }), Reading::Strict).unwrap();
    assert_eq!((patch.email, patch.note), (None, Some(None)));
}

/// Fields whose names the derives use themselves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Odd {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, max = MOST))]
    pub fields: String,
    #[garde(range(min = 1))]
    pub value: u8,
    #[garde(inner(inner(length(chars, max = 2))))]
    pub ruled: Option<Vec<String>>,
    #[garde(length(chars, max = 2), matches(fields))]
    pub reader: String,
    #[garde(length(chars, max = 2))]
    pub payload: String,
    #[garde(length(chars, max = 2))]
    pub r#type: Option<String>,
}

const MOST: usize = 3;

#[test]
fn names_of_fields_do_not_meet_those_of_the_derives() {
    let long = "long";
    assert_eq!(
        refused::<NewOdd>(json!({
            "fields": long, "value": 0, "ruled": ["a", long], "reader": "x", "payload": long, "type": long,
        })),
        json!({
            "fields": ["is too long, the maximum is 3"],
            "payload": ["is too long, the maximum is 2"],
            "reader": ["must be the same as fields"],
            "ruled[1]": ["is too long, the maximum is 2"],
            "type": ["is too long, the maximum is 2"],
            "value": ["must be at least 1"],
        })
    );
    let patch = json!({ "id": 1, "value": 0, "ruled": null, "type": long });
    assert_eq!(
        refused::<OddPatch>(patch),
        json!({ "type": ["is too long, the maximum is 2"], "value": ["must be at least 1"] })
    );
}

/// What travels as a number although its type could hold more than JavaScript does.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Price {
    #[resource(id)]
    pub id: i64,
    #[resource(number)]
    pub cents: i64,
    #[resource(number)]
    pub before: Option<i64>,
}

#[test]
fn no_number_that_javascript_rounds_is_taken() {
    let greatest = (1_i64 << 53) - 1;
    for reading in [Reading::Strict, Reading::Lenient] {
        let right = json!({ "cents": greatest, "before": -greatest });
        assert_eq!(NewPrice::read(right, reading).unwrap().cents, greatest);
        let wrong = json!({ "id": 1, "cents": greatest + 1, "before": i64::MIN });
        let expected = json!({
            "before": ["must be a whole number"],
            "cents": ["must be a whole number"],
        });
        let new = NewPrice::read(wrong.clone(), reading).unwrap_err();
        assert_eq!(serde_json::to_value(new).unwrap(), expected);
        let patch = PricePatch::read(wrong, reading).unwrap_err();
        assert_eq!(serde_json::to_value(patch).unwrap(), expected);
    }
}

/// An `Option` that serde wants to be sent, because it has a `with`.
#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Count {
    #[serde(with = "OptionalDigits")]
    pub sent: Option<u64>,
    #[serde(default, with = "OptionalDigits")]
    pub left_out: Option<u64>,
}

#[test]
fn an_option_with_a_form_of_its_own_must_be_sent_to_a_command() {
    let errors = Count::read(json!({}), Reading::Strict).unwrap_err();
    assert_eq!(
        serde_json::to_value(errors).unwrap(),
        json!({ "sent": ["is required"] })
    );
    let negative = Count::read(json!({ "sent": "-1", "left_out": 5 }), Reading::Strict);
    let errors = negative.unwrap_err();
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        json!({
            "left_out": ["must be a whole number as text, such as \"7\""],
            "sent": ["must be a whole number from 0 to 18446744073709551615"],
        })
    );
    assert_eq!(
        serde_json::to_value(errors.codes()).unwrap()["sent"],
        json!([{ "code": "integer", "min": 0, "max": "18446744073709551615" }])
    );
    let count = Count::read(json!({ "sent": null }), Reading::Strict).unwrap();
    assert_eq!((count.sent, count.left_out), (None, None));
}

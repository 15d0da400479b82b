//! The contract lock: what each change of a contract means for clients and files, rule by rule.
//!
//! Long, since it is a table of cases.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use std::collections::BTreeMap;

use rowcast_codegen::lock::{Impact, Lock, LockedCall, StoredColumn, compare};
use rowcast_schema::contract::{Property, Scalar, Shape, TextFormat};
use rowcast_schema::description::{Allowed, OnDelete, Verb};
use rowcast_schema::prelude::*;
use rowcast_schema::resolve;
use rowcast_schema::rule::Rule;
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(unique(name, age))]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, max = 40))]
    pub name: String,
    pub age: Option<u8>,
    #[resource(unique)]
    pub username: Option<String>,
    pub level: Level,
    pub award: Award,
    pub scores: BTreeMap<String, Vec<u16>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub enum Level {
    Junior,
    Senior,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum Award {
    None,
    Medal { year: u16 },
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Team {
    #[resource(id)]
    pub id: i64,
    #[resource(many_to_many = Coach)]
    pub coaches: Vec<Coach>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = Session)]
pub struct Login {
    pub name: String,
    pub remember: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
pub struct Logout {}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    pub token: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
pub struct Notice {
    pub text: String,
}

fn schema() -> Description {
    Schema::new("Gym")
        .resource::<Coach>()
        .resource::<Team>()
        .command::<Login>()
        .command::<Logout>()
        .event::<Notice>()
        .describe()
}

fn lock() -> Lock {
    Lock::of(&resolve(&schema()).unwrap())
}

/// The properties of a named type.
fn fields<'l>(lock: &'l mut Lock, name: &str) -> &'l mut Vec<Property> {
    match lock.wire.types.get_mut(name).unwrap() {
        Shape::Object(fields) => fields,
        other => panic!("{name} is {other:?}"),
    }
}

fn field<'l>(lock: &'l mut Lock, name: &str, field: &str) -> &'l mut Property {
    let mut found = fields(lock, name).iter_mut();
    found.find(|own| own.name == field).unwrap()
}

fn set(lock: &mut Lock, name: &str, own: &str, shape: Value) {
    field(lock, name, own).shape = serde_json::from_value(shape).unwrap();
}

fn property(name: &str, optional: bool) -> Property {
    serde_json::from_value(json!({
        "name": name, "shape": { "scalar": "boolean" }, "optional": optional,
    }))
    .unwrap()
}

fn text() -> Value {
    json!({ "scalar": { "text": "plain" } })
}

fn choices(names: &[&str]) -> Shape {
    Shape::Union(
        names
            .iter()
            .map(|name| Shape::Literal(json!(name)))
            .collect(),
    )
}

fn medal(fields: Value) -> Shape {
    serde_json::from_value(json!({ "union": [
        { "object": [{ "name": "kind", "shape": { "literal": "None" } }] },
        { "object": fields },
    ]}))
    .unwrap()
}

/// A change, by whom it breaks, its code, its path and its text.
type Case = (
    fn(&mut Lock),
    Impact,
    &'static str,
    &'static str,
    &'static str,
);

use Impact::{BreaksClients, BreaksStoredData, Safe};

const CASES: &[Case] = &[
    // Items and their events.
    (
        |l| drop(l.wire.resources.remove("Team")),
        BreaksClients,
        "item-removed",
        "Team",
        "is gone: its calls are answered with an error, and its list is not sent",
    ),
    (
        |l| drop(l.wire.commands.remove("Login")),
        BreaksClients,
        "item-removed",
        "Login",
        "is gone: calls of it are answered with an error",
    ),
    (
        |l| drop(l.wire.events.remove("Notice")),
        BreaksClients,
        "item-removed",
        "Notice",
        "is gone: clients that listen for it get it no more",
    ),
    (
        |l| {
            let mut bell = l.wire.events["Notice"].clone();
            bell.event = "bell".into();
            drop(l.wire.events.insert("Bell".into(), bell))
        },
        Safe,
        "item-added",
        "Bell",
        "is a new event",
    ),
    (
        |l| l.wire.resources.get_mut("Coach").unwrap().list = "trainers".into(),
        BreaksClients,
        "event-renamed",
        "Coach",
        "has another list event name: `coaches` became `trainers`",
    ),
    (
        |l| l.wire.resources.get_mut("Coach").unwrap().changes = "x".into(),
        BreaksClients,
        "event-renamed",
        "Coach",
        "has another changes event name: `coaches:changes` became `x`",
    ),
    (
        |l| l.wire.resources.get_mut("Coach").unwrap().on_request = true,
        BreaksClients,
        "list-on-request",
        "Coach",
        "sends whole lists only when they are asked for: plain sockets miss changes",
    ),
    (
        |l| l.wire.resources.get_mut("Coach").unwrap().access.create = Some(Allowed::SignedIn),
        BreaksClients,
        "access-narrowed",
        "Coach",
        "`create` is allowed to callers that are signed in, and was allowed to callers that the guard allows",
    ),
    (
        |l| field(l, "Coach", "age").access = Some(Allowed::SignedIn),
        BreaksClients,
        "access-narrowed",
        "Coach.age",
        "reading it is allowed to callers that are signed in, and was allowed to all callers",
    ),
    (
        |l| field(l, "NewCoach", "age").access = Some(Allowed::SignedIn),
        BreaksClients,
        "access-narrowed",
        "NewCoach.age",
        "setting it is allowed to callers that are signed in, and was allowed to all callers",
    ),
    (
        |l| l.wire.commands.get_mut("Login").unwrap().access = Some(Allowed::Anyone),
        Safe,
        "access-widened",
        "Login",
        "the call is allowed to all callers, and was allowed to callers that the guard allows",
    ),
    (
        |l| l.wire.resources.get_mut("Coach").unwrap().scope = Some("Team".into()),
        BreaksClients,
        "scope-added",
        "Coach",
        "is sent only to clients that see the `Team` of the row: others miss rows that they had before",
    ),
    (
        |l| l.wire.commands.get_mut("Login").unwrap().event = "sign_in".into(),
        BreaksClients,
        "event-renamed",
        "Login",
        "has another event name: `login` became `sign_in`",
    ),
    (
        |l| drop(l.wire.resources.get_mut("Coach").unwrap().calls.pop_first()),
        BreaksClients,
        "call-removed",
        "Coach",
        "no longer serves `new_coach`",
    ),
    (
        |l| l.wire.commands.get_mut("Login").unwrap().transaction = true,
        Safe,
        "key-taken",
        "Login",
        "is a `transaction` now, so it takes keys",
    ),
    (
        |l| l.wire.commands.get_mut("Login").unwrap().data = "user".into(),
        BreaksClients,
        "data-key-changed",
        "Login",
        "has the data of its ack under another key: `data` became `user`",
    ),
    (
        |l| l.wire.commands.get_mut("Login").unwrap().lenient = true,
        Safe,
        "made-lenient",
        "Login",
        "takes text for numbers, as forms send it",
    ),
    // What is sent.
    (
        |l| drop(fields(l, "Coach").remove(1)),
        BreaksClients,
        "field-removed",
        "Coach.name",
        "is no longer sent",
    ),
    (
        |l| fields(l, "Coach").push(property("tall", false)),
        Safe,
        "field-added",
        "Coach.tall",
        "is new in what is sent, where older clients ignore it",
    ),
    (
        |l| field(l, "Coach", "name").optional = true,
        BreaksClients,
        "field-optional",
        "Coach.name",
        "may be missing in what is sent",
    ),
    (
        |l| set(l, "Coach", "name", json!({ "union": [text(), "null"] })),
        BreaksClients,
        "null-added",
        "Coach.name",
        "may be null",
    ),
    (
        |l| {
            set(
                l,
                "Coach",
                "age",
                json!({ "scalar": { "integer": "uint8" } }),
            )
        },
        Safe,
        "null-removed",
        "Coach.age",
        "may not be null any more",
    ),
    (
        |l| {
            set(
                l,
                "Coach",
                "name",
                json!({ "scalar": { "number": "double" } }),
            )
        },
        BreaksClients,
        "type-changed",
        "Coach.name",
        "has another type: what is sent is not of the older type any more",
    ),
    (
        |l| set(l, "Coach", "name", json!("any")),
        BreaksClients,
        "type-widened",
        "Coach.name",
        "is sent with values that it could not have before",
    ),
    (
        |l| set(l, "Coach", "name", json!({ "scalar": { "text": "uuid" } })),
        Safe,
        "type-narrowed",
        "Coach.name",
        "is text of a certain form only",
    ),
    (
        |l| {
            drop(
                l.wire
                    .types
                    .insert("Level".into(), choices(&["Junior", "Senior", "Head"])),
            )
        },
        BreaksClients,
        "choice-added",
        "Coach.level",
        "has a new choice: \"Head\"",
    ),
    (
        |l| drop(l.wire.types.insert("Level".into(), choices(&["Junior"]))),
        Safe,
        "choice-removed",
        "Coach.level",
        "lost the choice \"Senior\"",
    ),
    (
        |l| {
            drop(l.wire.types.insert(
                "Award".into(),
                medal(json!([{ "name": "kind", "shape": { "literal": "Medal" } }])),
            ))
        },
        BreaksClients,
        "field-removed",
        "Coach.award<kind: \"Medal\">.year",
        "is no longer sent",
    ),
    (
        |l| {
            set(
                l,
                "Coach",
                "scores",
                json!({ "map": { "list": { "scalar": { "number": "double" } } } }),
            )
        },
        Safe,
        "type-widened",
        "Coach.scores{}[]",
        "may have a fraction",
    ),
    (
        |l| set(l, "Session", "token", json!({ "union": [text(), "null"] })),
        BreaksClients,
        "null-added",
        "token in the ack of Login",
        "may be null",
    ),
    (
        |l| set(l, "Notice", "text", json!({ "list": text() })),
        BreaksClients,
        "type-changed",
        "Notice.text",
        "has another type: what is sent is not of the older type any more",
    ),
    (
        |l| call(l, Verb::Create).event = "add_coach".into(),
        BreaksClients,
        "call-removed",
        "Coach",
        "no longer serves `new_coach`, but `add_coach`",
    ),
    (
        |l| {
            *call(l, Verb::Create) = LockedCall {
                event: "add_coach".into(),
                aliases: vec!["new_coach".into()],
            }
        },
        Safe,
        "call-added",
        "Coach",
        "serves `add_coach` too",
    ),
    // What is accepted.
    (
        |l| drop(fields(l, "NewCoach").remove(0)),
        Safe,
        "field-removed",
        "NewCoach.name",
        "is ignored when it is sent",
    ),
    (
        |l| fields(l, "NewCoach").push(property("tall", false)),
        BreaksClients,
        "field-required",
        "NewCoach.tall",
        "must be sent, which older clients do not do",
    ),
    (
        |l| fields(l, "NewCoach").push(property("tall", true)),
        Safe,
        "field-added",
        "NewCoach.tall",
        "is new in what is accepted, and may be left out",
    ),
    (
        |l| field(l, "NewCoach", "age").optional = false,
        BreaksClients,
        "field-required",
        "NewCoach.age",
        "must be sent, which older clients may not do",
    ),
    (
        |l| field(l, "NewCoach", "name").optional = true,
        Safe,
        "field-optional",
        "NewCoach.name",
        "may be left out in what is accepted",
    ),
    (
        |l| set(l, "Login", "remember", json!({ "scalar": "boolean" })),
        BreaksClients,
        "null-removed",
        "Login.remember",
        "may not be null any more",
    ),
    (
        |l| {
            set(
                l,
                "CoachPatch",
                "age",
                json!({ "union": [{ "scalar": { "integer": "int8" } }, "null"] }),
            )
        },
        BreaksClients,
        "type-narrowed",
        "CoachPatch.age",
        "is no longer accepted with all values that it could have before",
    ),
    (
        |l| {
            set(
                l,
                "CoachPatch",
                "age",
                json!({ "union": [{ "scalar": { "integer": "uint16" } }, "null"] }),
            )
        },
        Safe,
        "type-widened",
        "CoachPatch.age",
        "is accepted with values that it could not have before",
    ),
    (
        |l| drop(l.wire.types.insert("Level".into(), choices(&["Junior"]))),
        BreaksClients,
        "choice-removed",
        "NewCoach.level",
        "lost the choice \"Senior\"",
    ),
    (
        |l| {
            drop(
                l.wire
                    .types
                    .insert("Level".into(), choices(&["Junior", "Senior", "Head"])),
            )
        },
        Safe,
        "choice-added",
        "NewCoach.level",
        "has a new choice: \"Head\"",
    ),
    (
        |l| {
            set(
                l,
                "NewCoach",
                "name",
                json!({ "checked": [text(), [{ "length": { "unit": "characters", "min": null, "max": 30 } }]] }),
            )
        },
        BreaksClients,
        "rule-tightened",
        "NewCoach.name",
        "has a new rule: length at most 30 (40 before)",
    ),
    (
        |l| {
            set(
                l,
                "NewCoach",
                "name",
                json!({ "checked": [text(), [{ "length": { "unit": "characters", "min": null, "max": 50 } }]] }),
            )
        },
        Safe,
        "rule-loosened",
        "NewCoach.name",
        "lost a rule: length at most 40 (50 now)",
    ),
    (
        |l| {
            set(
                l,
                "Login",
                "name",
                json!({ "checked": [text(), [Rule::Contains("@".into())]] }),
            )
        },
        BreaksClients,
        "rule-tightened",
        "Login.name",
        "has a new rule: must contain \"@\"",
    ),
    (
        |l| l.tables.get_mut("coaches").unwrap().unique.clear(),
        BreaksStoredData,
        "key-unique",
        "table coaches",
        "accepts rows with the same values, which older files still reject, in age and name",
    ),
    (
        |l| {
            l.tables
                .get_mut("coaches")
                .unwrap()
                .unique
                .push(vec!["level".into()])
        },
        BreaksStoredData,
        "key-unique",
        "table coaches",
        "rejects rows with the same values, which older files may have, in level",
    ),
    (
        |l| l.wire.commands.get_mut("Logout").unwrap().payload = Some(Shape::Object(Vec::new())),
        BreaksClients,
        "payload-required",
        "Logout",
        "must be sent with a payload, which older clients do not do",
    ),
    // Choices that are wider or narrower than others.
    (
        |l| set(l, "Login", "name", json!({ "literal": "Rose" })),
        BreaksClients,
        "type-narrowed",
        "Login.name",
        "is no longer accepted with all values that it could have before",
    ),
    (
        |l| set(l, "Session", "token", json!({ "literal": true })),
        BreaksClients,
        "type-changed",
        "token in the ack of Login",
        "has another type: what is sent is not of the older type any more",
    ),
    // What is stored.
    (
        |l| drop(l.tables.remove("team_coaches")),
        BreaksStoredData,
        "table-removed",
        "table team_coaches",
        "is no longer used: its rows stay in the file, and clients see none of them",
    ),
    (
        |l| drop(l.tables.insert("x".into(), l.tables["teams"].clone())),
        Safe,
        "table-added",
        "table x",
        "is created when the file is opened",
    ),
    (
        |l| drop(columns(l).remove("name")),
        BreaksStoredData,
        "column-removed",
        "column coaches.name",
        "is no longer used, but older files demand a value in it: the server does not open them",
    ),
    (
        |l| drop(columns(l).remove("age")),
        BreaksStoredData,
        "column-removed",
        "column coaches.age",
        "is no longer used: its values stay in the file, and clients see none of them",
    ),
    (
        |l| {
            let name = columns(l)["name"].clone();
            columns(l).insert("x".into(), name);
        },
        BreaksStoredData,
        "column-added",
        "column coaches.x",
        "must have a value, which rows of older files lack: the server does not open them",
    ),
    (
        |l| {
            let age = columns(l)["age"].clone();
            columns(l).insert("x".into(), age);
        },
        Safe,
        "column-added",
        "column coaches.x",
        "is added when the file is opened",
    ),
    (
        |l| {
            columns(l).get_mut("name").unwrap().kind =
                serde_json::from_value(json!("real")).unwrap()
        },
        BreaksStoredData,
        "column-type",
        "column coaches.name",
        "is stored in another form, which older values do not have",
    ),
    (
        |l| columns(l).get_mut("name").unwrap().nullable = true,
        BreaksStoredData,
        "column-null",
        "column coaches.name",
        "may be null, which the columns of older files reject",
    ),
    (
        |l| columns(l).get_mut("age").unwrap().nullable = false,
        BreaksStoredData,
        "column-null",
        "column coaches.age",
        "must have a value, which older rows may lack",
    ),
    (
        |l| columns(l).get_mut("name").unwrap().unique = true,
        BreaksStoredData,
        "column-unique",
        "column coaches.name",
        "must be unique, which older rows may not be",
    ),
    (
        |l| columns(l).get_mut("username").unwrap().unique = false,
        BreaksStoredData,
        "column-unique",
        "column coaches.username",
        "may repeat, which older files still reject",
    ),
    (
        |l| drop(l.wire.types.insert("Level".into(), choices(&["Junior"]))),
        BreaksStoredData,
        "stored-value",
        "column coaches.level",
        "holds values in older files that its type does not read: it lost the choice \"Senior\"",
    ),
    (
        |l| *columns(l).get_mut("age").unwrap() = native("integer", json!({ "integer": "int8" })),
        BreaksStoredData,
        "stored-value",
        "column coaches.age",
        "holds values in older files that its type does not read: it is no longer accepted with all values that it could have before",
    ),
    (
        |l| {
            let pairs = l.tables.get_mut("team_coaches").unwrap();
            pairs.columns.get_mut("coach_id").unwrap().references = Some("people".into());
        },
        BreaksStoredData,
        "column-reference",
        "column team_coaches.coach_id",
        "no longer holds ids of `coaches`, which older files still demand",
    ),
    (
        |l| {
            let pairs = l.tables.get_mut("team_coaches").unwrap();
            pairs.columns.get_mut("coach_id").unwrap().on_delete = OnDelete::Remove;
        },
        Safe,
        "on-delete",
        "column team_coaches.coach_id",
        "now lets its pair go when the row that it refers to is deleted",
    ),
];

fn native(kind: &str, scalar: Value) -> StoredColumn {
    serde_json::from_value(json!({
        "kind": kind, "codec": "native", "nullable": true, "value": { "scalar": scalar },
    }))
    .unwrap()
}

fn call(lock: &mut Lock, verb: Verb) -> &mut LockedCall {
    let coach = lock.wire.resources.get_mut("Coach").unwrap();
    coach.calls.get_mut(&verb).unwrap()
}

fn columns(lock: &mut Lock) -> &mut BTreeMap<String, StoredColumn> {
    &mut lock.tables.get_mut("coaches").unwrap().columns
}

#[test]
fn each_change_is_classed_with_its_reason() {
    for (spoil, impact, code, path, message) in CASES {
        let older = lock();
        let mut newer = older.clone();
        spoil(&mut newer);
        let changes = compare(&older, &newer);
        let found = changes.iter().any(|change| {
            (change.impact, change.code, &*change.path, &*change.message)
                == (*impact, code, path, message)
        });
        assert!(
            found,
            "{impact}: {path} {message} [{code}]\nfound: {changes:#?}"
        );
        // What breaks files can't be undone by the reader of the message without knowing how.
        for change in changes
            .iter()
            .filter(|change| change.impact == BreaksStoredData)
        {
            assert!(change.help.is_some(), "{change:?}");
        }
    }
}

#[test]
fn a_loosening_the_other_way_round_is_no_breakage() {
    // What the server no longer demands breaks no client, and no file.
    let older = lock();
    let mut newer = older.clone();
    field(&mut newer, "NewCoach", "name").optional = true;
    let changes = compare(&older, &newer);
    assert!(
        changes.iter().all(|change| change.impact == Safe),
        "{changes:?}"
    );
}

#[test]
fn a_command_that_takes_no_keys_any_more_breaks_clients_that_send_them() {
    let newer = lock();
    let mut older = newer.clone();
    older.wire.commands.get_mut("Login").unwrap().transaction = true;
    let changes = compare(&older, &newer);
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].impact, changes[0].code, &*changes[0].message),
        (
            BreaksClients,
            "key-refused",
            "is no `transaction` any more: calls with a key, as older clients send them, are rejected"
        )
    );
}

#[test]
fn the_same_contract_has_no_changes_and_the_same_text() {
    let lock = lock();
    assert_eq!(compare(&lock, &lock.clone()), []);
    let text = lock.text().unwrap();
    assert_eq!(Lock::parse(&text, "here").unwrap(), lock);
    assert_eq!(Lock::of(&contract_again()).text().unwrap(), text);
}

/// The same as what they are called here, by other names of their structs.
mod renamed {
    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(
        plural = "teams",
        events(
            create = "new_team",
            update = "update_team",
            delete = "delete_team",
            get = "get_team",
            list = "list_teams"
        )
    )]
    pub struct Squad {
        #[resource(id)]
        pub id: i64,
        pub name: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
    #[command(event = "logout")]
    pub struct SignOut {}

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(name = "notice")]
    pub struct Message {
        pub text: String,
    }

    /// Before it was renamed.
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Team {
        #[resource(id)]
        pub id: i64,
        pub name: String,
    }
}

#[test]
fn the_name_of_a_struct_does_not_travel() {
    let of = |schema: Schema| Lock::of(&resolve(&schema.describe()).unwrap());
    let schema = Schema::new("Gym").resource::<renamed::Team>();
    let older = of(schema.command::<Logout>().event::<Notice>());
    let schema = Schema::new("Gym").resource::<renamed::Squad>();
    let mut newer = of(schema
        .command::<renamed::SignOut>()
        .event::<renamed::Message>());
    assert_eq!(compare(&older, &newer), []);

    drop(fields(&mut newer, "NewSquad").remove(0));
    fields(&mut newer, "Squad")[1].optional = true;
    let found = compare(&older, &newer)
        .into_iter()
        .map(|change| change.path);
    assert_eq!(found.collect::<Vec<_>>(), ["Team.name", "NewTeam.name"]);
}

/// Rows as they were, and as they are.
mod rows {
    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Medal {
        pub year: u16,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Room {
        #[resource(id, by_client)]
        pub id: String,
        pub level: Level,
        pub medal: Medal,
        #[resource(read_only)]
        pub visits: i32,
        #[serde(skip)]
        #[resource(hidden)]
        #[allow(dead_code, reason = "only its column counts")]
        pub code: u16,
    }

    pub mod later {
        use super::super::*;

        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        pub struct Medal {
            pub year: u16,
            #[serde(default)]
            pub gold: bool,
        }

        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
        pub struct Room {
            #[resource(id, by_client)]
            pub id: String,
            pub level: String,
            pub medal: Medal,
            #[resource(read_only)]
            pub visits: u32,
            #[serde(skip)]
            #[resource(hidden)]
            #[allow(dead_code, reason = "only its column counts")]
            pub code: u8,
        }
    }
}

#[test]
fn older_rows_must_be_readable_by_the_newer_types() {
    let of = |schema: Schema| Lock::of(&resolve(&schema.describe()).unwrap());
    let older = of(Schema::new("Gym").resource::<rows::Room>());
    let newer = of(Schema::new("Gym").resource::<rows::later::Room>());
    let broken = |older: &Lock, newer: &Lock| -> Vec<String> {
        compare(older, newer)
            .into_iter()
            .filter(|change| change.impact == BreaksStoredData)
            .map(|change| change.path)
            .collect()
    };
    // An enum is text to a `String`, a key with a default may be absent, a number may be too large or negative.
    assert_eq!(
        broken(&older, &newer),
        ["column rooms.code", "column rooms.visits"]
    );
    assert_eq!(
        broken(&newer, &older),
        ["column rooms.level", "column rooms.visits"]
    );

    let mut by_uuid = older.clone();
    let id = by_uuid
        .tables
        .get_mut("rooms")
        .unwrap()
        .columns
        .get_mut("id")
        .unwrap();
    id.value = Some(Shape::Scalar(Scalar::Text(TextFormat::Uuid)));
    assert_eq!(broken(&older, &by_uuid), ["column rooms.id"]);
    assert_eq!(broken(&by_uuid, &older), Vec::<String>::new());
}

/// Choices of which several look alike from afar, and that mention a name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Drawing {
    Whole(i32),
    Part(f64),
    Line((Point, Point)),
    Path(Vec<Point>),
    Point(Point),
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    pub x: i32,
    pub y: i32,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = Drawing)]
pub struct Draw {
    pub drawing: Drawing,
}

fn drawing() -> Lock {
    let schema = Schema::new("Gym").command::<Draw>().describe();
    Lock::of(&resolve(&schema).unwrap())
}

#[test]
fn choices_that_look_alike_are_compared_with_themselves() {
    let older = drawing();
    assert_eq!(compare(&older, &older.clone()), []);

    let mut newer = older.clone();
    fields(&mut newer, "Point").push(property("far", true));
    let changes = compare(&older, &newer);
    assert!(
        changes
            .iter()
            .all(|change| change.impact == Safe && change.code == "field-added"),
        "{changes:#?}"
    );
}

/// The impact of a change of what `Draw` takes and answers from one type to another.
fn impacts(old: &Shape, new: &Shape) -> (Vec<Impact>, Vec<Impact>) {
    let mut locks = [old, new].map(|shape| {
        let mut lock = drawing();
        drop(lock.wire.types.insert("Drawing".into(), shape.clone()));
        lock
    });
    let [older, newer] = &mut locks;
    let (sent, accepted): (Vec<_>, Vec<_>) = compare(older, newer)
        .into_iter()
        .partition(|change| change.path.contains("the ack"));
    let impacts = |changes: Vec<rowcast_codegen::lock::Change>| {
        let mut impacts: Vec<_> = changes.into_iter().map(|change| change.impact).collect();
        impacts.dedup();
        impacts
    };
    (impacts(sent), impacts(accepted))
}

#[test]
fn a_wider_type_breaks_those_who_get_it_a_narrower_one_those_who_send_it() {
    let shape = |json: Value| -> Shape { serde_json::from_value(json).unwrap() };
    let number = || json!({ "scalar": { "number": "double" } });
    let narrow_and_wide = [
        (choices(&["Junior", "Senior"]), shape(text())),
        (choices(&["Junior"]), choices(&["Junior", "Senior"])),
        (Shape::Literal(json!("Junior")), shape(text())),
        (shape(json!({ "union": [text(), "null"] })), Shape::Any),
        (
            shape(json!({ "union": [{ "scalar": { "integer": "int8" } }, text()] })),
            shape(json!({ "union": [number(), { "scalar": { "integer": "int8" } }, text()] })),
        ),
    ];
    for (narrow, wide) in narrow_and_wide {
        let (sent, accepted) = impacts(&narrow, &wide);
        assert!(sent.contains(&BreaksClients), "{narrow:?} {wide:?}");
        assert_eq!(accepted, [Safe], "{narrow:?} {wide:?}");
        let (sent, accepted) = impacts(&wide, &narrow);
        assert_eq!(sent, [Safe], "{wide:?} {narrow:?}");
        assert!(accepted.contains(&BreaksClients), "{wide:?} {narrow:?}");
    }
}

#[test]
fn a_choice_that_became_another_value_is_no_wider_type() {
    let (sent, accepted) = impacts(
        &Shape::Literal(json!("Only")),
        &serde_json::from_value(json!({ "scalar": { "integer": "int32" } })).unwrap(),
    );
    assert_eq!((sent, accepted), (vec![BreaksClients], vec![BreaksClients]));
}

#[test]
fn a_field_that_is_gone_is_ignored_refused_or_one_of_the_others() {
    let object = |names: &[&str]| -> Vec<Property> {
        names.iter().map(|name| property(name, false)).collect()
    };
    let (both, one) = (object(&["x", "y"]), object(&["x"]));
    let closed = |fields| Shape::Checked(Box::new(Shape::Object(fields)), vec![Rule::NoOtherKeys]);
    let (_, accepted) = impacts(&Shape::Object(both.clone()), &Shape::Object(one.clone()));
    assert_eq!(accepted, [Safe]);
    let (_, accepted) = impacts(&closed(both.clone()), &closed(one.clone()));
    assert_eq!(accepted, [BreaksClients]);
    let open = |fields, rest| Shape::Open(fields, Box::new(Shape::Scalar(rest)));
    let rest = Scalar::Text(TextFormat::Plain);
    let (_, accepted) = impacts(&open(both.clone(), rest), &open(one.clone(), rest));
    assert_eq!(accepted, [BreaksClients]);
    let rest = Scalar::Boolean;
    let (_, accepted) = impacts(&open(both, rest), &open(one, rest));
    assert_eq!(accepted, []);
}

#[test]
fn a_field_that_may_be_missing_may_be_gone() {
    let old = Shape::Object(vec![property("x", true)]);
    let (sent, _) = impacts(&old, &Shape::Object(Vec::new()));
    assert_eq!(sent, [Safe]);
}

#[test]
fn an_untagged_object_may_gain_a_field() {
    let object = |fields: Vec<Property>| {
        Shape::Union(vec![Shape::Object(fields), Shape::Scalar(Scalar::Boolean)])
    };
    let old = object(vec![property("x", false), property("y", false)]);
    let new = object(vec![
        property("x", false),
        property("y", false),
        property("z", true),
    ]);
    assert_eq!(impacts(&old, &new), (vec![Safe], vec![Safe]));
}

/// A command that contains itself, in a place with a rule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
pub struct Nest {
    pub name: String,
    #[garde(custom(not_too_deep))]
    pub inner: Option<Box<Nest>>,
}

fn not_too_deep(_: &Option<Box<Nest>>, (): &()) -> garde::Result {
    Ok(())
}

#[test]
fn a_type_that_contains_itself_under_a_rule_is_compared_once() {
    let schema = Schema::new("Gym").command::<Nest>().describe();
    let older = Lock::of(&resolve(&schema).unwrap());
    assert_eq!(compare(&older, &older.clone()), []);

    let mut newer = older.clone();
    set(&mut newer, "Nest", "name", json!({ "scalar": "boolean" }));
    let paths: Vec<String> = compare(&older, &newer)
        .into_iter()
        .map(|change| change.path)
        .collect();
    assert_eq!(paths, ["Nest.name"]);
}

fn contract_again() -> rowcast_schema::Contract {
    // Another order of registration is the same contract to everybody outside.
    let schema = Schema::new("Gym")
        .event::<Notice>()
        .command::<Logout>()
        .command::<Login>()
        .resource::<Team>()
        .resource::<Coach>()
        .describe();
    resolve(&schema).unwrap()
}

#[test]
fn clients_of_earlier_contracts_are_known_until_one_breaks_them() {
    let first = lock();
    let mut second = lock();
    second.fingerprint = "2".into();
    fields(&mut second, "Coach").push(property("tall", false));
    let second = second.following(&first);
    assert_eq!(second.compatible, std::slice::from_ref(&first.fingerprint));

    let mut third = second.clone();
    third.fingerprint = "3".into();
    third.compatible = Vec::new();
    let third = third.following(&second);
    assert_eq!(third.compatible, [first.fingerprint.clone(), "2".into()]);

    let mut breaking = lock();
    breaking.fingerprint = "4".into();
    fields(&mut breaking, "Coach").pop();
    assert_eq!(breaking.following(&third).compatible, Vec::<String>::new());
}

#[test]
fn what_is_no_lock_says_where_and_what_to_do() {
    let error = Lock::parse("{ \"format\": 1 }", "rowcast.lock.json")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("rowcast.lock.json: this is no contract lock"),
        "{error}"
    );
    assert!(
        error.ends_with(
            "help: restore it from version control, or remove it and write it anew by `cargo codegen lock`"
        ),
        "{error}"
    );
}

#[test]
fn digits_that_become_a_bigint_are_the_same_on_the_wire() {
    let with = |format: &str| {
        let mut changed = lock();
        set(
            &mut changed,
            "Notice",
            "text",
            json!({ "scalar": { "text": format } }),
        );
        changed
    };
    let found = compare(&with("digits"), &with("big_int"));
    let codes: Vec<_> = found.iter().map(|one| (one.impact, one.code)).collect();
    assert_eq!(codes, [(Safe, "type-decoded")]);
    let found = compare(&with("digits"), &with("plain"));
    assert_eq!(found[0].impact, BreaksClients);
}

#[test]
fn a_rule_is_not_compared_with_the_limits_of_its_type() {
    let with = |min: u8| {
        let mut changed = lock();
        let rules = json!([
            { "integer": { "min": 0, "max": 255 } },
            { "range": { "min": min, "max": null } },
        ]);
        let digits = json!({ "checked": [{ "scalar": { "text": "digits" } }, rules] });
        set(&mut changed, "NewCoach", "name", digits);
        changed
    };
    let impacts = |changes: Vec<rowcast_codegen::lock::Change>| -> Vec<Impact> {
        changes.iter().map(|change| change.impact).collect()
    };
    assert_eq!(impacts(compare(&with(10), &with(5))), [Safe]);
    let tightened = impacts(compare(&with(5), &with(10)));
    assert!(tightened.contains(&BreaksClients), "{tightened:?}");
}

#[test]
fn what_locks_of_the_first_form_did_not_know_is_no_change() {
    let with = |shape: Value| {
        let mut changed = lock();
        set(&mut changed, "NewCoach", "name", shape);
        changed
    };
    let digits = json!({ "scalar": { "text": "digits" } });
    let changes = [
        [
            json!({ "checked": [text(), [{ "length": { "unit": "unstated", "min": null, "max": 4 } }]] }),
            json!({ "checked": [text(), [{ "length": { "unit": "bytes", "min": null, "max": 4 } }]] }),
        ],
        [
            json!({ "checked": [text(), [{ "length": { "unit": "unstated", "min": 1, "max": 1 } }]] }),
            json!({ "scalar": { "text": "character" } }),
        ],
        [
            json!({ "checked": [{ "map": text() }, [{ "keys": "^[0-9]+$" }]] }),
            json!({ "checked": [{ "map": text() }, [
                { "keys": "^[0-9]+$" },
                { "key": { "code": "integer", "min": 0, "max": "18446744073709551616" } },
            ]] }),
        ],
        [
            json!({ "checked": [digits, [{ "integer": { "min": 0, "max": null } }]] }),
            json!({ "checked": [digits, [{ "integer": { "min": -128, "max": 127 } }, "not_zero"]] }),
        ],
        [
            digits.clone(),
            json!({ "checked": [digits, [{ "integer": { "min": 0, "max": 9 } }]] }),
        ],
    ];
    for [before, after] in changes {
        let text = with(before.clone()).text().unwrap();
        let older = Lock::parse(&text.replace("\"format\": 2", "\"format\": 1"), "a test");
        assert_eq!(
            compare(&older.unwrap(), &with(after.clone())),
            [],
            "{before} {after}"
        );
        let since = compare(&with(before.clone()), &with(after.clone()));
        assert_eq!(since[0].impact, BreaksClients, "{before} {after}");
    }
}

#[test]
fn fewer_keys_break_clients_and_more_do_not() {
    let with = |rules: Value| {
        let mut changed = lock();
        let map = json!({ "checked": [{ "map": text() }, rules] });
        set(&mut changed, "NewCoach", "name", map);
        changed
    };
    let keys = |options: Value| json!([{ "key": { "code": "choice", "options": options } }]);
    let found = compare(&with(keys(json!(["a", "b"]))), &with(keys(json!(["a"]))));
    assert_eq!(
        (found[0].impact, found[0].code),
        (BreaksClients, "rule-tightened")
    );
    assert_eq!(
        found[0].message,
        "has a new rule: each key must be one of: a"
    );
    let found = compare(&with(json!([])), &with(keys(json!(["a"]))));
    assert_eq!(found[0].impact, BreaksClients);
    let found = compare(&with(keys(json!(["a"]))), &with(keys(json!(["a", "b"]))));
    let impacts: Vec<Impact> = found.iter().map(|one| one.impact).collect();
    assert_eq!(impacts, [Safe]);
}

/// All rules, and which of them lets do whoever another one lets.
#[test]
fn narrower_permissions_break_clients_and_wider_ones_do_not() {
    let (role, owner) = (Allowed::Role("a".into()), Allowed::Owner("team".into()));
    let rules = [
        None,
        Some(Allowed::Anyone),
        Some(Allowed::SignedIn),
        Some(role),
        Some(Allowed::Role("b".into())),
        Some(owner),
        Some(Allowed::Nobody),
    ];
    // From a rule, a line each, to the rule of the column: wider or as wide (`+`), or narrower (`-`).
    let reads = [
        "=+-----", "+=-----", "++=----", "+++=---", "+++-=--", "+++--=-", "++++++=",
    ];
    let writes = [
        "=+-----", "-=-----", "-+=----", "-++=---", "-++-=--", "-++--=-", "++++++=",
    ];
    for (old, (reads, writes)) in rules.iter().zip(reads.into_iter().zip(writes)) {
        for (new, (read, write)) in rules.iter().zip(reads.chars().zip(writes.chars())) {
            let (mut older, mut newer) = (lock(), lock());
            for (lock, rule) in [(&mut older, old), (&mut newer, new)] {
                let access = &mut lock.wire.resources.get_mut("Coach").unwrap().access;
                access.read = rule.clone();
                access.delete = rule.clone();
                lock.wire.commands.get_mut("Login").unwrap().access = rule.clone();
            }
            let mut told: Vec<_> = compare(&older, &newer)
                .into_iter()
                .map(|change| (change.path.clone(), change.impact, change.code))
                .collect();
            let expected = |path: &str, sign| match sign {
                '+' => Some((path.to_owned(), Safe, "access-widened")),
                '-' => Some((path.to_owned(), BreaksClients, "access-narrowed")),
                _ => None,
            };
            let mut all: Vec<_> = [
                expected("Coach", read),
                expected("Coach", write),
                expected("Login", write),
            ]
            .into_iter()
            .flatten()
            .collect();
            told.sort_by_key(|change| format!("{change:?}"));
            all.sort_by_key(|change| format!("{change:?}"));
            assert_eq!(told, all, "from {old:?} to {new:?}");
        }
    }
}

#[test]
fn rows_without_a_scope_are_seen_by_more_people_than_before() {
    let (newer, mut older) = (lock(), lock());
    older.wire.resources.get_mut("Coach").unwrap().scope = Some("Team".into());
    let changes = compare(&older, &newer);
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.impact, change.code))
        .collect();
    assert_eq!(told, [(Safe, "scope-removed")]);
}

#[test]
fn what_may_no_longer_be_null_keeps_its_rules() {
    let rule = json!({ "length": { "unit": "characters", "min": null, "max": 200 } });
    let ruled = json!({ "checked": [text(), [rule]] });
    let with = |shape: Value| {
        let mut changed = lock();
        set(&mut changed, "NewCoach", "name", shape);
        changed
    };
    let found = compare(
        &with(json!({ "union": [ruled.clone(), "null"] })),
        &with(ruled),
    );
    let codes: Vec<_> = found.iter().map(|one| (one.impact, one.code)).collect();
    assert_eq!(codes, [(BreaksClients, "null-removed")]);
}

#[test]
fn what_is_shown_all_the_same_is_no_news_for_clients() {
    let locked = |read: Option<Allowed>, shown: bool| {
        let mut schema = schema();
        schema.resources[0].access.read = read;
        let team = schema.resources.iter_mut().find(|own| own.name == "Team");
        let coaches = &mut team.unwrap().fields[1];
        coaches.relation.as_mut().unwrap().shown = shown;
        Lock::of(&resolve(&schema).unwrap())
    };
    let restricted = locked(Some(Allowed::SignedIn), true);
    let changes = compare(&locked(None, false), &restricted);
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.path.as_str(), change.code))
        .collect();
    // The list of coaches is for fewer; that of the teams is as it was.
    assert_eq!(told, [("Coach", "access-narrowed")]);
    let text = serde_json::to_string(&restricted).unwrap();
    assert!(
        !text.contains("shown"),
        "who may read what does not change what is read"
    );
}

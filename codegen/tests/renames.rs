//! What may have been renamed is asked about, and never called safe: fields in Rust and on the wire, and resources.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use rowcast_codegen::lock::{Change, Impact, Lock, compare};
use rowcast_schema::prelude::*;
use rowcast_schema::resolve;

/// Resources before and after; each module is one contract.
macro_rules! contract {
    ($name:ident: $($item:item)*) => {
        mod $name {
            use super::*;
            $($item)*
        }
    };
}

contract! { before:
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(plural = "coaches")]
    pub struct Coach {
        #[resource(id)]
        pub id: i64,
        pub name: String,
        pub age: Option<u8>,
        pub picture: Option<String>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Team {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
        #[resource(many_to_many = Coach)]
        pub coaches: Vec<Coach>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
    pub struct Greet {
        pub name: String,
        pub language: Option<String>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Coach>().resource::<Team>().command::<Greet>())
    }
}

contract! { fields_renamed_in_rust:
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(plural = "coaches")]
    pub struct Coach {
        #[resource(id)]
        pub id: i64,
        #[serde(rename = "name")]
        pub full_name: String,
        #[serde(rename = "age")]
        pub years: Option<u8>,
        pub picture: Option<String>,
    }
    pub use super::before::Greet;
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Team {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
        #[resource(many_to_many = Coach)]
        pub coaches: Vec<Coach>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Coach>().resource::<Team>().command::<Greet>())
    }
}

contract! { fields_renamed_everywhere:
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(plural = "coaches")]
    pub struct Coach {
        #[resource(id)]
        pub id: i64,
        pub name: String,
        pub age: Option<u8>,
        pub portrait: Option<String>,
        pub motto: Option<String>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Team {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
        #[resource(many_to_many = Coach)]
        pub coaches: Vec<Coach>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
    pub struct Greet {
        pub name: String,
        pub tongue: Option<String>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Coach>().resource::<Team>().command::<Greet>())
    }
}

contract! { resource_renamed:
    pub use super::before::Greet;
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Trainer {
        #[resource(id)]
        pub id: i64,
        pub name: String,
        pub age: Option<u8>,
        pub picture: Option<String>,
        pub motto: Option<String>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Team {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
        #[resource(many_to_many = Trainer)]
        pub trainers: Vec<Trainer>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Trainer>().resource::<Team>().command::<Greet>())
    }
}

contract! { calls_renamed:
    pub use super::before::{Coach, Team};
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Command)]
    pub struct Welcome {
        pub name: String,
        pub language: Option<String>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Coach>().resource::<Team>().command::<Welcome>())
    }
}

contract! { fields_removed:
    pub use super::before::Greet;
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(plural = "coaches")]
    pub struct Coach {
        #[resource(id)]
        pub id: i64,
        pub age: Option<u8>,
        pub wage: Option<u32>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Team {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
        #[resource(many_to_many = Coach)]
        pub coaches: Vec<Coach>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Coach>().resource::<Team>().command::<Greet>())
    }
}

fn of(schema: Schema) -> Lock {
    Lock::of(&resolve(&schema.describe()).unwrap())
}

fn questions(older: &Lock, newer: &Lock) -> Vec<Change> {
    let changes = compare(older, newer).into_iter();
    changes
        .filter(|change| change.code == "possible-rename")
        .collect()
}

fn paths(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.path.as_str()).collect()
}

#[test]
fn a_field_renamed_in_rust_that_keeps_its_name_on_the_wire_may_lose_its_column() {
    let (older, newer) = (before::lock(), fields_renamed_in_rust::lock());
    let changes = questions(&older, &newer);
    assert_eq!(
        paths(&changes),
        ["column coaches.age", "column coaches.name"]
    );
    assert!(
        changes
            .iter()
            .all(|change| change.impact == Impact::BreaksStoredData)
    );
    assert_eq!(
        changes[0].to_string(),
        "breaks stored data: column coaches.age is no longer used: its values stay in the file, and clients see none of them; \
         `years`, of the same type, is new: was the field renamed? [possible-rename]\n  \
         help: if so, rename the column in each file before the new server opens that: \
         ALTER TABLE \"coaches\" RENAME COLUMN \"age\" TO \"years\"; or keep the name of the field in Rust, and give it the new one \
         on the wire by `#[serde(rename = \"…\")]`"
    );
    // Nothing else says that all is well, and clients are served as before.
    let rest = compare(&older, &newer);
    assert!(
        !rest.iter().any(|change| change.impact == Impact::Safe),
        "{rest:#?}"
    );
    assert!(
        !rest
            .iter()
            .any(|change| change.impact == Impact::BreaksClients),
        "{rest:#?}"
    );
}

#[test]
fn a_field_renamed_on_the_wire_too_is_asked_about_in_each_direction() {
    let (older, newer) = (before::lock(), fields_renamed_everywhere::lock());
    let changes = questions(&older, &newer);
    assert_eq!(
        paths(&changes),
        [
            "Coach.picture",
            "CoachPatch.picture",
            "Greet.language",
            "NewCoach.picture",
            "Team.coaches[].picture",
            "column coaches.picture",
        ]
    );
    assert_eq!(
        changes[2].message,
        "is ignored when it is sent; `tongue`, of the same type, is new: was it renamed?"
    );
    assert!(changes.iter().all(|change| change.impact != Impact::Safe));
    // Two are new; neither is called a safe addition, since either may be the older one.
    let column = &changes[5];
    assert!(
        column
            .message
            .contains("`motto` or `portrait`, of the same type"),
        "{column}"
    );
    let safe = compare(&older, &newer);
    assert!(
        !safe.iter().any(|change| change.impact == Impact::Safe),
        "{safe:#?}"
    );
}

#[test]
fn a_resource_with_another_plural_may_lose_its_rows() {
    let (older, newer) = (before::lock(), resource_renamed::lock());
    let changes = questions(&older, &newer);
    assert_eq!(
        changes[0].to_string(),
        "breaks clients: Coach is gone: its calls are answered with an error, and its list is not sent; `Trainer`, with such fields, \
         is new: was it renamed? [possible-rename]\n  \
         help: if so, keep the names that older clients use: `#[resource(list = \"coaches\", events(create(alias = \"…\"), …))]`"
    );
    let tables: Vec<&Change> = changes
        .iter()
        .filter(|change| change.path.starts_with("table"))
        .collect();
    assert_eq!(tables.len(), 2, "{changes:#?}");
    // All statements, in the order in which they work.
    let statements = "ALTER TABLE \"team_coaches\" RENAME TO \"team_trainers\"; \
                      ALTER TABLE \"team_trainers\" RENAME COLUMN \"coach_id\" TO \"trainer_id\";";
    let help = tables[1].help.as_deref().unwrap();
    assert!(help.contains(statements), "{help}");
    assert_eq!(
        tables[0].to_string(),
        "breaks stored data: table coaches is no longer used: its rows stay in the file, and clients see none of them; \
         `trainers`, with such columns, is new: was the table renamed? [possible-rename]\n  \
         help: if so, rename it in each file before the new server opens that: ALTER TABLE \"coaches\" RENAME TO \"trainers\"; \
         or keep its name: `#[resource(plural = \"coaches\")]`"
    );
    let added = compare(&older, &newer);
    assert!(
        !added.iter().any(|change| change.path == "table trainers"),
        "{added:#?}"
    );
}

#[test]
fn a_command_with_the_same_input_may_be_an_earlier_one() {
    let changes = compare(&before::lock(), &calls_renamed::lock());
    let changes: Vec<String> = changes.iter().map(Change::to_string).collect();
    assert_eq!(
        changes,
        [
            "breaks clients: Greet is gone: calls of it are answered with an error; `Welcome`, with such fields, is new: was it \
          renamed? [possible-rename]\n  \
          help: if so, keep the event that older clients send: `#[command(event = \"greet\")]`"
        ]
    );
}

#[test]
fn a_removed_column_is_never_safe_and_a_new_one_of_another_type_is_no_candidate() {
    let (older, newer) = (before::lock(), fields_removed::lock());
    assert_eq!(questions(&older, &newer), []);
    let changes = compare(&older, &newer);
    let removed: Vec<_> = changes
        .iter()
        .filter(|change| change.code == "column-removed")
        .map(|change| (change.path.as_str(), change.impact, change.help.is_some()))
        .collect();
    assert_eq!(
        removed,
        [
            ("column coaches.name", Impact::BreaksStoredData, true),
            ("column coaches.picture", Impact::BreaksStoredData, true),
        ]
    );
    let added = changes
        .iter()
        .find(|change| change.path == "column coaches.wage");
    assert_eq!(added.unwrap().impact, Impact::Safe);
}

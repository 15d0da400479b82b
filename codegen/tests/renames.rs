//! What may have been renamed is asked about, and never called safe: fields in Rust and on the wire, and resources.
//!
//! Long, since its cases share one way to set the scene.

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
fn what_is_known_by_its_event_is_no_candidate() {
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    #[allow(dead_code, reason = "only described")]
    pub struct Bye {
        pub name: String,
    }
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    #[command(event = "greet")]
    #[allow(dead_code, reason = "only described")]
    pub struct Welcome {
        pub name: String,
        pub language: Option<String>,
    }
    let older = of(Schema::new("Gym")
        .command::<Bye>()
        .command::<before::Greet>());
    let newer = of(Schema::new("Gym").command::<Welcome>());
    assert_eq!(questions(&older, &newer), []);
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

/// Resources of one contract; each is a table.
macro_rules! lock_of {
    ($($resource:ident),*) => { of(Schema::new("Gym")$(.resource::<$resource>())*) };
}

#[allow(dead_code, reason = "only described")]
mod members {
    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Member {
        #[resource(id)]
        pub id: i64,
        pub first_name: String,
        pub last_name: String,
        #[serde(skip)]
        #[resource(hidden)]
        pub password_hash: Option<String>,
        pub city: String,
        pub street: String,
        pub zip: String,
        pub country: String,
        pub phone: String,
        pub age: Option<u8>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(plural = "people")]
    pub struct Person {
        #[resource(id)]
        pub id: i64,
        pub family_name: String,
        pub given_name: String,
        pub motto: Option<String>,
        pub city: String,
        pub street: String,
        pub zip: String,
        pub country: String,
        pub phone: String,
        #[resource(unique)]
        pub years: Option<u8>,
        pub rank: u32,
    }
}

#[test]
fn no_statement_is_guessed_where_several_names_fit() {
    use members::{Member, Person};
    let questions = questions(&lock_of!(Member), &lock_of!(Person));
    let table = questions
        .iter()
        .find(|change| change.path == "table members");
    let help = table.and_then(|table| table.help.as_deref()).unwrap();
    assert!(
        help.contains("ALTER TABLE \"members\" RENAME TO \"people\";"),
        "{help}"
    );
    for name in ["first_name", "last_name"] {
        let statement = format!("ALTER TABLE \"people\" RENAME COLUMN \"{name}\" TO …");
        assert!(help.contains(&statement), "{help}");
    }
    // What was hidden becomes nothing that travels.
    assert!(!help.contains("\"password_hash\" TO"), "{help}");
    // What the file lacks then, or has otherwise.
    assert!(help.contains("TO \"years\""), "{help}");
    assert!(
        help.contains("column people.years must be unique"),
        "{help}"
    );
    assert!(
        help.contains("column people.rank must have a value"),
        "{help}"
    );
}

mod rooms {
    use super::*;

    macro_rules! named {
        ($($name:ident)*) => {
            $(#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
            pub struct $name {
                #[resource(id)]
                pub id: i64,
                pub name: String,
            })*
        };
    }
    named!(Room Hall Cat Dog Kitten Puppy);

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(plural = "slots")]
    pub struct Slot {
        #[resource(id)]
        pub id: i64,
        #[resource(belongs_to = Room)]
        pub room: Room,
    }

    pub mod later {
        use super::*;

        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(plural = "slots")]
        pub struct Slot {
            #[resource(id)]
            pub id: i64,
            #[resource(belongs_to = Hall)]
            pub hall: Hall,
        }
    }
}

#[test]
fn a_reference_to_another_table_is_no_other_name() {
    use rooms::{Hall, Room};
    let older = {
        use rooms::Slot;
        lock_of!(Room, Hall, Slot)
    };
    let newer = {
        use rooms::later::Slot;
        lock_of!(Room, Hall, Slot)
    };
    assert_eq!(
        questions(&older, &newer)
            .iter()
            .filter(|change| change.path.starts_with("column"))
            .count(),
        0
    );
}

#[test]
fn no_table_becomes_two() {
    use rooms::{Cat, Dog, Kitten, Puppy};
    let changes = questions(&lock_of!(Cat, Dog), &lock_of!(Kitten, Puppy));
    for table in ["cats", "dogs"] {
        let change = changes
            .iter()
            .find(|change| change.path == format!("table {table}"));
        let help = change.and_then(|change| change.help.as_deref()).unwrap();
        assert!(
            help.contains(&format!("ALTER TABLE \"{table}\" RENAME TO …;")),
            "{help}"
        );
    }
}

contract! { both_ends_renamed:
    pub use super::before::Greet;
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Trainer {
        #[resource(id)]
        pub id: i64,
        pub name: String,
        pub age: Option<u8>,
        pub picture: Option<String>,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Crew {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
        #[resource(many_to_many = Trainer)]
        pub trainers: Vec<Trainer>,
    }

    pub fn lock() -> Lock {
        of(Schema::new("Gym").resource::<Trainer>().resource::<Crew>().command::<Greet>())
    }
}

#[test]
fn pairs_are_known_by_their_ends() {
    let changes = questions(&before::lock(), &both_ends_renamed::lock());
    let pairs = changes
        .iter()
        .find(|change| change.path == "table team_coaches");
    let help = pairs.and_then(|change| change.help.as_deref()).unwrap();
    let statements = "ALTER TABLE \"team_coaches\" RENAME TO \"crew_trainers\"; \
                      ALTER TABLE \"crew_trainers\" RENAME COLUMN \"coach_id\" TO \"trainer_id\"; \
                      ALTER TABLE \"crew_trainers\" RENAME COLUMN \"team_id\" TO \"crew_id\";";
    assert!(help.contains(statements), "{help}");
}

/// What is said of a key's old name would be done twice: the key stays as it is.
#[test]
fn a_renamed_column_takes_its_keys_along() {
    mod before {
        use rowcast_schema::prelude::*;

        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(unique(team, number))]
        pub struct Player {
            #[resource(id)]
            pub id: i64,
            pub team: i32,
            pub number: String,
        }
    }
    mod after {
        use rowcast_schema::prelude::*;

        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(unique(team, shirt))]
        pub struct Player {
            #[resource(id)]
            pub id: i64,
            pub team: i32,
            #[serde(rename = "number")]
            pub shirt: String,
        }
    }
    let older = of(Schema::new("Team").resource::<before::Player>());
    let newer = of(Schema::new("Team").resource::<after::Player>());
    let changes = compare(&older, &newer);
    let codes: Vec<&str> = changes.iter().map(|change| change.code).collect();
    assert_eq!(codes, ["possible-rename"], "{changes:#?}");
    let help = changes[0].help.as_deref().unwrap_or_default();
    let indexes = "RENAME COLUMN \"number\" TO \"shirt\", and drop its unique indexes";
    assert!(help.contains(indexes), "{help}");
}

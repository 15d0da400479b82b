//! Rows with readers of their own, and all that could show them to others.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use rowcast_schema::description::{Allowed, Verb, VerbDescription};
use rowcast_schema::prelude::*;
use rowcast_schema::resolve;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "coaches", access(read = role("manager")))]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    pub wage: u32,
    #[resource(belongs_to = Gym)]
    pub gym: Option<GymName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Gym {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[resource(has_many = Coach, shown)]
    pub coaches: Vec<CoachName>,
    #[resource(belongs_to = Coach, shown)]
    pub head: CoachName,
    #[resource(many_to_many = Coach, shown)]
    pub guests: Vec<CoachName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Gym)]
pub struct GymName {
    pub id: i64,
    pub name: String,
}

fn schema() -> Schema {
    Schema::new("Gyms")
        .wide_integers_as_numbers()
        .resource::<Coach>()
        .resource::<Gym>()
}

const COACH: usize = 0;
const GYM: usize = 1;
const COACHES: usize = 2;
const HEAD: usize = 3;
const GUESTS: usize = 4;

fn role(name: &str) -> Option<Allowed> {
    Some(Allowed::Role(name.into()))
}

/// The texts of all findings.
fn findings(description: &Description) -> Vec<String> {
    let findings = resolve(description).err();
    let all = findings.iter().flat_map(|findings| findings.as_slice());
    all.map(|one| format!("{}: {}\nhelp: {}", one.code, one.message, one.help))
        .collect()
}

#[test]
fn what_is_shown_is_accepted() {
    assert_eq!(findings(&schema().describe()), Vec::<String>::new());
}

#[test]
fn a_relation_of_every_kind_to_rows_with_stricter_readers_is_refused() {
    for (field, kind) in [
        (COACHES, "has_many"),
        (HEAD, "belongs_to"),
        (GUESTS, "many_to_many"),
    ] {
        let mut schema = schema().describe();
        let field = &mut schema.resources[GYM].fields[field];
        field.relation.as_mut().unwrap().shown = false;
        let name = field.name.clone();
        assert_eq!(
            findings(&schema),
            [format!(
                "relation-shows: `Gym.{name}` shows rows of `Coach`, which may be read by whoever has the role `manager`, \
                 but `Gym` may be read by anyone, as it declares nothing\n\
                 help: if every reader of `Gym` may read this `CoachName`, write `#[resource({kind} = Coach, shown)]`; else \
                 let the same read both by `access(read = …)`, or remove the relation"
            )]
        );
    }
}

/// For each pair of rules, of the row that shows and of the row that is shown: whether it needs `shown`.
#[test]
fn readers_are_compared_rule_by_rule() {
    use Allowed::{Anyone, Nobody, SignedIn};
    let (manager, trainer) = (role("manager"), role("trainer"));
    let rules = [
        None,
        Some(Anyone),
        Some(SignedIn),
        manager,
        trainer,
        Some(Nobody),
    ];
    #[rustfmt::skip]
    let needs_shown = [
        // shown:   none   anyone signed manager trainer nobody
        /* none */    [false, false, true , true , true , true ],
        /* anyone */  [false, false, true , true , true , true ],
        /* signed */  [false, false, false, true , true , true ],
        /* manager */ [false, false, false, false, true , true ],
        /* trainer */ [false, false, false, true , false, true ],
        /* nobody */  [false, false, false, false, false, false],
    ];
    for (own, needs) in rules.iter().zip(needs_shown) {
        for (rule, needs_shown) in rules.iter().zip(needs) {
            for shown in [true, false] {
                let mut schema = schema().describe();
                // Only one relation, so that the gym's rule is compared with one other.
                schema.resources[GYM].fields.truncate(HEAD + 1);
                schema.resources[GYM].fields.remove(COACHES);
                schema.resources[COACH].fields.truncate(3);
                schema.resources[GYM].access.read = own.clone();
                schema.resources[COACH].access.read = rule.clone();
                let relation = schema.resources[GYM].fields[2].relation.as_mut().unwrap();
                relation.shown = shown;
                let codes: Vec<String> = findings(&schema)
                    .iter()
                    .map(|text| text.split(':').next().unwrap().to_owned())
                    .collect();
                let wanted = match (needs_shown, shown) {
                    (true, false) => vec!["relation-shows"],
                    (false, true) => vec!["shown-needless"],
                    _ => vec![],
                };
                assert_eq!(codes, wanted, "{own:?} shows {rule:?}");
            }
        }
    }
}

#[test]
fn a_shown_that_shows_nothing_more_is_refused() {
    let mut schema = schema().describe();
    schema.resources[GYM].fields.truncate(HEAD);
    schema.resources[COACH].access.read = Some(Allowed::Anyone);
    assert_eq!(
        findings(&schema),
        [
            "shown-needless: `Gym.coaches` is declared `shown`, but whoever may read `Gym` (anyone, as it declares nothing) may \
          read `Coach` (anyone) anyway\n\
          help: remove `shown`: it would show rows to everybody unnoticed, should `Coach` be restricted some day"
        ]
    );
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    pub token: String,
    pub of: Account,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Account {
    Coach(CoachName),
    Guest { name: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flattened {
    #[serde(flatten)]
    pub coach: Coach,
    pub stars: u8,
}

/// The command whose answer is of this type.
macro_rules! answering {
    ($($name:ident($($attribute:tt)*): $ack:ty),*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
        #[command(ack = $ack, $($attribute)*)]
        pub struct $name {}
    )*};
}

answering!(
    Login(access = anyone): Session,
    ShownLogin(access = anyone, shown): Session,
    Pay(access = role("manager")): Session,
    Rate(): Flattened,
    Open(access = anyone): Gym,
    Overshown(access = role("manager"), shown): Session
);

#[test]
fn what_a_command_answers_is_looked_through() {
    let wanted = "ack-shows: `Login` answers with rows of `Coach` (in `Account`), which may be read by whoever has the role \
         `manager`, but may be called by anyone\n\
         help: if each caller may read what it answers, write `#[command(ack = Session, shown)]`; else narrow its `access`, or \
         answer with a type of its own";
    assert_eq!(findings(&schema().command::<Login>().describe()), [wanted]);
    let accepted = schema().command::<ShownLogin>().command::<Pay>();
    // What a row shows itself is declared there.
    let accepted = accepted.command::<Open>().describe();
    assert_eq!(findings(&accepted), Vec::<String>::new());
    // The guard alone says who calls it; a row that is flattened is found by its fields.
    let flattened = findings(&schema().command::<Rate>().describe());
    assert!(
        flattened[0].starts_with("ack-shows: `Rate` answers with rows of `Coach` (in `Flattened`)"),
        "{flattened:?}"
    );
    assert_eq!(
        findings(&schema().command::<Overshown>().describe()),
        [
            "shown-needless: `Overshown` is declared `shown`, but whoever may call it may read its answer anyway\n\
          help: remove `shown`: it would show rows to everybody unnoticed, should they be restricted some day"
        ]
    );
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Event)]
pub struct Hired {
    pub coach: Coach,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Event)]
#[event(shown)]
pub struct Greeted {
    pub coach: Vec<CoachName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Event)]
#[event(shown)]
pub struct Closed {
    pub gym: GymName,
}

#[test]
fn what_an_event_tells_is_told_to_everybody() {
    assert_eq!(
        findings(&schema().event::<Hired>().describe()),
        [
            "event-shows: `Hired` is told to everybody, but shows rows of `Coach`, which may be read by whoever has the role \
          `manager`\n\
          help: tell the id of the row, or a type of its own; if everybody may read this, write `#[event(shown)]`"
        ]
    );
    assert_eq!(
        findings(&schema().event::<Greeted>().describe()),
        Vec::<String>::new()
    );
    assert!(
        findings(&schema().event::<Closed>().describe())[0].starts_with("shown-needless: `Closed`")
    );
}

/// Keeps a copy of a row in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Invoice {
    #[resource(id)]
    pub id: i64,
    pub lines: Vec<Account>,
}

#[test]
fn a_column_holds_no_copy_of_a_row() {
    assert_eq!(
        findings(&schema().resource::<Invoice>().describe()),
        [
            "column-shows: `Invoice.lines` holds rows of `Coach` (in `Account`), which may be read by whoever has the role \
          `manager`, but `Invoice` may be read by anyone, as it declares nothing\n\
          help: give it a type of its own with what each reader may know, or show the row by a relation"
        ]
    );
    let mut same_readers = schema().resource::<Invoice>().describe();
    same_readers.resources[2].access.read = role("manager");
    assert_eq!(findings(&same_readers), Vec::<String>::new());
}

#[test]
fn nobody_writes_what_nobody_may_read() {
    let mut schema = schema().describe();
    let coach = &mut schema.resources[COACH];
    coach.access.read = Some(Allowed::Nobody);
    coach.access.create = Some(Allowed::Anyone);
    coach.access.delete = Some(Allowed::Anyone);
    assert_eq!(
        findings(&schema),
        [
            "write-unread: `Coach` lets anyone create rows, but its rows may be read by nobody but the server itself, and \
          `new_coach` answers with the row\n\
          help: let them read it too, leave `create` to `nobody`, or write a command that answers something else"
        ]
    );
    let delete = VerbDescription {
        verb: Verb::Delete,
        event: None,
        aliases: Vec::new(),
    };
    schema.resources[COACH].verbs = Some(vec![delete]);
    assert_eq!(findings(&schema), Vec::<String>::new());
}

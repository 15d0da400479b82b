//! Rows that only managers read, and what others are shown of them all the same.

use rowcast_schema::prelude::*;

/// Is read by managers; others are shown a name where they see a room, a team or a shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "people", access(read = role("manager"), write = role("manager"), update = signed_in))]
pub struct Person {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    pub wage: u32,
    #[resource(belongs_to = Room)]
    pub room: Option<RoomName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Person)]
pub struct PersonName {
    pub id: i64,
    pub name: String,
}

/// Nothing is declared: read by everybody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[resource(has_many = Person, shown)]
    pub people: Vec<PersonName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Room)]
pub struct RoomName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(read = signed_in, write = signed_in))]
pub struct Team {
    #[resource(id)]
    pub id: i64,
    #[serde(default)]
    #[resource(many_to_many = Person, on_delete = "remove", shown)]
    pub members: Vec<PersonName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(read = anyone, write = role("manager")))]
pub struct Shift {
    #[resource(id)]
    pub id: i64,
    pub day: String,
    #[resource(belongs_to = Person, shown)]
    pub person: PersonName,
}

/// What managers note of a person, with the whole of it. Needs no `shown`: its readers read people too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(read = role("manager"), write = role("manager")))]
pub struct Review {
    #[resource(id)]
    pub id: i64,
    pub text: String,
    #[resource(belongs_to = Person)]
    pub person: PersonName,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Introduced {
    pub person: PersonName,
}

/// Says who has a name, to anyone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = anyone, ack = Introduced, shown)]
pub struct Introduce {
    pub name: String,
}

/// All people with their wages, for those who read them anyway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = role("manager"), ack = "Vec<Person>")]
pub struct Payroll {}

/// The shifts, with what they show of people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = anyone, ack = "Vec<Shift>")]
pub struct Plan {}

/// Somebody is here, as everybody may know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Event)]
#[event(shown)]
pub struct Arrived {
    pub person: PersonName,
}

/// A shift has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Event)]
pub struct Begun {
    pub shift: Shift,
}

pub fn schema() -> Description {
    Schema::new("Staff")
        .resource::<Person>()
        .resource::<Room>()
        .resource::<Team>()
        .resource::<Shift>()
        .resource::<Review>()
        .command::<Introduce>()
        .command::<Payroll>()
        .command::<Plan>()
        .event::<Arrived>()
        .event::<Begun>()
        .describe()
}

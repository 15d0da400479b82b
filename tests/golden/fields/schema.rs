//! Fields that only some see, and fields that only some may set, wherever a row can stand.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

/// Someone who teaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "coaches", access(read = anyone, write = signed_in))]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    /// A month's, in whole units.
    #[resource(access(read = role("manager")))]
    pub wage: Option<u32>,
    /// From 1 to 5.
    #[serde(default)]
    #[resource(access(read = anyone, write = role("manager")))]
    pub rank: u8,
    /// Not for visitors, who may tell it all the same when they sign up.
    #[serde(default, with = "BigInt")]
    #[resource(access(read = signed_in, write = anyone))]
    pub badge: i64,
    /// What managers note of a coach, by topic.
    #[serde(rename = "file", default)]
    #[resource(access(read = role("manager")))]
    pub notes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachOnPlan {
    pub id: i64,
    pub name: String,
    pub wage: Option<u32>,
}

/// A lesson, and who gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(read = anyone, write = signed_in))]
pub struct Lesson {
    #[resource(id)]
    pub id: i64,
    pub title: String,
    #[resource(belongs_to = Coach)]
    pub coach: Option<CoachOnPlan>,
    /// Who may stand in; only those who are signed in see that.
    #[resource(many_to_many = Coach, access(read = signed_in, write = role("manager")))]
    #[serde(default)]
    pub others: Vec<CoachOnPlan>,
}

/// All coaches and lessons, in another form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = anyone, ack = Plan, data = "plan")]
pub struct ShowPlan {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    pub lessons: BTreeMap<String, Lesson>,
    pub chief: Option<Box<Coach>>,
    pub teams: Vec<(u8, Vec<Coach>)>,
}

/// Signs in as whoever one says to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = anyone, ack = Coach)]
pub struct SignIn {
    /// `coach` or `manager`; nobody if it is left out.
    #[serde(default)]
    pub role: Option<String>,
}

pub fn schema() -> Description {
    Schema::new("Plan")
        .resource::<Coach>()
        .resource::<Lesson>()
        .command::<ShowPlan>()
        .command::<SignIn>()
        .describe()
}

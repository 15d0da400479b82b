//! Names and texts that are trouble in one language or the other.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

/// Docs that end */ a comment, hold `backticks`, ${templates}, [links], and a trailing backslash \
///
/// @param is no tag here; see https://example.org/a*/b
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "boxes")]
pub struct Box {
    #[resource(id)]
    pub id: i64,
    pub r#type: String,
    pub class: Option<String>,
    pub prototype: bool,
    #[serde(rename = "with \"quotes\" and ünicode")]
    #[garde(length(chars, max = 5))]
    pub quoted: String,
    pub result: Option<Option2>,
    pub fields: u8,
    pub payload: u8,
    pub reading: u8,
}

/// A type with a number in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Option2 {
    VeryFirst,
    /// The other.
    TheSecond,
    #[serde(rename = "a third, or \"last\" one")]
    TheThird,
}

/// Long names make long lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(create = "a:b", update = "a_b", delete, get, list))]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceAppointment {
    #[resource(id)]
    pub id: i64,
    pub season_of_the_year_in_which_this_happens: SeasonOfTheYear,
    #[serde(default)]
    pub list_of_all_seasons_that_fit: Vec<SeasonOfTheYear>,
    #[resource(belongs_to = Box)]
    pub of: Option<BoxRef>,
}

/// Has the name that a reference to a box has in inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Box)]
pub struct BoxRef {
    pub id: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SeasonOfTheYear {
    TheBeginningOfSpring,
    TheMiddleOfSummer,
    TheEndOfAutumn,
    TheDepthsOfWinter,
}

/// Does something with a name that is long enough to wrap the signature of its method.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(event = "do:it", ack = "Vec<Option<String>>", data = "lines")]
pub struct RescheduleMaintenanceAppointments {
    /// How often.
    pub r#loop: u8,
}

/// Takes nothing.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Ping;

/// Tells that the day is over.
#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
#[event(name = "closing-time")]
pub struct ClosingTime {
    pub minutes_left: u8,
    #[serde(flatten)]
    pub pay: Option<Pay>,
    pub folders: Folder,
    pub crowd: Crowd,
}

/// Folders in folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Folder(pub BTreeMap<String, Folder>);

/// Lists of lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Crowd(pub Vec<Crowd>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pay {
    pub amount: u32,
    pub note: Option<String>,
}

/// Says why, or does not.
#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
pub struct Late {
    pub by: u8,
    #[serde(flatten)]
    pub why: Option<Why>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why")]
pub enum Why {
    Rain {},
}

/// Names beyond ASCII.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Größe {
    pub breite_in_größen: u32,
}

/// Takes what is in itself.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Sort {
    pub folders: Folder,
    pub crowd: Crowd,
    pub size: Größe,
}

pub fn schema() -> Description {
    Schema::new("Quirky things")
        .resource::<Box>()
        .resource::<MaintenanceAppointment>()
        .command::<RescheduleMaintenanceAppointments>()
        .command::<Ping>()
        .command::<Sort>()
        .event::<ClosingTime>()
        .event::<Late>()
        .describe()
}

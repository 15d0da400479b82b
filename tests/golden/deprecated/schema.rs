//! What is served as before and should not be used any more: everything that can be marked so. Nothing emitted warns of it.

#[allow(deprecated)]
pub use old::*;
use rowcast_schema::prelude::*;

/// A chair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Chair {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 1))]
    pub title: String,
    /// What it was called.
    #[deprecated(since = "2.0.0", note = "use `title`")]
    #[garde(length(chars, max = 40))]
    #[serde(rename = "called")]
    pub name: Option<String>,
    #[deprecated]
    #[serde(default)]
    pub legs: i16,
    #[deprecated]
    #[serde(skip)]
    #[resource(hidden)]
    pub secret: Option<String>,
}

/// Counts what is there.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Count {
    #[deprecated = "all are counted"]
    pub only: Option<String>,
    #[garde(range(max = 9))]
    #[deprecated]
    pub most: Option<u8>,
}

/// The derives of other crates warn of deprecated types.
#[allow(deprecated)]
mod old {
    use super::*;

    /// A room of the old house.
    #[deprecated = "use `Place`"]
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Room {
        #[resource(id)]
        pub id: i64,
        #[resource(unique)]
        pub name: String,
    }

    #[deprecated]
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
    #[view(of = Room)]
    pub struct RoomName {
        pub id: i64,
        pub name: String,
    }

    /// Somewhere to meet.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Place {
        #[resource(id)]
        pub id: i64,
        #[deprecated = "rooms are places"]
        #[resource(belongs_to = Room)]
        pub room: Option<RoomName>,
        #[deprecated = "ask for `Size`"]
        #[serde(default)]
        pub size: Option<Size>,
    }

    #[deprecated]
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub enum Size {
        Small,
        Large,
    }

    /// Moves everyone.
    #[deprecated = "use `update_place`"]
    #[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
    #[command(ack = "Option<Moved>")]
    pub struct Move {
        #[garde(range(min = 1))]
        pub to: u32,
    }

    /// Who was moved.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Moved {
        #[deprecated]
        pub names: Vec<String>,
        pub count: u32,
    }

    /// A bell rings.
    #[deprecated]
    #[derive(Debug, Clone, Serialize, JsonSchema, Event)]
    pub struct Bell {
        pub tone: u8,
    }
}

#[allow(deprecated)]
pub fn schema() -> Description {
    Schema::new("House")
        .resource::<Chair>()
        .resource::<Room>()
        .resource::<Place>()
        .command::<Count>()
        .command::<Move>()
        .event::<Bell>()
        .describe()
}

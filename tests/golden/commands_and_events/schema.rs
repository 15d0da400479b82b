//! Calls that are not CRUD, and what a server tells besides lists.

use rowcast_schema::prelude::*;

/// Says something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(create, list))]
pub struct Message {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 1, max = 200))]
    pub text: String,
}

/// Finds messages with a word in them.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(event = "message:search", ack = "Vec<Message>")]
pub struct Search {
    #[garde(length(chars, min = 2))]
    pub word: String,
    /// How many at most.
    pub limit: Option<u16>,
}

/// Gives the data of its ack under a key of its own.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = "Option<Message>", data = "message")]
pub struct Latest {}

/// Acknowledges with nothing, and is done once.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(transaction)]
pub struct Archive {
    pub before: i32,
}

/// Has no fields and no data.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Logout;

/// Named like what generated code uses itself.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Route {
    pub to: String,
}

/// Somebody writes.
#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
pub struct Typing {
    pub name: String,
}

/// The server goes down; takes no data.
#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
#[event(name = "server:closing")]
pub struct Closing;

pub fn schema() -> Description {
    Schema::new("Chat")
        .resource::<Message>()
        .command::<Search>()
        .command::<Latest>()
        .command::<Archive>()
        .command::<Logout>()
        .command::<Route>()
        .event::<Typing>()
        .event::<Closing>()
        .describe()
}

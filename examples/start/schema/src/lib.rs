// schema/src/lib.rs
use rowcast_schema::prelude::*;

/// Someone who teaches classes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "coaches", access(read = anyone, write = signed_in))]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 2, max = 40))]
    pub name: String,
    #[garde(range(min = 18))]
    pub age: Option<u8>,
    /// The name to sign in with.
    #[resource(unique)]
    pub username: Option<String>,
    #[serde(skip)]
    #[resource(hidden)]
    pub password_hash: Option<String>,
}

/// Signs a coach in.
#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(ack = SignedIn, access = anyone)]
pub struct SignIn {
    pub username: String,
    pub password: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SignedIn {
    pub coach: Coach,
    /// To connect with from now on: `auth: { token }`.
    pub token: String,
}

/// Signs the coach out, wherever the session's token is used.
#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(access = anyone)]
pub struct SignOut {}

/// Closes the gym for today.
#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(event = "close_gym", ack = Closed, access = signed_in)]
pub struct CloseGym {
    pub reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Closed {
    pub coaches: u32,
}

/// The gym closes soon.
#[derive(Debug, Serialize, JsonSchema, Event)]
#[event(name = "closing")]
pub struct Closing {
    pub in_minutes: u32,
}

/// What is generated: an item that is not registered here is not.
pub fn schema() -> Description {
    Schema::new("Planner")
        .resource::<Coach>()
        .command::<SignIn>()
        .command::<SignOut>()
        .command::<CloseGym>()
        .event::<Closing>()
        .describe()
}

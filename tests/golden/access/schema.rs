//! Who may do what, declared in every way.

use rowcast_schema::prelude::*;

/// Opened and closed by nobody but the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = id)]
#[resource(access(read = signed_in, write = nobody, update = role("manager")))]
pub struct Studio {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Studio)]
pub struct StudioName {
    pub id: i64,
    pub name: String,
}

/// Changes only what concerns themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = studio)]
#[resource(access(read = signed_in, write = role("manager"), update = owner(id)))]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[resource(belongs_to = Studio)]
    pub studio: StudioName,
    /// Never leaves the server.
    #[serde(skip)]
    #[resource(hidden)]
    pub secret: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachName {
    pub id: i64,
    pub name: String,
}

/// Is the coach's who gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = studio)]
#[resource(access(read = signed_in, write = owner(coach)))]
pub struct Lesson {
    #[resource(id)]
    pub id: i64,
    pub title: String,
    #[resource(belongs_to = Studio)]
    pub studio: StudioName,
    #[resource(belongs_to = Coach)]
    pub coach: Option<CoachName>,
}

/// Everybody reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access(read = anyone, write = signed_in, delete = role("manager")))]
pub struct Article {
    #[resource(id)]
    pub id: i64,
    pub text: String,
}

/// Nothing is declared: read by everybody, written by nobody unless the guard says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Rule {
    #[resource(id)]
    pub id: i64,
    pub text: String,
}

/// Signs in with a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = anyone)]
pub struct SignIn {
    pub token: String,
}

/// Ends the session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = signed_in)]
pub struct SignOut {}

/// Removes all articles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(access = role("manager"), transaction)]
pub struct Clear {}

/// Nothing is declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(transaction)]
pub struct Reset {}

pub fn schema() -> Description {
    Schema::new("Studio")
        .resource::<Studio>()
        .resource::<Coach>()
        .resource::<Lesson>()
        .resource::<Article>()
        .resource::<Rule>()
        .command::<SignIn>()
        .command::<SignOut>()
        .command::<Clear>()
        .command::<Reset>()
        .describe()
}

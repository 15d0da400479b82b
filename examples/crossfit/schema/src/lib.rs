//! What the planner has and says: coaches, exercise moves, workout plans, and the classes of the week.

use rowcast_schema::prelude::*;

/// Someone who teaches classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "coaches", events(create, update, get, list))]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, max = 40), pattern(r"[^ \t\r\n]"))]
    pub name: String,
    /// In years.
    #[garde(range(min = 18, max = 120))]
    pub age: Option<u8>,
    /// Where a picture of the coach is found.
    #[garde(length(chars, max = 500), pattern(r"[^ \t\r\n]"))]
    pub picture: Option<String>,
    /// The name to sign in with.
    #[resource(unique)]
    #[garde(length(chars, max = 40), pattern(r"[^ \t\r\n]"))]
    pub username: Option<String>,
    #[serde(skip)]
    #[resource(hidden)]
    pub password_hash: Option<String>,
}

/// What a class shows of its coach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachName {
    pub id: i64,
    pub name: String,
}

/// A movement that workouts are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(create = "new_exercise_moves", update, get, list))]
pub struct ExerciseMove {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, max = 40), pattern(r"[^ \t\r\n]"))]
    pub name: String,
    /// The part of the body, or the skill, that it trains.
    #[garde(length(chars, max = 40), pattern(r"[^ \t\r\n]"))]
    pub focus: String,
    #[garde(length(chars, max = 500), pattern(r"[^ \t\r\n]"))]
    pub description: Option<String>,
    /// Where a video shows how it is done.
    #[garde(length(chars, max = 500), pattern(r"[^ \t\r\n]"))]
    pub video_link: Option<String>,
}

/// Moves, in the order in which a class does them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(create, update, get, list))]
pub struct WorkoutPlan {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, max = 40), pattern(r"[^ \t\r\n]"))]
    pub name: String,
    /// For whom it is: `Beginner`, `Medium`, `Hard`, or words of one's own.
    #[garde(length(chars, max = 40), pattern(r"[^ \t\r\n]"))]
    pub difficulty: String,
    #[garde(length(chars, max = 500), pattern(r"[^ \t\r\n]"))]
    pub description: Option<String>,
    /// A move may stand here more than once.
    #[serde(default)]
    #[garde(length(max = 100))]
    #[resource(many_to_many = ExerciseMove)]
    pub exercise_moves: Vec<ExerciseMove>,
}

/// What a class shows of its workout plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = WorkoutPlan)]
pub struct PlanSummary {
    pub id: i64,
    pub name: String,
    pub difficulty: String,
}

/// A day on which classes are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A class: a coach and a workout plan, on a day at an hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(create, update, delete, get, list))]
pub struct Schedule {
    #[resource(id)]
    pub id: i64,
    pub day: Day,
    /// When the class begins, such as `900` or `1700`.
    #[garde(pattern("^([01]?[0-9]|2[0-3])00$"))]
    pub hour: String,
    #[resource(belongs_to = Coach)]
    pub coach: CoachName,
    #[resource(belongs_to = WorkoutPlan)]
    pub workout_plan: PlanSummary,
}

/// Signs a coach in on this connection.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(event = "login", ack = CoachSession, data = "user")]
pub struct Login {
    #[garde(pattern(r"[^ \t\r\n]"))]
    pub username: String,
    #[garde(pattern(r"[^ \t\r\n]"))]
    pub password: String,
}

/// The coach that is signed in, and the token of the session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoachSession {
    #[schemars(with = "SafeInteger")]
    pub id: i64,
    pub name: String,
    pub age: Option<u8>,
    pub picture: Option<String>,
    pub username: String,
    /// To connect with from now on: `auth: { token }`.
    pub token: String,
}

/// Signs the coach out: on this connection, and wherever else this session's token is used.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(event = "logout")]
pub struct Logout;

/// Copies the classes of a day to another one, where they do not take place already.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(event = "copy_day", ack = CopiedDay, transaction)]
pub struct CopyDay {
    pub from: Day,
    pub to: Day,
}

/// What became of a day that was copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CopiedDay {
    /// How many classes were added.
    pub added: u32,
}

/// The schema of the planner. Its inputs are lenient: the forms of its front end send text where numbers are meant.
///
/// The lists are registered in the order in which `refresh` sends them.
pub fn schema() -> Description {
    Schema::new("Planner")
        .lenient()
        .resource::<Coach>()
        .resource::<WorkoutPlan>()
        .resource::<ExerciseMove>()
        .resource::<Schedule>()
        .command::<Login>()
        .command::<Logout>()
        .command::<CopyDay>()
        .describe()
}

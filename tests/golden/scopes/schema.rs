//! Rows that belong to a gym: seen, changed and referred to by those only who see that gym. With ids of every type.

use rowcast_schema::prelude::*;
use uuid::Uuid;

/// Is its own scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = id)]
pub struct Gym {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[resource(has_many = Coach)]
    pub coaches: Vec<CoachName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Gym)]
pub struct GymName {
    pub id: i64,
    pub name: String,
}

/// Works for one gym.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = gym)]
pub struct Coach {
    #[resource(id)]
    pub id: Uuid,
    #[resource(index)]
    pub name: String,
    #[resource(belongs_to = Gym, on_delete = "cascade")]
    pub gym: GymName,
    /// Set by the application.
    #[resource(read_only)]
    #[serde(default)]
    pub rating: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachName {
    pub id: Uuid,
    pub name: String,
}

/// Everybody's: of no gym.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Move {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Move)]
pub struct MoveName {
    pub id: i64,
    pub name: String,
}

/// What a class does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = gym)]
pub struct Plan {
    #[resource(id, by_client)]
    pub id: String,
    #[resource(belongs_to = Gym, on_delete = "cascade")]
    pub gym: GymName,
    #[serde(default)]
    #[resource(many_to_many = Move, on_delete = "remove")]
    pub moves: Vec<MoveName>,
    #[resource(has_many = Lesson)]
    pub lessons: Vec<LessonTitle>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Plan)]
pub struct PlanId {
    pub id: String,
}

/// Refers to rows of its gym in every way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = gym, unique(gym, title))]
pub struct Lesson {
    #[resource(id)]
    pub id: i64,
    pub title: String,
    #[resource(belongs_to = Gym, on_delete = "cascade")]
    pub gym: GymName,
    #[resource(belongs_to = Plan)]
    pub plan: PlanId,
    #[resource(belongs_to = Lesson, on_delete = "set_null")]
    pub follows: Option<LessonTitle>,
    #[serde(default)]
    #[resource(many_to_many = Coach, on_delete = "remove")]
    pub coaches: Vec<CoachName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Lesson)]
pub struct LessonTitle {
    pub id: i64,
    pub title: String,
}

pub fn schema() -> Description {
    Schema::new("Gyms")
        .resource::<Gym>()
        .resource::<Coach>()
        .resource::<Move>()
        .resource::<Plan>()
        .resource::<Lesson>()
        .describe()
}

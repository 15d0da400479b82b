//! What becomes of rows that refer to one that is deleted: every rule, with ids of every type, and circles.

use chrono::{DateTime, Utc};
use rowcast_schema::prelude::*;
use uuid::Uuid;

/// Holds projects and other folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Folder {
    #[resource(id, by_client)]
    pub id: String,
    #[resource(belongs_to = Folder, on_delete = "cascade")]
    pub parent: Option<FolderName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Folder)]
pub struct FolderName {
    pub id: String,
}

/// Holds tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Project {
    #[resource(id)]
    pub id: Uuid,
    #[resource(belongs_to = Folder, on_delete = "cascade")]
    pub folder: FolderName,
    #[resource(has_many = Task)]
    pub tasks: Vec<TaskTitle>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Project)]
pub struct ProjectId {
    pub id: Uuid,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Task {
    #[resource(id)]
    pub id: i64,
    pub title: String,
    #[resource(belongs_to = Project, on_delete = "cascade")]
    pub project: ProjectId,
    /// Is deleted with it too.
    #[resource(belongs_to = Task, on_delete = "cascade")]
    pub part_of: Option<TaskTitle>,
    #[resource(belongs_to = Person, on_delete = "set_null")]
    pub assignee: Option<PersonName>,
    #[resource(belongs_to = Person, on_delete = "restrict")]
    pub reviewer: Option<PersonName>,
    #[serde(default)]
    #[resource(many_to_many = Label, on_delete = "remove")]
    pub labels: Vec<Label>,
    #[resource(updated_at)]
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Task)]
pub struct TaskTitle {
    pub id: i64,
    pub title: String,
}

/// Does tasks, and looks at those of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "people")]
pub struct Person {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[resource(has_many = Task, via = "assignee")]
    pub tasks: Vec<TaskTitle>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Person)]
pub struct PersonName {
    pub id: i64,
    pub name: String,
}

/// Sorts tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Label {
    #[resource(id)]
    pub id: i64,
    pub word: String,
}

/// Keeps its task, and whatever that belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(create, delete))]
pub struct Comment {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = Task)]
    pub task: TaskTitle,
    #[resource(belongs_to = Project, on_delete = "cascade")]
    pub project: Option<ProjectId>,
}

pub fn schema() -> Description {
    Schema::new("Projects")
        .resource::<Folder>()
        .resource::<Project>()
        .resource::<Task>()
        .resource::<Person>()
        .resource::<Label>()
        .resource::<Comment>()
        .describe()
}

//! Ids of every type, given by clients or made by the server, in every kind of relation.

use chrono::{DateTime, Utc};
use rowcast_schema::prelude::*;
use uuid::Uuid;

// Types are judged by what they are: generated code is the same as without these names.
type Key = Uuid;
type Title = String;
type Views = u32;
type Time = DateTime<Utc>;

/// Holds notes. A client that is offline makes the id itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Folder {
    #[resource(id, by_client)]
    pub id: Uuid,
    #[resource(unique)]
    pub name: String,
    #[resource(has_many = Note)]
    pub notes: Vec<NoteTitle>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Folder)]
pub struct FolderName {
    pub id: Uuid,
    pub name: String,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(events(
    create(name = "note.add", alias = "note.create", alias = "new_note"),
    update,
    delete(alias = "remove_note"),
    get
))]
#[resource(
    list = "all_notes",
    unique(folder, title),
    index(title, views),
    index(main_label, folder)
)]
pub struct Note {
    #[resource(id)]
    pub id: Key,
    pub title: Title,
    #[resource(belongs_to = Folder)]
    pub folder: FolderName,
    #[resource(belongs_to = Label)]
    pub main_label: Option<Label>,
    #[serde(default)]
    #[resource(many_to_many = Label)]
    pub labels: Vec<Label>,
    #[resource(read_only)]
    pub views: Views,
    #[resource(created_at)]
    pub written_at: Time,
    /// The last update.
    #[resource(updated_at)]
    pub edited_at: chrono::DateTime<chrono::Utc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Note)]
pub struct NoteTitle {
    pub id: Uuid,
    pub title: String,
    pub edited_at: DateTime<Utc>,
}

/// A word on notes, which is its own id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Label {
    /// The word.
    #[resource(id, by_client)]
    #[garde(length(chars, min = 1, max = 40))]
    pub id: String,
    pub color: Option<String>,
}

/// Refers to labels by a key that is counted up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Filter {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = Label)]
    pub label: Label,
    #[resource(many_to_many = Folder)]
    pub folders: Vec<FolderName>,
}

/// Has labels of its own under a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(refresh = "on_request")]
pub struct Board {
    #[resource(id, by_client)]
    pub id: String,
    #[resource(many_to_many = Note)]
    pub notes: Vec<NoteTitle>,
}

pub fn schema() -> Description {
    Schema::new("Notes")
        .events(EventStyle::pattern("{resource}.{verb}"))
        .resource::<Folder>()
        .resource::<Note>()
        .resource::<Label>()
        .resource::<Filter>()
        .resource::<Board>()
        .describe()
}

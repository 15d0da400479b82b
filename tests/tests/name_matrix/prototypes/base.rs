//! A schema with one of everything: each other is put beside it, and what is emitted for it gives further names to try.

use rowcast_schema::prelude::*;

/// A book.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(unique(title, year), access(write = role("editor")))]
pub struct Book {
    #[resource(id)]
    pub id: i64,
    #[resource(index)]
    #[garde(length(chars, max = 80))]
    pub title: String,
    pub year: u16,
    pub binding: Binding,
    #[resource(read_only)]
    pub loans: u32,
    #[serde(skip)]
    #[resource(hidden)]
    pub shelf_mark: String,
    #[resource(belongs_to = Author)]
    pub author: AuthorName,
    #[resource(many_to_many = Topic)]
    pub topics: Vec<Topic>,
}

/// What is shown of a book.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Book)]
pub struct BookTitle {
    pub id: i64,
    pub title: String,
}

/// How a book is bound.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub enum Binding {
    Paper,
    Cloth,
}

/// An author.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Author {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[serde(with = "Digits")]
    #[schemars(with = "Digits")]
    pub sold: u64,
    #[resource(access(read = role("editor")))]
    pub note: Option<String>,
    #[resource(has_many = Book)]
    pub books: Vec<BookTitle>,
}

/// What is shown of an author.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Author)]
pub struct AuthorName {
    pub id: i64,
    pub name: String,
}

/// What a book is about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Topic {
    #[resource(id)]
    pub id: i64,
    pub word: String,
}

/// A branch, which is a scope.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "branches", scope = id)]
pub struct Branch {
    #[resource(id)]
    pub id: i64,
    pub town: String,
}

/// A shelf, which stands in a branch.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(plural = "shelves", scope = branch)]
pub struct Shelf {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = Branch, on_delete = "cascade")]
    pub branch: Branch,
    pub length: f64,
}

/// Signs in.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = Session)]
pub struct SignIn {
    pub name: String,
    pub password: String,
}

/// The data of a sign-in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Session {
    pub token: String,
}

/// Lends a book.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(transaction)]
pub struct Lend {
    pub book: Ref<Book>,
    pub cover: Bytes,
}

/// Tells that a book is back.
#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
pub struct Returned {
    pub book: u32,
    pub cover: Bytes,
}

pub fn schema() -> Description {
    rowcast_schema::Schema::new("Library")
        .resource::<Book>()
        .resource::<Author>()
        .resource::<Topic>()
        .resource::<Branch>()
        .resource::<Shelf>()
        .command::<SignIn>()
        .command::<Lend>()
        .event::<Returned>()
        .describe()
}

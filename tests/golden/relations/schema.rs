//! Every kind of relation, required and optional, and resources that refer to each other.

use rowcast_schema::prelude::*;

/// Writes books.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Author {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    pub born: Option<i32>,
    /// The books by this author.
    #[resource(has_many = Book, via = "author")]
    pub books: Vec<BookTitle>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Author)]
pub struct AuthorName {
    pub id: i64,
    pub name: String,
}

/// A book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Book {
    #[resource(id)]
    pub id: i64,
    #[resource(unique)]
    pub title: String,
    #[resource(belongs_to = Author)]
    pub author: AuthorName,
    #[resource(belongs_to = Author)]
    pub translator: Option<AuthorName>,
    /// In the order of importance.
    #[serde(default)]
    #[resource(many_to_many = Topic)]
    pub topics: Vec<Topic>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Book)]
pub struct BookTitle {
    pub id: i64,
    pub title: String,
}

/// What a book is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Topic {
    #[resource(id)]
    pub id: i64,
    #[resource(index)]
    pub word: String,
}

pub fn schema() -> Description {
    Schema::new("Library")
        .resource::<Author>()
        .resource::<Book>()
        .resource::<Topic>()
        .describe()
}

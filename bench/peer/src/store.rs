//! The coaches in SQLite, through sqlx: a pool, and a statement for each thing to do.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Coach {
    pub id: i64,
    pub name: String,
    pub age: Option<u8>,
    pub picture: Option<String>,
    pub username: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct NewCoach {
    name: String,
    age: Option<u8>,
    picture: Option<String>,
    username: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct CoachPatch {
    id: i64,
    name: Option<String>,
    age: Option<u8>,
    picture: Option<String>,
    username: Option<String>,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS coaches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    age INTEGER,
    picture TEXT,
    username TEXT UNIQUE,
    password_hash TEXT
)";
const LIST: &str = "SELECT id, name, age, picture, username FROM coaches ORDER BY id";
const CREATE: &str = "INSERT INTO coaches (name, age, picture, username) VALUES (?, ?, ?, ?)
    RETURNING id, name, age, picture, username";
const UPDATE: &str = "UPDATE coaches SET
    name = coalesce(?, name), age = coalesce(?, age),
    picture = coalesce(?, picture), username = coalesce(?, username)
    WHERE id = ? RETURNING id, name, age, picture, username";

#[derive(Clone)]
pub struct Store(SqlitePool);

impl Store {
    pub async fn open(file: &str, connections: u32) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30));
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .connect_with(options)
            .await?;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self(pool))
    }

    pub async fn list(&self) -> Result<Vec<Coach>, sqlx::Error> {
        sqlx::query_as(LIST).fetch_all(&self.0).await
    }

    pub async fn create(&self, new: NewCoach) -> Result<Coach, sqlx::Error> {
        sqlx::query_as(CREATE)
            .bind(new.name)
            .bind(new.age)
            .bind(new.picture)
            .bind(new.username)
            .fetch_one(&self.0)
            .await
    }

    pub async fn update(&self, patch: CoachPatch) -> Result<Coach, sqlx::Error> {
        sqlx::query_as(UPDATE)
            .bind(patch.name)
            .bind(patch.age)
            .bind(patch.picture)
            .bind(patch.username)
            .bind(patch.id)
            .fetch_one(&self.0)
            .await
    }
}

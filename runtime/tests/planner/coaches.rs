//! As emitted: the coaches' table, rows and calls.

use rowcast_runtime::store::{
    self, Column, Ids, Read, RowsOf, Statement, TableDefinition, UniqueKey,
};
use rowcast_runtime::{Call, Caller, Error, ListId, LiveList, RowId};
use rowcast_schema::input::IdOnly;
use rowcast_schema::{Page, PageQuery};

use super::schedules;
use super::schema::{Coach, CoachPatch, NewCoach};
use super::server::{App, Commands, Tables};

/// The live list `coaches`.
pub const LIST: ListId = ListId(0);

/// The table `coaches`.
pub const TABLE: TableDefinition = TableDefinition {
    name: "coaches",
    create: Statement::of(
        r#"CREATE TABLE IF NOT EXISTS "coaches" ( "id" integer PRIMARY KEY, "name" text NOT NULL, "age" integer, "username" text, "password_hash" text )"#,
    ),
    indexes: &[Statement::of(
        r#"CREATE UNIQUE INDEX IF NOT EXISTS "coaches_username" ON "coaches" ("username")"#,
    )],
    columns: &[
        Column::new("id"),
        Column::new("name"),
        Column::new("age").optional(Statement::of("integer")),
        Column::new("username").optional(Statement::of("text")),
        Column::new("password_hash").optional(Statement::of("text")),
    ],
    keys: &[UniqueKey::new("coaches_username", &["username"])],
};

const SELECT_ALL: &str =
    r#"SELECT "id", "name", "age", "username", "password_hash" FROM "coaches" ORDER BY "id""#;
const SELECT_ONE: &str =
    r#"SELECT "id", "name", "age", "username", "password_hash" FROM "coaches" WHERE "id" = ?1"#;
const SELECT_BY_IDS: &str = r#"SELECT "id", "name", "age", "username", "password_hash" FROM "coaches" WHERE "id" IN (SELECT "value" FROM json_each(?1)) ORDER BY "id""#;
const SELECT_PAGE: &str = r#"SELECT "id", "name", "age", "username", "password_hash" FROM "coaches" WHERE "id" > ?1 ORDER BY "id" LIMIT ?2"#;
const SELECT_BY_USERNAME: &str = r#"SELECT "id", "name", "age", "username", "password_hash" FROM "coaches" WHERE "username" = ?1"#;
const INSERT: &str = r#"INSERT INTO "coaches" ("name", "age", "username") VALUES (?1, ?2, ?3)"#;
const UPDATE: &str = r#"UPDATE "coaches" SET "name" = iif(?2, ?3, "name"), "age" = iif(?4, ?5, "age"), "username" = iif(?6, ?7, "username") WHERE "id" = ?1"#;
const DELETE: &str = r#"DELETE FROM "coaches" WHERE "id" = ?1"#;
/// Gives a row if there is a coach with the id; for those who refer to one.
pub const EXISTS: &str = r#"SELECT 1 FROM "coaches" WHERE "id" = ?1"#;

/// Typed access to the coaches.
pub struct Coaches<'tx, T> {
    tx: &'tx T,
}

impl<'tx, T> Coaches<'tx, T> {
    pub(super) fn of(tx: &'tx T) -> Self {
        Self { tx }
    }
}

impl<T: Read> Coaches<'_, T> {
    /// All coaches, in the order of their ids.
    pub fn list(&self) -> Result<Vec<Coach>, Error> {
        self.tx.rows(SELECT_ALL, [], |row| map_coach(row, 0))
    }

    /// One coach.
    pub fn get(&self, id: i64) -> Result<Option<Coach>, Error> {
        self.tx.row(SELECT_ONE, [id], |row| map_coach(row, 0))
    }

    /// One coach, or an error that there is none.
    pub fn require(&self, id: i64) -> Result<Coach, Error> {
        self.get(id)?.ok_or(Error::NotFound { what: "coach" })
    }

    /// The coaches with these ids, as far as they exist.
    pub fn by_ids(&self, ids: &[RowId]) -> Result<Vec<Coach>, Error> {
        self.tx
            .rows(SELECT_BY_IDS, [Ids(ids)], |row| map_coach(row, 0))
    }

    /// The coach with this username.
    pub fn by_username(&self, username: &str) -> Result<Option<Coach>, Error> {
        self.tx
            .row(SELECT_BY_USERNAME, [username], |row| map_coach(row, 0))
    }

    /// A page of coaches.
    pub fn page(&self, query: &PageQuery) -> Result<Page<Coach>, Error> {
        let rows = self.tx.rows(
            SELECT_PAGE,
            (query.after.unwrap_or(i64::MIN), store::page_limit(query)),
            |row| map_coach(row, 0),
        )?;
        Ok(store::page(query, rows, |coach| coach.id))
    }
}

impl Coaches<'_, store::Transaction<'_>> {
    /// Adds a coach.
    pub fn create(&self, new: NewCoach) -> Result<Coach, Error> {
        let id = self
            .tx
            .insert(&TABLE, INSERT, (new.name, new.age, new.username))?;
        self.tx.changed(LIST, id);
        self.require(id)
    }

    /// Changes what the patch names.
    pub fn update(&self, patch: CoachPatch) -> Result<Coach, Error> {
        let shown_elsewhere = patch.name.is_some();
        self.tx.update(
            &TABLE,
            UPDATE,
            (
                patch.id,
                patch.name.is_some(),
                patch.name,
                patch.age.is_some(),
                patch.age.flatten(),
                patch.username.is_some(),
                patch.username.flatten(),
            ),
        )?;
        let coach = self.require(patch.id)?;
        self.tx.changed(LIST, patch.id);
        if shown_elsewhere {
            self.tx
                .changed_rows(schedules::LIST, schedules::IDS_BY_COACH, [patch.id])?;
        }
        Ok(coach)
    }

    /// Removes a coach.
    pub fn delete(&self, id: i64) -> Result<(), Error> {
        if !self.tx.delete(DELETE, [id])? {
            return Err(Error::NotFound { what: "coach" });
        }
        self.tx.changed(LIST, id);
        Ok(())
    }
}

/// Maps the columns from `at` on.
pub(super) fn map_coach(row: &store::Row<'_>, at: usize) -> Result<Coach, store::ColumnError> {
    Ok(Coach {
        id: row.get(at)?,
        name: row.get(at + 1)?,
        age: row.get(at + 2)?,
        username: row.get(at + 3)?,
        password_hash: row.get(at + 4)?,
    })
}

pub(super) fn live_list(store: &store::Database) -> LiveList {
    let rows = RowsOf {
        store: store.clone(),
        all: |reader, _| reader.coaches().list(),
        by_ids: |reader, ids, _| reader.coaches().by_ids(ids),
        id: |coach: &Coach| coach.id.into(),
    };
    LiveList::new(LIST, "coaches", rows)
}

pub(super) fn new_coach<C: Commands>(
    app: &App<C>,
    tx: &store::Transaction<'_>,
    call: Call<NewCoach>,
) -> Result<Coach, Error> {
    let Call {
        caller,
        input: mut new,
    } = call;
    app.hooks().before_create_coach(&caller, tx, &mut new)?;
    let coach = tx.coaches().create(new)?;
    app.hooks().after_create_coach(&caller, tx, &coach)?;
    Ok(coach)
}

pub(super) fn update_coach<C: Commands>(
    _: &App<C>,
    tx: &store::Transaction<'_>,
    call: Call<CoachPatch>,
) -> Result<Coach, Error> {
    tx.coaches().update(call.input)
}

pub(super) fn delete_coach<C: Commands>(
    _: &App<C>,
    tx: &store::Transaction<'_>,
    call: Call<IdOnly<i64>>,
) -> Result<(), Error> {
    tx.coaches().delete(call.input.0)
}

pub(super) async fn get_coach<C: Commands>(
    app: App<C>,
    call: Call<IdOnly<i64>>,
) -> Result<Coach, Error> {
    app.store()
        .read(move |reader| reader.coaches().require(call.input.0))
        .await
}

pub(super) async fn list_coaches<C: Commands>(
    app: App<C>,
    call: Call<PageQuery>,
) -> Result<Page<Coach>, Error> {
    app.store()
        .read(move |reader| reader.coaches().page(&call.input))
        .await
}

/// Reads a row once more, for a call that is repeated.
pub(super) fn current(tx: &store::Transaction<'_>, _: &Caller, id: RowId) -> Result<Coach, Error> {
    let row = tx.coaches().by_ids(&[id])?.pop();
    row.ok_or(Error::not_found("coach"))
}

pub(super) fn id_of(row: &Coach) -> RowId {
    row.id.into()
}

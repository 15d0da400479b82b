//! As emitted: the schedules' table, rows and calls.

use rowcast_runtime::store::{self, Column, Ids, Read, RowsOf, Statement, TableDefinition, Text};
use rowcast_runtime::{Call, Caller, Error, ListId, LiveList, RowId};
use rowcast_schema::input::IdOnly;

use super::coaches;
use super::schema::{CoachName, NewSchedule, Schedule, SchedulePatch};
use super::server::{App, Commands, Tables};

/// The live list `schedules`.
pub const LIST: ListId = ListId(1);

/// The table `schedules`.
pub const TABLE: TableDefinition = TableDefinition {
    name: "schedules",
    create: Statement::of(
        r#"CREATE TABLE IF NOT EXISTS "schedules" ( "id" integer PRIMARY KEY, "day" text NOT NULL, "coach_id" integer NOT NULL REFERENCES "coaches" ("id") )"#,
    ),
    indexes: &[Statement::of(
        r#"CREATE INDEX IF NOT EXISTS "schedules_coach_id" ON "schedules" ("coach_id")"#,
    )],
    columns: &[
        Column::new("id"),
        Column::new("day"),
        Column::new("coach_id").of("coach.id"),
    ],
    keys: &[],
};

const SELECT_ALL: &str = r#"SELECT "schedules"."id", "schedules"."day", "coach"."id", "coach"."name" FROM "schedules" JOIN "coaches" AS "coach" ON "coach"."id" = "schedules"."coach_id" ORDER BY "schedules"."id""#;
const SELECT_ONE: &str = r#"SELECT "schedules"."id", "schedules"."day", "coach"."id", "coach"."name" FROM "schedules" JOIN "coaches" AS "coach" ON "coach"."id" = "schedules"."coach_id" WHERE "schedules"."id" = ?1"#;
const SELECT_BY_IDS: &str = r#"SELECT "schedules"."id", "schedules"."day", "coach"."id", "coach"."name" FROM "schedules" JOIN "coaches" AS "coach" ON "coach"."id" = "schedules"."coach_id" WHERE "schedules"."id" IN (SELECT "value" FROM json_each(?1)) ORDER BY "schedules"."id""#;
const INSERT: &str = r#"INSERT INTO "schedules" ("day", "coach_id") VALUES (?1, ?2)"#;
const UPDATE: &str = r#"UPDATE "schedules" SET "day" = iif(?2, ?3, "day"), "coach_id" = iif(?4, ?5, "coach_id") WHERE "id" = ?1"#;
const DELETE: &str = r#"DELETE FROM "schedules" WHERE "id" = ?1"#;
/// The schedules that show a coach.
pub const IDS_BY_COACH: &str = r#"SELECT "id" FROM "schedules" WHERE "coach_id" = ?1"#;

/// Typed access to the schedules.
pub struct Schedules<'tx, T> {
    tx: &'tx T,
}

impl<'tx, T> Schedules<'tx, T> {
    pub(super) fn of(tx: &'tx T) -> Self {
        Self { tx }
    }
}

impl<T: Read> Schedules<'_, T> {
    /// All schedules, in the order of their ids.
    pub fn list(&self) -> Result<Vec<Schedule>, Error> {
        self.tx.rows(SELECT_ALL, [], |row| map_schedule(row, 0))
    }

    /// One schedule.
    pub fn get(&self, id: i64) -> Result<Option<Schedule>, Error> {
        self.tx.row(SELECT_ONE, [id], |row| map_schedule(row, 0))
    }

    /// One schedule, or an error that there is none.
    pub fn require(&self, id: i64) -> Result<Schedule, Error> {
        self.get(id)?.ok_or(Error::NotFound { what: "schedule" })
    }

    /// The schedules with these ids, as far as they exist.
    pub fn by_ids(&self, ids: &[RowId]) -> Result<Vec<Schedule>, Error> {
        self.tx
            .rows(SELECT_BY_IDS, [Ids(ids)], |row| map_schedule(row, 0))
    }
}

impl Schedules<'_, store::Transaction<'_>> {
    /// Adds a schedule.
    pub fn create(&self, new: NewSchedule) -> Result<Schedule, Error> {
        self.tx
            .references()
            .one(coaches::EXISTS, [new.coach.id], "coach.id", "coach")?
            .check()?;
        let id = self
            .tx
            .insert(&TABLE, INSERT, (Text(new.day), new.coach.id))?;
        self.tx.changed(LIST, id);
        self.require(id)
    }

    /// Changes what the patch names.
    pub fn update(&self, patch: SchedulePatch) -> Result<Schedule, Error> {
        let coach_id = patch.coach.map(|coach| coach.id);
        self.tx
            .references()
            .maybe(
                coaches::EXISTS,
                coach_id.map(|id| [id]),
                "coach.id",
                "coach",
            )?
            .check()?;
        self.tx.update(
            &TABLE,
            UPDATE,
            (
                patch.id,
                patch.day.is_some(),
                patch.day.map(Text),
                coach_id.is_some(),
                coach_id,
            ),
        )?;
        let schedule = self.require(patch.id)?;
        self.tx.changed(LIST, patch.id);
        Ok(schedule)
    }

    /// Removes a schedule.
    pub fn delete(&self, id: i64) -> Result<(), Error> {
        if !self.tx.delete(DELETE, [id])? {
            return Err(Error::NotFound { what: "schedule" });
        }
        self.tx.changed(LIST, id);
        Ok(())
    }
}

/// Maps the columns from `at` on.
fn map_schedule(row: &store::Row<'_>, at: usize) -> Result<Schedule, store::ColumnError> {
    Ok(Schedule {
        id: row.get(at)?,
        day: row.get::<Text<_>>(at + 1)?.0,
        coach: CoachName {
            id: row.get(at + 2)?,
            name: row.get(at + 3)?,
        },
    })
}

pub(super) fn live_list(store: &store::Database) -> LiveList {
    let rows = RowsOf {
        store: store.clone(),
        all: |reader, _| reader.schedules().list(),
        by_ids: |reader, ids, _| reader.schedules().by_ids(ids),
        id: |schedule: &Schedule| schedule.id.into(),
    };
    LiveList::new(LIST, "schedules", rows)
}

pub(super) fn new_schedule<C: Commands>(
    _: &App<C>,
    tx: &store::Transaction<'_>,
    call: Call<NewSchedule>,
) -> Result<Schedule, Error> {
    tx.schedules().create(call.input)
}

pub(super) fn update_schedule<C: Commands>(
    _: &App<C>,
    tx: &store::Transaction<'_>,
    call: Call<SchedulePatch>,
) -> Result<Schedule, Error> {
    tx.schedules().update(call.input)
}

pub(super) fn delete_schedule<C: Commands>(
    _: &App<C>,
    tx: &store::Transaction<'_>,
    call: Call<IdOnly<i64>>,
) -> Result<(), Error> {
    tx.schedules().delete(call.input.0)
}

/// Reads a row once more, for a call that is repeated.
pub(super) fn current(
    tx: &store::Transaction<'_>,
    _: &Caller,
    id: RowId,
) -> Result<Schedule, Error> {
    let row = tx.schedules().by_ids(&[id])?.pop();
    row.ok_or(Error::not_found("schedule"))
}

pub(super) fn id_of(row: &Schedule) -> RowId {
    row.id.into()
}

//! Rows that a new schema can't read are found when the file is opened, with their table, column, count, first id and a
//! remedy. Nothing of the file is changed then.

use std::time::{Duration, Instant};

use rowcast_runtime::Change;
use rowcast_runtime::store::{
    Column, Database, Json, ListDefinition, ListRead, Options, Statement, StoreDefinition,
    TableDefinition, Text,
};
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;

use crate::board::{Board, TAGS, row};
use crate::client::Client;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Monday,
    Tuesday,
}

#[derive(Deserialize)]
struct Size {
    #[allow(dead_code, reason = "it only has to be there")]
    width: u8,
}

const TABLE: TableDefinition = TableDefinition {
    name: "plans",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS plans (id integer PRIMARY KEY, name text NOT NULL, day text, \
             age integer, size text, room_id integer REFERENCES rooms (id))",
    ),
    indexes: &[],
    columns: &[],
    keys: &[],
};

const ROOMS: TableDefinition = TableDefinition {
    name: "rooms",
    create: Statement::of("CREATE TABLE IF NOT EXISTS rooms (id integer PRIMARY KEY)"),
    indexes: &[],
    columns: &[],
    keys: &[],
};
const UNIQUE: TableDefinition = TableDefinition {
    indexes: &[Statement::of(
        "CREATE UNIQUE INDEX IF NOT EXISTS plans_name_key ON plans (name)",
    )],
    ..TABLE
};

const NAME: ListRead = ListRead::new(Statement::of("SELECT id, name FROM plans"), |row| {
    row.get::<String>(1).map(drop)
});
const DAY: ListRead = ListRead::new(
    Statement::of("SELECT plans.id, plans.day FROM plans"),
    |row| {
        let day = row.get::<Option<Text<Day>>>(1)?;
        assert!(day.is_none_or(|Text(day)| matches!(day, Day::Monday | Day::Tuesday)));
        Ok(())
    },
);
const AGE: ListRead = ListRead::new(Statement::of("SELECT day, age, id FROM plans"), |row| {
    row.get::<Option<u8>>(1).map(drop)
});
const SIZE: ListRead = ListRead::new(Statement::of("SELECT id, size FROM plans"), |row| {
    row.get::<Option<Json<Size>>>(1).map(drop)
});

const fn store(
    tables: &'static [TableDefinition],
    lists: &'static [ListDefinition],
    contract: &'static str,
) -> StoreDefinition {
    StoreDefinition {
        tables,
        lists,
        contract,
    }
}

const READ_BY_ALL: StoreDefinition = store(
    &[ROOMS, TABLE],
    &[ListDefinition::new("plans").read_by(&[NAME, DAY, AGE, SIZE])],
    "2",
);

fn open(folder: &TempDir, definition: &StoreDefinition) -> Result<Database, String> {
    let file = folder.path().join("plans.db");
    Database::open(file, Options::default(), definition).map_err(|error| error.to_string())
}

/// A file as an earlier schema left it, which demanded nothing.
fn left(rows: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = rusqlite::Connection::open(folder.path().join("plans.db")).unwrap();
    file.execute_batch(
        "CREATE TABLE plans (id integer PRIMARY KEY, name text, day text, age integer, size text, room_id integer)",
    )
    .unwrap();
    file.execute_batch(rows).unwrap();
    folder
}

#[track_caller]
fn assert_rejected(folder: &TempDir, definition: &StoreDefinition, parts: &[&str]) {
    for _ in 0..2 {
        let error = open(folder, definition).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "no `{part}` in: {error}");
        }
    }
}

const ONE: &str = "INSERT INTO plans (id, name) VALUES (1, 'a');";

#[test]
fn rows_that_can_be_read_are_no_reason() {
    let folder = left(
        "INSERT INTO plans VALUES (1, 'a', 'monday', 255, '{\"width\":1}', NULL), (2, 'b', NULL, NULL, NULL, NULL)",
    );
    assert!(open(&folder, &READ_BY_ALL).is_ok());
    assert!(open(&folder, &READ_BY_ALL).is_ok());
}

#[test]
fn nulls_of_a_field_that_was_optional_are_named_with_two_remedies() {
    let folder = left("INSERT INTO plans (id, name) VALUES (1, 'a'), (4, NULL), (9, NULL)");
    let parts = [
        "plans.db",
        "table `plans`, column `name`: 2 rows (the first has the id 4) without a value",
        "make the field an `Option` again",
        "UPDATE \"plans\" SET \"name\" = … WHERE \"name\" IS NULL",
    ];
    assert_rejected(&folder, &READ_BY_ALL, &parts);
}

#[tokio::test]
async fn nulls_are_found_under_the_same_contract_too() {
    let folder = left(ONE);
    drop(open(&folder, &READ_BY_ALL).unwrap());
    let file = rusqlite::Connection::open(folder.path().join("plans.db")).unwrap();
    file.execute_batch("INSERT INTO plans (id) VALUES (7)")
        .unwrap();
    let parts = ["column `name`: 1 row (its id is 7) without a value"];
    assert_rejected(&folder, &READ_BY_ALL, &parts);
    file.execute_batch("UPDATE plans SET name = 'b' WHERE name IS NULL")
        .unwrap();
    assert!(open(&folder, &READ_BY_ALL).is_ok());
}

#[test]
fn all_columns_that_can_not_be_read_are_named_at_once() {
    let folder = left(
        "INSERT INTO plans (id, name, day) VALUES (2, 'a', 'sunday');
         INSERT INTO plans (id, name, age) VALUES (3, 'b', 256), (4, 'c', -1), (5, 'd', 7);
         INSERT INTO plans (id, name, size) VALUES (6, 'e', '{\"height\":1}'), (7, 'f', 'no json');
         INSERT INTO plans (id, name) VALUES (8, x'ff00');",
    );
    let parts = [
        "column `day`: the row 2 can't be read: it holds text: unknown variant `sunday`",
        "column `age`: 2 rows can't be read, the first of them 3: it holds 256, which is out of range",
        "column `size`: 2 rows can't be read, the first of them 6: it holds text: missing field `width`",
        "column `name`: the row 8 can't be read: it holds bytes",
        "UPDATE \"plans\" SET \"age\" = … WHERE id = 3",
    ];
    assert_rejected(&folder, &READ_BY_ALL, &parts);
}

#[test]
fn a_file_that_was_read_under_the_contract_is_not_read_again() {
    let folder = left(ONE);
    drop(open(&folder, &READ_BY_ALL).unwrap());
    let file = rusqlite::Connection::open(folder.path().join("plans.db")).unwrap();
    file.execute_batch("UPDATE plans SET day = 'sunday'")
        .unwrap();
    assert!(open(&folder, &READ_BY_ALL).is_ok());
    let newer = StoreDefinition {
        contract: "3",
        ..READ_BY_ALL
    };
    assert_rejected(&folder, &newer, &["column `day`"]);
    // A start that failed is no start under that contract.
    assert!(open(&folder, &READ_BY_ALL).is_ok());
}

#[test]
fn a_column_of_another_type_would_spoil_each_row_that_is_written() {
    for (kept, wanted) in [
        ("integer", "text"),
        ("text", "integer"),
        ("double", "integer"),
        ("text", "double"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = rusqlite::Connection::open(folder.path().join("plans.db")).unwrap();
        let create = |kind: &str| {
            format!("CREATE TABLE IF NOT EXISTS hours (id integer PRIMARY KEY, hour {kind})")
        };
        file.execute_batch(&create(kept)).unwrap();
        let table = TableDefinition {
            name: "hours",
            create: Statement::of(String::leak(create(wanted))),
            indexes: &[],
            columns: const { &[Column::new("id"), Column::new("hour")] },
            keys: &[],
        };
        let definition = store(Box::leak(Box::new([table])), &[], "1");
        let expected = format!(
            "table `hours`, column `hour`: the file keeps it as {kept}, and the schema as {wanted}"
        );
        assert_rejected(
            &folder,
            &definition,
            &[&expected, "help: change the field back"],
        );
    }
}

#[test]
fn values_that_are_to_be_unique_and_are_not_are_named() {
    let folder = left(
        "INSERT INTO plans (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'b'), (5, NULL), (6, NULL)",
    );
    let definition = store(&[ROOMS, UNIQUE], &[], "1");
    let parts = [
        "table `plans`, column `name`: 2 rows (the first has the id 2) with the same value as another",
        "must be unique",
        "UPDATE \"plans\" SET",
    ];
    assert_rejected(&folder, &definition, &parts);
}

#[test]
fn references_to_rows_that_are_missing_are_named() {
    let folder = left(
        "CREATE TABLE rooms (id integer PRIMARY KEY); INSERT INTO rooms VALUES (1);
         INSERT INTO plans (id, name, room_id) VALUES (1, 'a', 1), (2, 'b', 5), (3, 'c', NULL)",
    );
    let parts = [
        "table `plans`, column `room_id`: 1 row (its id is 2) with a reference to nothing in `rooms`",
        "help: add those rows",
    ];
    assert_rejected(&folder, &READ_BY_ALL, &parts);
}

#[test]
fn a_start_that_is_rejected_changes_nothing() {
    let folder = left("INSERT INTO plans (id) VALUES (1)");
    assert_rejected(&folder, &READ_BY_ALL, &["column `name`"]);
    let file = rusqlite::Connection::open(folder.path().join("plans.db")).unwrap();
    let tables: i64 = file
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_list_that_can_not_be_loaded_is_tried_ever_more_rarely_and_others_go_on() {
    let board = Board::new(10);
    let address = board.start().await;
    let (mut synced, mut plain) = (board.synced(address).await, Client::connect(address).await);
    board.notes.fail(true);
    let begun = Instant::now();
    board.put(1, "a");
    tokio::time::sleep(Duration::from_secs(2)).await;
    board.tags.put(7, "other");
    board.change_log.commit(vec![vec![Change::row(TAGS, 7)]]);
    assert_eq!(plain.event("tags").await, json!([row(7, "other")]));
    let tried = board.notes.row_loads();
    // After 0.2, 0.6, 1.4 … seconds: with each doubling of the time once more.
    let seconds = begun.elapsed().as_secs_f64();
    let most = 2.0 + (seconds / 0.2 + 1.0).log2();
    assert!(
        tried >= 2 && tried as f64 <= most,
        "{tried} times in {seconds} s"
    );
    board.notes.fail(false);
    assert_eq!(
        synced.event("notes:changes").await["put"],
        json!([row(1, "a")])
    );
}

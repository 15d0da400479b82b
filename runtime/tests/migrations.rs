//! Files that an older or a newer schema has left.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

use rowcast_runtime::store::{
    Column, Database, ListDefinition, Options, Read, Statement, StoreDefinition, TableDefinition,
};
use tempfile::TempDir;

const fn column(name: &'static str, optional: Option<&'static str>) -> Column {
    match optional {
        Some(kind) => Column::new(name).optional(Statement::of(kind)),
        None => Column::new(name),
    }
}

const V1: TableDefinition = TableDefinition {
    name: "notes",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL)",
    ),
    indexes: &[],
    columns: &[column("id", None), column("text", None)],
    keys: &[],
};

const WITH_LINK: TableDefinition = TableDefinition {
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL, link text)",
    ),
    indexes: &[Statement::of(
        "CREATE UNIQUE INDEX IF NOT EXISTS notes_text ON notes (text)",
    )],
    columns: &[
        column("id", None),
        column("text", None),
        column("link", Some("text")),
    ],
    ..V1
};

const WITH_AUTHOR: TableDefinition = TableDefinition {
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL, author text NOT NULL)",
    ),
    columns: &[
        column("id", None),
        column("text", None),
        column("author", None),
    ],
    ..V1
};

const WITH_AUTHOR_AND_DATE: TableDefinition = TableDefinition {
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text text NOT NULL, author text NOT NULL, written_on text NOT NULL)",
    ),
    columns: &[
        column("id", None),
        column("text", None),
        column("author", None),
        column("written_on", None),
    ],
    ..V1
};

const fn store(tables: &'static [TableDefinition]) -> StoreDefinition {
    StoreDefinition {
        tables,
        lists: const { &[ListDefinition::new("notes")] },
        contract: "1",
    }
}

fn open(folder: &TempDir, tables: &'static [TableDefinition]) -> Result<Database, String> {
    let file = folder.path().join("notes.db");
    Database::open(file, Options::default(), &store(tables)).map_err(|error| error.to_string())
}

async fn columns(database: &Database) -> Vec<String> {
    let sql = "SELECT name FROM pragma_table_info('notes')";
    database
        .read(move |reader| reader.rows(sql, [], |row| row.get(0)))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_column_that_can_be_empty_is_added_and_rows_stay() {
    let folder = tempfile::tempdir().unwrap();
    let old = open(&folder, &[V1]).unwrap();
    old.write(|tx| tx.execute("INSERT INTO notes (text) VALUES ('kept')", []))
        .await
        .unwrap();
    drop(old);
    for _ in 0..2 {
        let new = open(&folder, &[WITH_LINK]).unwrap();
        assert_eq!(columns(&new).await, ["id", "text", "link"]);
        let kept =
            new.read(|reader| reader.row("SELECT text FROM notes", [], |row| row.get::<String>(0)));
        assert_eq!(kept.await.unwrap().as_deref(), Some("kept"));
    }
}

#[tokio::test]
async fn a_column_that_must_have_a_value_can_not_be_added() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, &[V1]).unwrap());
    let error = open(&folder, &[WITH_AUTHOR]).unwrap_err();
    for part in [
        "notes.db",
        "table `notes` lacks column `author`",
        "help: make the field an `Option`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(
        columns(&open(&folder, &[V1]).unwrap()).await,
        ["id", "text"]
    );
}

#[tokio::test]
async fn all_columns_that_must_be_added_by_hand_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, &[V1]).unwrap());
    let error = open(&folder, &[WITH_AUTHOR_AND_DATE]).unwrap_err();
    for part in ["lacks column `author`", "lacks column `written_on`"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_column_the_schema_lacks_is_left_alone_unless_inserts_would_fail() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, &[WITH_LINK]).unwrap());
    assert_eq!(
        columns(&open(&folder, &[V1]).unwrap()).await,
        ["id", "text", "link"]
    );

    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, &[WITH_AUTHOR]).unwrap());
    let error = open(&folder, &[V1]).unwrap_err();
    for part in [
        "column `author` that the schema lacks",
        "ALTER TABLE \"notes\" DROP COLUMN \"author\"",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_index_that_rows_contradict_names_its_statement_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let old = open(&folder, &[V1]).unwrap();
    old.write(|tx| tx.execute("INSERT INTO notes (text) VALUES ('twice'), ('twice')", []))
        .await
        .unwrap();
    drop(old);
    let error = open(&folder, &[WITH_LINK]).unwrap_err();
    assert!(
        error.contains("CREATE UNIQUE INDEX IF NOT EXISTS notes_text"),
        "{error}"
    );
    assert_eq!(
        columns(&open(&folder, &[V1]).unwrap()).await,
        ["id", "text"]
    );
}

#[test]
fn what_is_no_database_or_no_place_for_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("notes.db"),
        "This is a text and not a database, by far.",
    )
    .unwrap();
    assert!(open(&folder, &[V1]).unwrap_err().contains("notes.db"));
    let nowhere = folder.path().join("no/such/folder/notes.db");
    let error = Database::open(&nowhere, Options::default(), &store(&[V1]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no/such/folder` does not exist\nhelp: create it"),
        "{error}"
    );
    let error = Database::open(folder.path(), Options::default(), &store(&[V1]))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("this is a folder, not a file\nhelp: name a file in it"),
        "{error}"
    );
    assert!(Database::open(":memory:", Options::default(), &store(&[V1])).is_err());
}

//! Values that an older schema left in a file: they are logged, and what is suggested about them has an effect.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod measures;

use measures::Lines;
use rowcast_runtime::store::{
    Column, Database, ListDefinition, Options, Statement, StoreDefinition, TableDefinition,
};
use rusqlite::Connection;
use tempfile::TempDir;

const fn column(name: &'static str, optional: Option<&'static str>) -> Column {
    match optional {
        Some(kind) => Column::new(name).optional(Statement::of(kind)),
        None => Column::new(name),
    }
}

/// A table with an id and these columns; the second of two names adds a column.
macro_rules! table {
    ($name:literal, $create:literal, $($column:literal $(= $kind:literal)?),*) => {
        TableDefinition {
            name: $name,
            create: Statement::of(concat!("CREATE TABLE IF NOT EXISTS ", $name, " (id integer PRIMARY KEY, ", $create, ")")),
            indexes: &[],
            columns: &[column("id", None), $(column($column, table!(@ $($kind)?))),*], keys: &[], }
    };
    (@) => { None };
    (@ $kind:literal) => { Some($kind) };
}

const AGE: &[TableDefinition] = &[table!("coaches", "age integer", "age" = "integer")];
const YEARS: &[TableDefinition] = &[table!("coaches", "years integer", "years" = "integer")];
const NAME: &[TableDefinition] = &[table!("coaches", "name text NOT NULL", "name")];
const FULL_NAME: &[TableDefinition] = &[table!("coaches", "full_name text NOT NULL", "full_name")];
const MAYBE_NAME: &[TableDefinition] = &[table!("coaches", "full_name text", "full_name" = "text")];
const TRAINERS: &[TableDefinition] = &[table!("trainers", "age integer", "age" = "integer")];
const PAIRS: TableDefinition = TableDefinition {
    name: "team_coaches",
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS team_coaches (team_id integer NOT NULL, position integer NOT NULL, \
             coach_id integer NOT NULL, PRIMARY KEY (team_id, position))",
    ),
    indexes: &[],
    columns: &[
        column("team_id", None),
        column("position", None),
        column("coach_id", None),
    ],
    keys: &[],
};
const OTHER_PAIRS: TableDefinition = TableDefinition {
    create: Statement::of(
        "CREATE TABLE IF NOT EXISTS team_coaches (team_id integer NOT NULL, position integer NOT NULL, \
             trainer_id integer NOT NULL, PRIMARY KEY (team_id, position))",
    ),
    columns: &[
        column("team_id", None),
        column("position", None),
        column("trainer_id", None),
    ],
    ..PAIRS
};

const fn store(tables: &'static [TableDefinition]) -> StoreDefinition {
    StoreDefinition {
        tables,
        lists: const { &[ListDefinition::new("coaches")] },
        contract: "1",
    }
}

struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The file as `tables` make it, with what `sql` does.
    fn with(tables: &'static [TableDefinition], sql: &str) -> Self {
        let file = Self::new();
        drop(file.open(tables).unwrap());
        file.run(sql);
        file
    }

    fn open(&self, tables: &'static [TableDefinition]) -> Result<Database, String> {
        let path = self.0.path().join("gym.db");
        Database::open(path, Options::default(), &store(tables)).map_err(|error| error.to_string())
    }

    /// What is logged while it is opened.
    fn logged(&self, tables: &'static [TableDefinition]) -> String {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(lines.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || drop(self.open(tables).unwrap()));
        lines.text()
    }

    fn run(&self, sql: &str) {
        let connection = Connection::open(self.0.path().join("gym.db")).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn number(&self, sql: &str) -> Option<i64> {
        let connection = Connection::open(self.0.path().join("gym.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// The statement of a text that begins so, up to the next `; ` or the end.
fn statement<'t>(text: &'t str, start: &str) -> &'t str {
    let at = text
        .find(start)
        .unwrap_or_else(|| panic!("{start} is not in {text}"));
    text[at..].split("; ").next().unwrap()
}

#[test]
fn values_of_a_renamed_field_are_logged_with_what_takes_them_over() {
    let file = File::with(AGE, "INSERT INTO coaches (age) VALUES (41), (NULL)");
    let log = file.logged(YEARS);
    for part in [
        " WARN ",
        "the file has values in a column that is no field of the schema any more, so no client sees them",
        "table=\"coaches\" column=\"age\"",
    ] {
        assert!(log.contains(part), "{log}");
    }
    file.run(statement(
        &log,
        "UPDATE \"coaches\" SET \"years\" = \"age\" WHERE \"years\" IS NULL",
    ));
    assert_eq!(
        file.number("SELECT years FROM coaches WHERE id = 1"),
        Some(41)
    );
    // It is logged until the file has no such column.
    let log = file.logged(YEARS);
    assert!(!log.contains("if the field was renamed"), "{log}");
    file.run(statement(
        &log,
        "ALTER TABLE \"coaches\" DROP COLUMN \"age\"",
    ));
    assert_eq!(file.logged(YEARS), "");
}

#[test]
fn a_column_without_values_is_left_alone_in_silence() {
    let file = File::with(AGE, "INSERT INTO coaches (age) VALUES (NULL)");
    assert_eq!(file.logged(YEARS), "");
}

#[test]
fn rows_of_a_renamed_resource_are_logged_and_tables_of_the_application_are_not() {
    // The application's table has the name of a list, which is no reason to speak of it.
    let sql = "INSERT INTO coaches (age) VALUES (41); CREATE TABLE own (id); INSERT INTO own VALUES (1);
               INSERT INTO rowcast_changes (list, position, operation, row_id) VALUES ('own', 1, 'put', 1)";
    let file = File::with(AGE, sql);
    assert_eq!(file.logged(AGE), "");
    let log = file.logged(TRAINERS);
    assert!(
        log.contains("the file has rows in a table that the schema does not have any more")
            && log.contains("ALTER TABLE \"coaches\" RENAME TO")
            && !log.contains("own"),
        "{log}"
    );
    file.run("DROP TABLE trainers; ALTER TABLE \"coaches\" RENAME TO \"trainers\"");
    assert_eq!(file.logged(TRAINERS), "");
    assert_eq!(file.number("SELECT age FROM trainers"), Some(41));
}

#[test]
fn rows_of_a_join_table_that_is_no_longer_used_are_logged() {
    let file = File::with(&[PAIRS], "INSERT INTO team_coaches VALUES (1, 0, 2)");
    let log = file.logged(AGE);
    assert!(log.contains("table=\"team_coaches\""), "{log}");
    file.run("DELETE FROM team_coaches");
    assert_eq!(file.logged(AGE), "");
}

#[test]
fn a_required_column_that_was_renamed_is_renamed_by_what_the_error_says() {
    for renamed in [FULL_NAME, MAYBE_NAME] {
        let file = File::with(NAME, "INSERT INTO coaches (name) VALUES ('7')");
        let error = file.open(renamed).unwrap_err();
        file.run(statement(
            &error,
            "ALTER TABLE \"coaches\" RENAME COLUMN \"name\" TO \"full_name\"",
        ));
        drop(file.open(renamed).unwrap());
        let kept = "SELECT CAST(full_name AS integer) FROM coaches";
        assert_eq!(file.number(kept), Some(7));
    }
}

#[test]
fn a_column_that_rejects_null_though_its_field_is_an_option_is_logged_with_what_changes_it() {
    const MAYBE: &[TableDefinition] = &[table!("coaches", "name text", "name" = "text")];
    let file = File::with(NAME, "INSERT INTO coaches (name) VALUES ('7')");
    let log = file.logged(MAYBE);
    assert!(log.contains("rejects null"), "{log}");
    let (_, help) = log.split_once("help=").unwrap();
    let (_, statements) = help.split_once(": ").unwrap();
    file.run(statements);
    assert_eq!(file.logged(MAYBE), "");
    file.run("INSERT INTO coaches (name) VALUES (NULL)");
    let kept = "SELECT CAST(name AS integer) FROM coaches WHERE id = 1";
    assert_eq!(file.number(kept), Some(7));
}

#[test]
fn a_missing_column_is_added_by_what_the_error_says() {
    let file = File::with(AGE, "INSERT INTO coaches (age) VALUES (41)");
    let error = file.open(NAME).unwrap_err();
    let add = statement(
        &error,
        "ALTER TABLE \"coaches\" ADD COLUMN \"name\" TEXT NOT NULL DEFAULT …",
    );
    file.run(&add.replace('…', "'?'"));
    drop(file.open(NAME).unwrap());
}

#[test]
fn a_column_of_pairs_is_not_to_be_made_an_option() {
    let file = File::with(&[PAIRS], "INSERT INTO team_coaches VALUES (1, 0, 2)");
    let error = file.open(&[OTHER_PAIRS]).unwrap_err();
    assert!(!error.contains("Option"), "{error}");
    file.run(statement(
        &error,
        "ALTER TABLE \"team_coaches\" RENAME COLUMN \"coach_id\" TO \"trainer_id\"",
    ));
    drop(file.open(&[OTHER_PAIRS]).unwrap());
}

#[test]
fn a_column_with_an_index_is_dropped_after_it_and_one_that_refers_to_rows_is_not() {
    let file = File::with(
        NAME,
        "CREATE UNIQUE INDEX coaches_name_key ON coaches (name)",
    );
    let error = file.open(AGE).unwrap_err();
    let (_, drops) = error.split_once("drop the column from the file: ").unwrap();
    assert_eq!(
        drops,
        "DROP INDEX \"coaches_name_key\"; ALTER TABLE \"coaches\" DROP COLUMN \"name\""
    );
    file.run(drops);
    drop(file.open(AGE).unwrap());

    let file = File::new();
    file.run(
        "CREATE TABLE coaches (id integer PRIMARY KEY, age integer, team integer NOT NULL REFERENCES coaches (id))",
    );
    let error = file.open(AGE).unwrap_err();
    assert!(!error.contains("DROP COLUMN"), "{error}");
    assert!(
        error.contains("copy the rows into a table without the column"),
        "{error}"
    );
}

const KEYED: &[TableDefinition] = &[TableDefinition {
    indexes: &[Statement::of(
        "CREATE UNIQUE INDEX IF NOT EXISTS coaches_age_key ON coaches (age)",
    )],
    ..AGE[0]
}];

#[test]
fn a_unique_index_of_an_earlier_schema_is_logged_with_its_name() {
    let file = File::with(KEYED, "");
    assert!(!file.logged(KEYED).contains("unique index"));
    let logged = file.logged(AGE);
    assert!(
        logged.contains("DROP INDEX \"coaches_age_key\""),
        "{logged}"
    );
    file.run("DROP INDEX \"coaches_age_key\"");
    assert!(!file.logged(AGE).contains("unique index"));
}

#[test]
fn a_start_that_fails_tells_of_tables_by_other_names_too() {
    const BOTH: &[TableDefinition] = &[AGE[0], NUMBERED];
    const RENAMED: &[TableDefinition] = &[TRAINERS[0], TITLED];
    const NUMBERED: TableDefinition = table!("teams", "number text NOT NULL", "number");
    const TITLED: TableDefinition = table!("teams", "title text NOT NULL", "title");
    let file = File::with(BOTH, "INSERT INTO coaches (age) VALUES (30)");
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let error = tracing::subscriber::with_default(subscriber, || file.open(RENAMED).unwrap_err());
    assert!(
        error.contains("RENAME COLUMN \"number\" TO \"title\""),
        "{error}"
    );
    let (logged, rename) = (
        lines.text(),
        "DROP TABLE IF EXISTS \"trainers\"; ALTER TABLE \"coaches\" RENAME TO \"trainers\"",
    );
    assert!(logged.contains(rename), "{logged}");
    // What was said is what helps.
    file.run(&format!(
        "{rename}; ALTER TABLE teams RENAME COLUMN \"number\" TO \"title\""
    ));
    drop(file.open(RENAMED).unwrap());
    assert_eq!(file.number("SELECT age FROM trainers"), Some(30));
}

//! The emitted Rust of the golden cases: compiled, linted, and used on real SQLite files.
//!
//! Long, since its cases share one way to set the scene.

#[path = "../golden/bare/schema.rs"]
pub mod bare;
#[rustfmt::skip]
#[path = "../golden/bare/rust/mod.rs"]
pub mod bare_server;
#[path = "../golden/commands_and_events/schema.rs"]
pub mod commands_and_events;
#[rustfmt::skip]
#[path = "../golden/commands_and_events/rust/mod.rs"]
pub mod commands_and_events_server;
#[path = "../golden/deprecated/schema.rs"]
pub mod deprecated;
#[rustfmt::skip]
#[path = "../golden/deprecated/rust/mod.rs"]
pub mod deprecated_server;
#[path = "../golden/empty/schema.rs"]
pub mod empty;
#[rustfmt::skip]
#[path = "../golden/empty/rust/mod.rs"]
pub mod empty_server;
#[path = "../golden/every/schema.rs"]
pub mod every;
#[rustfmt::skip]
#[path = "../golden/every/rust/mod.rs"]
pub mod every_server;
#[path = "../golden/ids/schema.rs"]
pub mod ids;
#[rustfmt::skip]
#[path = "../golden/ids/rust/mod.rs"]
pub mod ids_server;
#[path = "../golden/layout/schema.rs"]
pub mod layout;
#[rustfmt::skip]
#[path = "../golden/layout/rust/mod.rs"]
pub mod layout_server;
#[path = "../golden/minimal/schema.rs"]
pub mod minimal;
#[rustfmt::skip]
#[path = "../golden/minimal/rust/mod.rs"]
pub mod minimal_server;
#[path = "../golden/quirks/schema.rs"]
pub mod quirks;
#[rustfmt::skip]
#[path = "../golden/quirks/rust/mod.rs"]
pub mod quirks_server;
#[path = "../golden/relations/schema.rs"]
pub mod relations;
#[rustfmt::skip]
#[path = "../golden/relations/rust/mod.rs"]
pub mod relations_server;
#[path = "../golden/staff/schema.rs"]
pub mod staff;
#[rustfmt::skip]
#[path = "../golden/staff/rust/mod.rs"]
pub mod staff_server;
#[path = "../golden/values/schema.rs"]
pub mod values;
#[rustfmt::skip]
#[path = "../golden/values/rust/mod.rs"]
pub mod values_server;

use relations::{Author, AuthorName, Book, BookPatch, NewAuthor, NewBook, NewTopic};
use rowcast_runtime::store::{ColumnError, Database, Read, Reader, Row, Statement, ToValue};
use rowcast_runtime::{Error, ListId, PageQuery, Reading, RowId, Written};
use rowcast_schema::{ErrorCode, Input};
use serde_json::{Value, json};

/// An input as a client sends it.
fn input<I: Input>(value: Value) -> I {
    I::read(value, Reading::Strict).unwrap()
}

fn lists<T>(written: &Written<T>) -> Vec<ListId> {
    let mut lists: Vec<ListId> = written.positions.iter().map(|(list, _)| *list).collect();
    lists.sort();
    lists
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (ErrorCode, Value) {
    let error = result.unwrap_err();
    let code = error.code();
    let errors = match error {
        Error::Invalid(errors) | Error::Conflict(errors) => serde_json::to_value(errors).unwrap(),
        other => json!(other.to_string()),
    };
    (code, errors)
}

fn library(folder: &tempfile::TempDir) -> Database {
    relations_server::open(folder.path().join("library.sqlite3")).unwrap()
}

/// Two authors, two topics, one book.
async fn with_a_book(store: &Database) -> Book {
    use relations_server::Tables as _;
    store
        .write(|tx| {
            for name in ["Ann", "Bo"] {
                tx.authors()
                    .create(input::<NewAuthor>(json!({ "name": name })))?;
            }
            for word in ["sea", "war"] {
                tx.topics()
                    .create(input::<NewTopic>(json!({ "word": word })))?;
            }
            tx.books().create(input::<NewBook>(json!({
                "title": "Tides",
                "author": { "id": 1 },
                "translator": { "id": 2 },
                "topics": [{ "id": 2 }, { "id": 1 }, { "id": 2 }],
            })))
        })
        .await
        .unwrap()
        .value
}

#[tokio::test]
async fn relations_show_what_they_lead_to() {
    use relations_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = library(&folder);
    let book = with_a_book(&store).await;
    let name = |id: i64, name: &str| AuthorName {
        id,
        name: name.into(),
    };
    assert_eq!(
        (book.author.clone(), book.translator.clone()),
        (name(1, "Ann"), Some(name(2, "Bo")))
    );
    let words: Vec<_> = book
        .topics
        .iter()
        .map(|topic| topic.word.as_str())
        .collect();
    assert_eq!(words, ["war", "sea", "war"]);
    let (listed, authors) = store
        .read(|tx| Ok((tx.books().list()?, tx.authors().list()?)))
        .await
        .unwrap();
    assert_eq!(listed, [book]);
    let books = |author: &Author| {
        author
            .books
            .iter()
            .map(|book| book.title.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        authors.iter().map(books).collect::<Vec<_>>(),
        [vec!["Tides".to_owned()], vec![]]
    );
}

#[tokio::test]
async fn a_write_touches_the_lists_that_show_the_row_and_no_others() {
    use relations_server::{Tables as _, authors, books, topics};
    let folder = tempfile::tempdir().unwrap();
    let store = library(&folder);
    with_a_book(&store).await;
    let renamed = store
        .write(|tx| {
            tx.authors()
                .update(input(json!({ "id": 1, "name": "Anna" })))
        })
        .await
        .unwrap();
    assert_eq!(lists(&renamed), [authors::LIST, books::LIST]);
    let born = store
        .write(|tx| tx.authors().update(input(json!({ "id": 1, "born": 1900 }))))
        .await
        .unwrap();
    assert_eq!(lists(&born), [authors::LIST]);
    // An author's list of books shows neither their translators nor their topics.
    let translated = store
        .write(|tx| {
            tx.books().update(input(
                json!({ "id": 1, "translator": null, "topics": [{ "id": 1 }] }),
            ))
        })
        .await
        .unwrap();
    assert_eq!(lists(&translated), [books::LIST]);
    let word = store
        .write(|tx| {
            tx.topics()
                .update(input(json!({ "id": 1, "word": "ocean" })))
        })
        .await
        .unwrap();
    assert_eq!(lists(&word), [books::LIST, topics::LIST]);
    let unused = store
        .write(|tx| tx.topics().create(input(json!({ "word": "peace" }))))
        .await
        .unwrap();
    assert_eq!(lists(&unused), [topics::LIST]);
    // Both the author who loses the book and the one who gets it show another list of books.
    let moved = store
        .write(|tx| {
            tx.books()
                .update(input(json!({ "id": 1, "author": { "id": 2 } })))
        })
        .await
        .unwrap();
    assert_eq!(lists(&moved), [authors::LIST, books::LIST]);
    assert_eq!(moved.value.author.name, "Bo");
    let deleted = store.write(|tx| tx.books().delete(1)).await.unwrap();
    assert_eq!(lists(&deleted), [authors::LIST, books::LIST]);
}

#[tokio::test]
async fn a_patch_tells_absent_from_null_and_replaces_lists_as_a_whole() {
    use relations_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = library(&folder);
    let before = with_a_book(&store).await;
    let update = async |patch: Value| {
        let patch = input::<BookPatch>(patch);
        store
            .write(move |tx| tx.books().update(patch))
            .await
            .map(|written| written.value)
    };
    assert_eq!(update(json!({ "id": 1 })).await.unwrap(), before);
    assert_eq!(
        update(json!({ "id": 1, "translator": null }))
            .await
            .unwrap()
            .translator,
        None
    );
    let shorter = update(json!({ "id": 1, "topics": [{ "id": 1 }] }))
        .await
        .unwrap();
    assert_eq!(shorter.topics.len(), 1);
    let unknown = update(json!({ "id": 1, "title": "X", "topics": [{ "id": 2 }, { "id": 9 }], "author": { "id": 8 } })).await;
    let expected = json!({
        "author.id": ["there is no author with this id"],
        "topics[1].id": ["there is no topic with this id"],
    });
    assert_eq!(refused(unknown), (ErrorCode::Invalid, expected));
    assert_eq!(
        store.read(|tx| tx.books().get(1)).await.unwrap(),
        Some(shorter)
    );
    assert_eq!(
        refused(update(json!({ "id": 7 })).await).0,
        ErrorCode::NotFound
    );
}

#[tokio::test]
async fn constraints_are_errors_on_their_fields() {
    use relations_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = library(&folder);
    with_a_book(&store).await;
    let twice = store
        .write(|tx| {
            tx.books()
                .create(input(json!({ "title": "Tides", "author": { "id": 1 } })))
        })
        .await;
    assert_eq!(
        refused(twice),
        (
            ErrorCode::Conflict,
            json!({ "title": ["is already taken"] })
        )
    );
    let in_use = store.write(|tx| tx.authors().delete(1)).await;
    assert_eq!(
        refused(in_use),
        (ErrorCode::Conflict, json!({ "_": ["is still in use"] }))
    );
    let counts = store
        .read(|tx| Ok((tx.books().list()?.len(), tx.authors().list()?.len())))
        .await
        .unwrap();
    assert_eq!(counts, (1, 2));
}

#[tokio::test]
async fn rows_are_found_by_page_and_by_key() {
    use relations_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = library(&folder);
    with_a_book(&store).await;
    let query = |after| PageQuery {
        after,
        limit: Some(1),
    };
    let (first, second) = store
        .read(move |tx| {
            Ok((
                tx.authors().page(&query(None))?,
                tx.authors().page(&query(Some(1)))?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(
        (first.rows[0].id, first.rows[0].books.len(), first.next),
        (1, 1, Some(1))
    );
    assert_eq!((second.rows[0].id, second.next), (2, None));
    let (book, topics) = store
        .read(|tx| Ok((tx.books().by_title("Tides")?, tx.topics().by_word("war")?)))
        .await
        .unwrap();
    assert_eq!(book.unwrap().topics.len(), 3);
    assert_eq!(topics.len(), 1);
}

/// One of everything, as a client sends it.
fn sample() -> Value {
    json!({
        "small": -128, "wide": -2_147_483_648_i64, "unsigned": 4_294_967_295_u32, "very_wide": 9_007_199_254_740_991_i64,
        "half": 0.5, "real": 1.0e-300, "flag": true, "maybe": null, "text": "a 'quoted' \u{0} \u{1f600} text; DROP TABLE samples",
        "color": "green", "maybe_color": "red", "numbers": [0, 255], "table": { "a b": 1.5, "": -2.0 }, "pair": [7, "x"],
        "triple": [1, 2, 3], "point": { "x": 1.0, "y": null }, "shape": { "kind": "at", "x": 0.25, "y": 2.0 },
        "adjacent": { "t": "Number", "c": -1 }, "either": "text", "outside": { "Two": [1, "b"] }, "meters": 3.5,
        "count": u64::MAX, "mood": null, "letter": "ß", "short": -32768, "word": 65535, "size": -9_007_199_254_740_991_i64,
        "label": "five", "tree": { "name": "root", "children": [{ "name": "leaf", "children": [] }] },
        "any": { "deep": [null, { "er": 1 }] }, "filled_in": null,
        "exact": "9223372036854775807", "maybe_exact": "18446744073709551615",
    })
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_was() {
    use values_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = values_server::open(folder.path().join("values.sqlite3")).unwrap();
    let sent = sample();
    let new = input::<values::NewSample>(sent.clone());
    let row = store
        .write(|tx| tx.samples().create(new))
        .await
        .unwrap()
        .value;
    let mut expected = sent;
    expected["id"] = json!(1);
    expected["three"] = json!(3);
    expected["visits"] = json!(0);
    assert_eq!(serde_json::to_value(&row).unwrap(), expected);
    let read = store
        .read(|tx| {
            Ok((
                tx.samples().list()?,
                tx.samples().by_color(&values::Color::Green)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(read, (vec![row.clone()], vec![row.clone()]));
    assert_eq!((row.secret, row.level), (None, 0));
    let set = store
        .write(|tx| {
            tx.samples().set_secret(1, Some("s"))?;
            tx.samples().set_visits(1, 5)?;
            tx.samples().get(1)
        })
        .await
        .unwrap();
    let row = set.value.unwrap();
    assert_eq!((row.secret.as_deref(), row.visits), (Some("s"), 5));
    assert!(!serde_json::to_string(&row).unwrap().contains("secret"));
}

/// Numbers in types of their own keep every digit, as plain ones do. (SQLite itself keeps no sign of zero.)
#[tokio::test]
async fn numbers_in_newtypes_keep_every_digit() {
    use values_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = values_server::open(folder.path().join("values.sqlite3")).unwrap();
    let numbers = [
        0.1 + 0.2,
        1.0 / 3.0,
        5e-324,
        f64::MAX,
        9_007_199_254_740_993.0,
        123_456_789.123_456_79,
        2.225_073_858_507_201e-308,
        1e23,
    ];
    let counts = [
        0,
        1,
        1 << 53,
        (1 << 53) + 1,
        i64::MAX as u64,
        1 << 63,
        u64::MAX,
    ];
    for (index, meters) in numbers.into_iter().enumerate() {
        let mut new = input::<values::NewSample>(sample());
        new.text = format!("row {index}");
        new.meters = values::Meters(meters);
        new.real = meters;
        new.count = values::Count(counts[index % counts.len()]);
        let expected = (new.meters.clone(), new.real.to_bits(), new.count.clone());
        let row = store
            .write(|tx| tx.samples().create(new))
            .await
            .unwrap()
            .value;
        assert_eq!(
            (row.meters.clone(), row.real.to_bits(), row.count.clone()),
            expected
        );
        assert_eq!(row.meters.0.to_bits(), meters.to_bits());
        let found = store
            .read(move |tx| tx.samples().by_meters(&values::Meters(meters)))
            .await
            .unwrap();
        assert_eq!(found, [row]);
    }
}

#[tokio::test]
async fn a_patch_changes_values_of_every_kind_and_no_others() {
    use values_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = values_server::open(folder.path().join("values.sqlite3")).unwrap();
    let new = input::<values::NewSample>(sample());
    let row = store
        .write(|tx| tx.samples().create(new))
        .await
        .unwrap()
        .value;
    let mut expected = serde_json::to_value(&row).unwrap();
    let others = json!({
        "small": 127, "wide": 2_147_483_647, "unsigned": 0, "very_wide": -1, "half": -0.25, "real": 0.1,
        "flag": false, "maybe": true, "text": "", "color": "red", "maybe_color": null, "numbers": [], "table": {},
        "pair": [0, ""], "triple": [-1, 0, 1], "point": { "x": 0.1, "y": 0.2 }, "shape": { "kind": "dot" },
        "adjacent": { "t": "Nothing" }, "either": 5, "outside": "Unit", "meters": 0.1, "count": 0, "mood": "green",
        "letter": "'", "short": 1, "word": 0, "size": 0, "label": "null", "tree": { "name": "", "children": [] },
        "any": [], "filled_in": "x", "three": 4, "exact": "-9007199254740993", "maybe_exact": null,
    });
    let fields = others.as_object().unwrap();
    for (field, value) in fields {
        let patch = input::<values::SamplePatch>(json!({ "id": 1, field.as_str(): value }));
        let written = store
            .write(|tx| tx.samples().update(patch))
            .await
            .unwrap_or_else(|error| panic!("{field}: {error}"));
        expected[field.as_str()] = value.clone();
        assert_eq!(
            serde_json::to_value(&written.value).unwrap(),
            expected,
            "{field}"
        );
    }
    let settable = expected.as_object().unwrap().keys();
    let untried: Vec<_> = settable.filter(|key| !fields.contains_key(*key)).collect();
    assert_eq!(untried, ["id", "visits"], "no client sets these");
    let visible = json!({ "id": 1, "visits": 9, "secret": "s", "level": 9 });
    let patch = input::<values::SamplePatch>(visible);
    let written = store
        .write(|tx| tx.samples().update(patch))
        .await
        .unwrap()
        .value;
    assert_eq!(serde_json::to_value(&written).unwrap(), expected);
    assert_eq!((written.secret, written.level), (None, 0));
}

#[tokio::test]
async fn a_row_refers_to_rows_of_its_own_kind() {
    use staff_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = staff_server::open(folder.path().join("staff.sqlite3")).unwrap();
    let created = store
        .write(|tx| {
            let create = |value: Value| tx.employees().create(input::<staff::NewEmployee>(value));
            create(json!({ "name": "Ann" }))?;
            create(json!({ "name": "Bo", "manager": { "id": 1 }, "rows": [{ "id": 1 }] }))?;
            create(json!({
                "name": "Cy",
                "manager": { "id": 1 },
                "rows": [{ "id": 2 }, { "id": 1 }],
                "row": [{ "id": 2 }],
            }))
        })
        .await
        .unwrap();
    let names = |list: &[staff::EmployeeName]| {
        list.iter()
            .map(|shown| shown.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&created.value.rows), ["Bo", "Ann"]);
    assert_eq!(names(&created.value.row), ["Bo"]);
    let renamed = store
        .write(|tx| {
            tx.employees()
                .update(input(json!({ "id": 1, "name": "Anna" })))?;
            tx.employees().set_badge(2, 7)?;
            tx.employees().list()
        })
        .await
        .unwrap();
    assert_eq!(lists(&renamed), [staff_server::employees::LIST]);
    let [anna, bo, cy] = renamed.value.as_slice() else {
        panic!("three employees")
    };
    assert_eq!(names(&anna.reports), ["Bo", "Cy"]);
    assert_eq!(
        (anna.reports[0].badge, bo.badge, cy.row[0].badge),
        (7, 7, 7)
    );
    assert_eq!(bo.manager.as_ref().unwrap().name, "Anna");
    assert_eq!(names(&cy.rows), ["Bo", "Anna"]);
    let page = store
        .read(|tx| {
            tx.employees().page(&PageQuery {
                after: Some(1),
                limit: Some(1),
            })
        })
        .await
        .unwrap();
    assert_eq!(
        (page.rows.as_slice(), page.next),
        ([bo.clone()].as_slice(), Some(2))
    );
    let in_use = store.write(|tx| tx.employees().delete(2)).await;
    assert_eq!(refused(in_use).1, json!({ "_": ["is still in use"] }));
    let unused = store
        .write(|tx| {
            tx.employees().delete(3)?;
            tx.employees().get(1)
        })
        .await
        .unwrap();
    assert_eq!(names(&unused.value.unwrap().reports), ["Bo"]);
}

#[tokio::test]
async fn what_only_the_server_sets_is_set_looked_up_and_unique() {
    use bare_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = bare_server::open(folder.path().join("bare.sqlite3")).unwrap();
    let set = store
        .write(|tx| {
            tx.marks().create(input(json!({ "id": 7, "other": 1 })))?;
            tx.marks().update(input(json!({ "id": 1 })))?;
            tx.ticks().create(input(json!({ "count": 5 })))?;
            tx.ticks().create(input(json!({})))?;
            tx.ticks().set_note(1, Some("first"))?;
            tx.ticks().set_count(1, 3)?;
            tx.ticks().by_note("first")
        })
        .await
        .unwrap();
    assert_eq!(
        set.value,
        Some(bare::Tick {
            id: 1,
            count: 3,
            note: Some("first".into())
        })
    );
    let twice = store
        .write(|tx| tx.ticks().set_note(2, Some("first")))
        .await;
    assert_eq!(
        refused(twice),
        (ErrorCode::Conflict, json!({ "note": ["is already taken"] }))
    );
    let missing = store.write(|tx| tx.ticks().set_count(9, 1)).await;
    assert_eq!(refused(missing).0, ErrorCode::NotFound);
}

/// Counts statements.
struct Counting<'r, 'c> {
    reader: &'r Reader<'c>,
    statements: std::cell::Cell<usize>,
}

impl Read for Counting<'_, '_> {
    fn each_row(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), ColumnError>,
    ) -> Result<(), Error> {
        self.statements.set(self.statements.get() + 1);
        self.reader.each_row(statement, parameters, take)
    }
}

#[tokio::test]
async fn a_list_costs_the_same_statements_whatever_its_length() {
    use relations_server::Tables as _;
    let folder = tempfile::tempdir().unwrap();
    let store = library(&folder);
    with_a_book(&store).await;
    let statements = async || {
        store
            .read(|reader| {
                let count = |read: &dyn Fn(&Counting<'_, '_>) -> Result<usize, Error>| {
                    let counting = Counting {
                        reader,
                        statements: 0.into(),
                    };
                    read(&counting).map(|rows| (rows, counting.statements.get()))
                };
                let ids: Vec<RowId> = (1..=100).map(RowId::from).collect();
                let whole = PageQuery {
                    after: None,
                    limit: Some(1000),
                };
                Ok([
                    count(&|tx| Ok(tx.books().list()?.len()))?,
                    count(&|tx| Ok(tx.books().by_ids(&ids)?.len()))?,
                    count(&|tx| Ok(tx.books().page(&whole)?.rows.len()))?,
                    count(&|tx| Ok(tx.authors().list()?.len()))?,
                ])
            })
            .await
            .unwrap()
    };
    // One for the rows with what they belong to, and one for each field that shows a list.
    assert_eq!(statements().await, [(1, 2), (1, 2), (1, 2), (2, 2)]);
    store
        .write(|tx| {
            for number in 0..60 {
                tx.books().create(input::<NewBook>(json!({
                    "title": format!("Volume {number}"),
                    "author": { "id": 1 + number % 2 },
                    "topics": [{ "id": 1 }, { "id": 2 }],
                })))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(statements().await, [(61, 2), (61, 2), (61, 2), (2, 2)]);
}

#[test]
fn the_other_servers_open_their_files() {
    let folder = tempfile::tempdir().unwrap();
    assert!(minimal_server::open(folder.path().join("minimal.sqlite3")).is_ok());
    assert!(quirks_server::open(folder.path().join("quirks.sqlite3")).is_ok());
    assert!(layout_server::open(folder.path().join("layout.sqlite3")).is_ok());
    assert!(commands_and_events_server::open(folder.path().join("chat.sqlite3")).is_ok());
    assert!(empty_server::open(folder.path().join("empty.sqlite3")).is_ok());
}

#[tokio::test]
async fn ids_are_texts_where_the_schema_says_so() {
    use ids::{NewBoard, NewFilter, NewFolder, NewLabel, NewNote, NotePatch};
    use ids_server::Tables as _;
    use uuid::Uuid;

    let folder = tempfile::tempdir().unwrap();
    let store = ids_server::open(folder.path().join("notes.sqlite3")).unwrap();
    let given = Uuid::from_u128(0xF0_0D);
    let (first, second) = store
        .write(move |tx| {
            // Beyond U+FFFF, code units are in another order than code points.
            for word in ["\u{1F600}", "b", "\u{FF5E}", "B", "a"] {
                tx.labels()
                    .create(input::<NewLabel>(json!({ "id": word })))?;
            }
            tx.folders().create(input::<NewFolder>(
                json!({ "id": given.to_string().to_uppercase(), "name": "in" }),
            ))?;
            let note = json!({
                "title": "x", "folder": { "id": given }, "main_label": { "id": "a" },
                "labels": [{ "id": "b" }, { "id": "a" }],
            });
            let first = tx.notes().create(input::<NewNote>(note.clone()))?;
            let mut other = note.clone();
            other["title"] = json!("z");
            let second = tx.notes().create(input::<NewNote>(other))?;
            tx.filters().create(input::<NewFilter>(
                json!({ "label": { "id": "b" }, "folders": [{ "id": given }] }),
            ))?;
            tx.boards().create(input::<NewBoard>(
                json!({ "id": "todo", "notes": [{ "id": second.id }] }),
            ))?;
            Ok((first, second))
        })
        .await
        .unwrap()
        .value;
    assert!(first.id < second.id, "ids are in the order of time");
    assert_eq!(first.id.get_version_num(), 7);
    assert_eq!(first.folder.id, given);
    let words = |labels: &[ids::Label]| {
        labels
            .iter()
            .map(|label| label.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&first.labels), ["b", "a"]);

    let (labels, folders, filters, boards) = store
        .read(|tx| {
            Ok((
                tx.labels().list()?,
                tx.folders().list()?,
                tx.filters().list()?,
                tx.boards().list()?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(words(&labels), ["B", "a", "b", "\u{FF5E}", "\u{1F600}"]);
    let titles: Vec<_> = folders[0].notes.iter().map(|note| note.id).collect();
    assert_eq!(titles, [first.id, second.id]);
    assert_eq!(
        (filters[0].label.id.as_str(), filters[0].folders[0].id),
        ("b", given)
    );
    assert_eq!(boards[0].notes[0].id, second.id);

    let query = PageQuery {
        after: Some("a".to_owned()),
        limit: Some(1),
    };
    let page = store
        .read(move |tx| tx.labels().page(&query))
        .await
        .unwrap();
    assert_eq!(
        (words(&page.rows), page.next),
        (vec!["b".to_owned()], Some("b".to_owned()))
    );
    let query = PageQuery {
        after: Some(first.id),
        limit: None,
    };
    let page = store.read(move |tx| tx.notes().page(&query)).await.unwrap();
    assert_eq!((page.rows, page.next), (vec![second.clone()], None));

    let by_ids = store
        .read(move |tx| {
            tx.notes()
                .by_ids(&[RowId::from(second.id), RowId::from("none")])
        })
        .await
        .unwrap();
    assert_eq!(by_ids, std::slice::from_ref(&second));

    let written = store
        .write(move |tx| {
            tx.notes().set_views(first.id, 3)?;
            tx.notes().update(input::<NotePatch>(
                json!({ "id": first.id, "title": "y", "main_label": null, "labels": [{ "id": "a" }] }),
            ))
        })
        .await
        .unwrap();
    assert_eq!(
        lists(&written),
        [
            ids_server::folders::LIST,
            ids_server::notes::LIST,
            ids_server::boards::LIST
        ][..2]
    );
    let note = written.value;
    assert_eq!(
        (note.views, note.main_label, words(&note.labels)),
        (3, None, vec!["a".to_owned()])
    );
    store
        .write(move |tx| tx.notes().delete(first.id))
        .await
        .unwrap();
    assert_eq!(
        store
            .read(move |tx| tx.notes().get(first.id))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn an_id_that_is_taken_or_leads_nowhere_is_told_at_its_field() {
    use ids::{NewFolder, NewLabel, NewNote};
    use ids_server::Tables as _;

    let folder = tempfile::tempdir().unwrap();
    let store = ids_server::open(folder.path().join("notes.sqlite3")).unwrap();
    let label = || input::<NewLabel>(json!({ "id": "a" }));
    store
        .write(move |tx| tx.labels().create(label()))
        .await
        .unwrap();
    assert_eq!(
        refused(store.write(move |tx| tx.labels().create(label())).await),
        (ErrorCode::Conflict, json!({ "id": ["is already taken"] }))
    );
    let made = store
        .write(|tx| {
            tx.folders()
                .create(input::<NewFolder>(json!({ "name": "in" })))
        })
        .await
        .unwrap()
        .value;
    let again = json!({ "id": made.id, "name": "out" });
    assert_eq!(
        refused(
            store
                .write(move |tx| tx.folders().create(input::<NewFolder>(again)))
                .await
        ),
        (ErrorCode::Conflict, json!({ "id": ["is already taken"] }))
    );
    let note = json!({ "title": "x", "folder": { "id": uuid::Uuid::nil() }, "labels": [{ "id": "none" }] });
    assert_eq!(
        refused(
            store
                .write(move |tx| tx.notes().create(input::<NewNote>(note)))
                .await
        ),
        (
            ErrorCode::Invalid,
            json!({
                "folder.id": ["there is no folder with this id"],
                "labels[0].id": ["there is no label with this id"],
            })
        )
    );
    for (sent, field) in [(json!({}), "id"), (json!({ "id": "" }), "id")] {
        let errors = NewLabel::read(sent, Reading::Strict).unwrap_err();
        assert!(!errors.get(field).is_empty());
    }
}

#[tokio::test]
async fn rows_are_found_and_kept_apart_by_several_fields() {
    use ids::{NewFolder, NewLabel, NewNote};
    use ids_server::Tables as _;

    let folder = tempfile::tempdir().unwrap();
    let store = ids_server::open(folder.path().join("notes.sqlite3")).unwrap();
    let made = store
        .write(|tx| {
            tx.labels()
                .create(input::<NewLabel>(json!({ "id": "a" })))?;
            let mut made = Vec::new();
            for name in ["in", "out"] {
                made.push(
                    tx.folders()
                        .create(input::<NewFolder>(json!({ "name": name })))?
                        .id,
                );
            }
            for folder in &made {
                for title in ["x", "y"] {
                    tx.notes().create(input::<NewNote>(json!({
                        "title": title, "folder": { "id": folder }, "main_label": { "id": "a" },
                        "labels": [{ "id": "a" }],
                    })))?;
                }
            }
            Ok(made)
        })
        .await
        .unwrap()
        .value;
    let (inside, outside) = (made[0], made[1]);
    let (one, none, by_title, by_label) = store
        .read(move |tx| {
            Ok((
                tx.notes().by_folder_and_title(outside, "y")?,
                tx.notes().by_folder_and_title(outside, "z")?,
                tx.notes().by_title_and_views("x", 0)?,
                tx.notes().by_main_label_and_folder("a", inside)?,
            ))
        })
        .await
        .unwrap();
    let one = one.unwrap();
    assert_eq!(
        (one.folder.id, one.title.as_str(), one.labels.len()),
        (outside, "y", 1)
    );
    assert_eq!(none, None);
    let places = |notes: &[ids::Note]| {
        notes
            .iter()
            .map(|note| (note.folder.id, note.title.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        places(&by_title),
        [(inside, "x".into()), (outside, "x".into())]
    );
    assert_eq!(
        places(&by_label),
        [(inside, "x".into()), (inside, "y".into())]
    );

    let again = json!({ "title": "x", "folder": { "id": inside }, "labels": [] });
    assert_eq!(
        refused(
            store
                .write(move |tx| tx.notes().create(input::<NewNote>(again)))
                .await
        ),
        (
            ErrorCode::Conflict,
            json!({
                "folder.id": ["is already taken with the same `title`"],
                "title": ["is already taken with the same `folder.id`"],
            })
        )
    );
}

#[test]
fn events_are_named_by_the_style_of_the_schema() {
    use rowcast_schema::description::EventStyle;

    let named = |style: EventStyle| {
        let mut description = ids::schema();
        description.event_style = style;
        let contract = rowcast_schema::resolve(&description).unwrap();
        let folder = &contract.resources()[0];
        let calls = folder.calls.iter().map(|call| call.event.to_string());
        assert_eq!(
            (folder.list_event.as_str(), folder.changes_event.as_str()),
            ("folders", "folders:changes")
        );
        let note = &contract.resources()[1];
        assert_eq!(note.calls[0].event.as_str(), "note.add");
        assert_eq!(
            (note.list_event.as_str(), note.changes_event.as_str()),
            ("all_notes", "all_notes:changes")
        );
        calls.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        named(EventStyle::VerbFirst),
        "new_folder update_folder delete_folder get_folder list_folders"
    );
    assert_eq!(
        named(EventStyle::Namespaced),
        "folder:create folder:update folder:delete folder:get folder:list"
    );
    assert_eq!(
        named(EventStyle::pattern("{verb}/{resources}/{resource}")),
        "create/folders/folder update/folders/folder delete/folders/folder get/folders/folder list/folders/folder"
    );
    let mut description = ids::schema();
    description.resources[1].verbs.as_mut().unwrap()[1]
        .aliases
        .push("new_note".to_owned());
    let findings = rowcast_schema::resolve(&description)
        .unwrap_err()
        .to_string();
    assert!(
        findings.contains("the event `new_note` that a client sends belongs to"),
        "{findings}"
    );
}

#[tokio::test]
async fn the_server_sets_the_times_of_a_row() {
    use ids::{NewFolder, NewNote, NotePatch};
    use ids_server::Tables as _;

    let folder = tempfile::tempdir().unwrap();
    let store = ids_server::open(folder.path().join("notes.sqlite3")).unwrap();
    let before = chrono::Utc::now() - chrono::TimeDelta::milliseconds(1);
    let note = store
        .write(|tx| {
            let folder = tx
                .folders()
                .create(input::<NewFolder>(json!({ "name": "in" })))?
                .id;
            let past = "2001-01-01T00:00:00Z";
            tx.notes().create(input::<NewNote>(json!({
                "title": "x", "folder": { "id": folder }, "labels": [],
                "written_at": past, "edited_at": past,
            })))
        })
        .await
        .unwrap()
        .value;
    assert_eq!(note.written_at, note.edited_at);
    assert!(before < note.written_at && note.written_at <= chrono::Utc::now());

    std::thread::sleep(std::time::Duration::from_millis(3));
    let patch = json!({ "id": note.id, "labels": [] });
    let written = store
        .write(move |tx| tx.notes().update(input::<NotePatch>(patch)))
        .await
        .unwrap();
    let lists = lists(&written);
    assert_eq!(lists.len(), 2, "folders show the time: {lists:?}");
    let edited = written.value;
    assert_eq!(edited.written_at, note.written_at);
    assert!(edited.edited_at > note.edited_at);
}

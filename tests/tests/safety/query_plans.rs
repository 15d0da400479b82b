//! No emitted statement reads a whole table, but those that load a whole list.
//!
//! The statements are taken from the committed files, whatever constant or function they stand in, so that none is forgotten.
//! SQLite plans them as it does in a fresh database: without statistics, which it has nowhere here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use rowcast_runtime::PageQuery;
use rowcast_runtime::Scopes;
use rusqlite::Connection;
use syn::{Expr, Item, Lit};

use crate::scopes::{NewGym, NewLesson, NewPlan};
use crate::scopes_server::{self, Tables as _};
use rowcast_runtime::Ref;

/// Loads a whole list, and so may read a whole table: the rows, or what they show in lists of their own.
const WHOLE_LIST: &str = "ALL";

/// What every resource has.
const ALWAYS: [&str; 7] = [
    "ALL",
    "ONE",
    "BY_IDS",
    "FIRST_PAGE",
    "PAGE",
    "INSERT",
    "DELETE",
];

/// A statement with the constant that it stands in.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Statement {
    constant: String,
    sql: String,
}

fn literal(token: &str) -> Option<String> {
    syn::parse_str::<syn::LitStr>(token)
        .ok()
        .map(|text| text.value())
}

fn begins_with(sql: &str, verbs: &[&str]) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default();
    verbs.contains(&first)
}

/// All texts of a file, wherever they stand.
fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(text) => found.extend(literal(&text.to_string())),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        // `Statement { sqlite: … }`
        Expr::Struct(own)
            if own
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "Statement") =>
        {
            own.fields.first().and_then(|text| text_of(&text.expr))
        }
        _ => None,
    }
}

/// The texts of constants that are statements by their type: `Statement`, `&[Statement]`, `Select`.
fn in_constants(source: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    for item in syn::parse_file(source).unwrap().items {
        let Item::Const(item) = item else { continue };
        let parts: Vec<&Expr> = match &*item.expr {
            Expr::Struct(own) if own.path.is_ident("Select") => {
                own.fields.iter().map(|field| &field.expr).collect()
            }
            Expr::Reference(list) => match &*list.expr {
                Expr::Array(list) => list.elems.iter().collect(),
                _ => Vec::new(),
            },
            other => vec![other],
        };
        let statements = parts.into_iter().filter_map(text_of);
        found.extend(statements.map(|sql| Statement {
            constant: item.ident.to_string(),
            sql,
        }));
    }
    found
}

/// The files of each emitted server, by the name of its case.
fn emitted() -> BTreeMap<String, Vec<PathBuf>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = fs::read_dir(tests.join("golden")).unwrap();
    let mut servers: Vec<(String, PathBuf)> = cases
        .map(|case| case.unwrap().path())
        .filter(|case| case.is_dir())
        .map(|case| {
            (
                case.file_name().unwrap().to_string_lossy().into(),
                case.join("rust"),
            )
        })
        .collect();
    let planner = tests.join("../examples/crossfit/server/src/generated");
    servers.push(("crossfit".into(), planner));
    let files = |folder: &Path| {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let mut files: Vec<PathBuf> = files.collect();
        files.sort();
        files
    };
    servers
        .into_iter()
        .map(|(case, folder)| (case, files(&folder)))
        .collect()
}

/// What is wrong with the plan of a statement.
///
/// A `TEMP B-TREE FOR ORDER BY` is not: it sorts the rows that the statement gives, which a page bounds. A scan of a virtual
/// table is one of `json_each`, which has as many rows as its parameter.
fn faults(connection: &Connection, sql: &str, scans: usize) -> Vec<String> {
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let mut rows = explain.raw_query();
    let mut plan: Vec<String> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get(3).unwrap());
    }
    let reads_all = |step: &&String| {
        let scans = step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE");
        // An index that is made for one statement is made by reading all of the table.
        scans || step.contains("AUTOMATIC")
    };
    let found: Vec<String> = plan.iter().filter(reads_all).cloned().collect();
    if found.len() > scans {
        found
    } else {
        Vec::new()
    }
}

#[test]
fn only_whole_lists_scan() {
    let mut wrong = Vec::new();
    let mut planned = 0;
    for (case, files) in emitted() {
        let connection = Connection::open_in_memory().unwrap();
        let sources: Vec<String> = files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        let mut all = Vec::new();
        for source in &sources {
            texts(source.parse().unwrap(), &mut all);
        }
        let tables = all.iter().filter(|text| begins_with(text, &["CREATE"]));
        tables.for_each(|create| connection.execute_batch(create).unwrap());
        for (file, source) in files.iter().zip(&sources) {
            let mut texts_of_file = Vec::new();
            texts(source.parse().unwrap(), &mut texts_of_file);
            let written: BTreeSet<&String> = texts_of_file
                .iter()
                .filter(|text| {
                    begins_with(
                        text,
                        &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"],
                    )
                })
                .collect();
            // Only files of resources have statements.
            let statements = match source.contains("\nconst ALL: ") {
                true => in_constants(source),
                false => Vec::new(),
            };
            let place = format!("{case}/{}", file.file_name().unwrap().to_string_lossy());
            let known: BTreeSet<&String> = statements.iter().map(|own| &own.sql).collect();
            assert_eq!(
                written, known,
                "{place} has statements elsewhere, or texts that are none"
            );
            let named: BTreeSet<&str> =
                statements.iter().map(|own| own.constant.as_str()).collect();
            assert!(
                statements.is_empty() || ALWAYS.iter().all(|name| named.contains(name)),
                "{place} lacks one of {ALWAYS:?}"
            );
            for Statement { constant, sql } in &statements {
                planned += 1;
                let may_scan = usize::from(constant == WHOLE_LIST);
                for fault in faults(&connection, sql, may_scan) {
                    wrong.push(format!("{place} {constant}: {fault}\n{sql}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(planned > 600, "only {planned} statements were found");
}

#[test]
fn the_judge_of_plans_finds_what_reads_a_table() {
    let connection = Connection::open_in_memory().unwrap();
    let tables = r#"CREATE TABLE "todos" ("id" integer PRIMARY KEY, "title" text, "list" integer);
         CREATE INDEX "todos_title" ON "todos" ("title");
         CREATE TABLE "lists" ("id" integer PRIMARY KEY, "word" text)"#;
    connection.execute_batch(tables).unwrap();
    let reading = [
        "SELECT id, title, list FROM todos WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2",
        "SELECT title FROM todos",
        "SELECT id FROM todos ORDER BY title LIMIT 1",
        "DELETE FROM todos WHERE list = ?1",
        "UPDATE todos SET list = NULL WHERE list IN (SELECT value FROM json_each(?1))",
        "SELECT t.id FROM lists l JOIN todos t ON t.list = l.id WHERE l.id = ?1",
        "SELECT id FROM lists WHERE EXISTS (SELECT 1 FROM todos WHERE todos.list = lists.id)",
    ];
    for sql in reading {
        assert!(!faults(&connection, sql, 0).is_empty(), "{sql}");
    }
    let searching = [
        "SELECT id FROM todos WHERE id >= -9223372036854775808 ORDER BY id LIMIT ?1",
        "SELECT id FROM todos WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY title",
        "SELECT id FROM todos WHERE title = ?1",
        "INSERT INTO todos (title) VALUES (?1)",
    ];
    for sql in searching {
        assert_eq!(faults(&connection, sql, 0), Vec::<String>::new(), "{sql}");
    }
    // A list is loaded by one scan; what it shows is looked up.
    let whole = "SELECT t.id, l.word FROM todos t JOIN lists l ON l.id = t.list ORDER BY t.id";
    assert_eq!(faults(&connection, whole, 1), Vec::<String>::new());
    let twice = "SELECT t.id, l.id FROM todos t JOIN lists l ON l.word = t.title || ''";
    assert!(!faults(&connection, twice, 1).is_empty());
}

/// Walks through the pages; gives the ids.
macro_rules! walked {
    ($rows:expr, $limit:expr) => {{
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let query = PageQuery {
                after,
                limit: Some($limit),
            };
            let page = $rows.page(&query)?;
            assert!(page.rows.len() <= usize::from($limit));
            ids.extend(page.rows.into_iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break ids;
            }
        }
    }};
}

#[tokio::test]
async fn pages_give_each_row_of_a_list_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = scopes_server::open(folder.path().join("gyms.sqlite3")).unwrap();
    let checked = store.write(|tx| {
        let gyms: Vec<i64> = (0..4)
            .map(|n| {
                tx.gyms()
                    .create(NewGym {
                        name: format!("gym {n}"),
                    })
                    .map(|gym| gym.id)
            })
            .collect::<Result<_, _>>()?;
        for n in 0..23 {
            let gym = Ref::to(gyms[n * 7 % 3]);
            let id = format!("plan {:02}", n * 13 % 23);
            tx.plans().create(NewPlan {
                id: id.clone(),
                gym: gym.clone(),
                moves: Vec::new(),
            })?;
            tx.lessons().create(NewLesson {
                title: id.clone(),
                gym,
                plan: Ref::to(id),
                follows: None,
                coaches: Vec::new(),
            })?;
        }
        let seen = [
            Scopes::All,
            Scopes::none(),
            Scopes::of([gyms[0]]),
            Scopes::of([gyms[3]]),
            Scopes::of([gyms[1], gyms[2], gyms[3], 99]),
        ];
        for scopes in seen {
            for limit in [1, 2, 5, 23, 100] {
                let wanted: Vec<i64> = tx
                    .gyms()
                    .within(scopes.clone())
                    .list()?
                    .iter()
                    .map(|row| row.id)
                    .collect();
                assert_eq!(
                    walked!(tx.gyms().within(scopes.clone()), limit),
                    wanted,
                    "{scopes:?}"
                );
                let plans = tx.plans().within(scopes.clone()).list()?;
                let wanted: Vec<String> = plans.into_iter().map(|row| row.id).collect();
                assert_eq!(
                    walked!(tx.plans().within(scopes.clone()), limit),
                    wanted,
                    "{scopes:?}"
                );
                let lessons = tx.lessons().within(scopes.clone()).list()?;
                let wanted: Vec<i64> = lessons.into_iter().map(|row| row.id).collect();
                assert_eq!(
                    walked!(tx.lessons().within(scopes.clone()), limit),
                    wanted,
                    "{scopes:?}"
                );
            }
            // What rows show in lists of their own is that of the page's rows.
            let first = PageQuery {
                after: None,
                limit: Some(3),
            };
            let page = tx.plans().within(scopes.clone()).page(&first)?;
            assert!(
                page.rows.iter().all(|plan| plan.lessons.len() == 1),
                "{scopes:?}"
            );
        }
        Ok(())
    });
    checked.await.unwrap();
}

//! Whole emitted trees, compared with what is committed; `UPDATE_GOLDEN=1` rewrites it.
//!
//! `emitted.rs` compiles and lints the Rust of each case; the TypeScript is checked with all the rest of it.
//!
//! Long, since it is a table of cases.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use rowcast_codegen::lock::{Lock, compare};
use rowcast_codegen::{
    AsyncApiOptions, ClientRuntime, ImportExtension, OutputFile, RustOptions, TypeScriptOptions,
    render_asyncapi, render_rust, render_typescript, write,
};
use rowcast_schema::description::{Verb, VerbDescription};
use rowcast_schema::prelude::*;
use rowcast_schema::resolve;
use rust_decimal::Decimal;
use similar::TextDiff;

#[path = "../golden/access/schema.rs"]
pub mod access;
#[path = "../golden/bare/schema.rs"]
pub mod bare;
#[path = "../golden/commands_and_events/schema.rs"]
pub mod commands_and_events;
#[path = "../golden/deletes/schema.rs"]
pub mod deletes;
#[path = "../golden/deprecated/schema.rs"]
pub mod deprecated;
#[path = "../golden/empty/schema.rs"]
pub mod empty;
#[path = "../golden/every/schema.rs"]
pub mod every;
#[path = "../golden/fields/schema.rs"]
pub mod fields;
#[path = "../golden/files/schema.rs"]
pub mod files;
#[path = "../golden/ids/schema.rs"]
pub mod ids;
#[path = "../golden/layout/schema.rs"]
pub mod layout;
#[path = "../golden/minimal/schema.rs"]
pub mod minimal;
#[path = "../golden/quirks/schema.rs"]
pub mod quirks;
#[path = "../golden/relations/schema.rs"]
pub mod relations;
#[path = "../golden/scopes/schema.rs"]
pub mod scopes;
#[path = "../golden/shown/schema.rs"]
pub mod shown;
#[path = "../golden/staff/schema.rs"]
pub mod staff;
#[path = "../golden/values/schema.rs"]
pub mod values;

fn cases() -> [(&'static str, Description); 18] {
    [
        ("access", access::schema()),
        ("bare", bare::schema()),
        ("commands_and_events", commands_and_events::schema()),
        ("deletes", deletes::schema()),
        ("deprecated", deprecated::schema()),
        ("empty", empty::schema()),
        ("every", every::schema()),
        ("fields", fields::schema()),
        ("files", files::schema()),
        ("ids", ids::schema()),
        ("layout", layout::schema()),
        ("minimal", minimal::schema()),
        ("quirks", quirks::schema()),
        ("relations", relations::schema()),
        ("scopes", scopes::schema()),
        ("shown", shown::schema()),
        ("staff", staff::schema()),
        ("values", values::schema()),
    ]
}

/// The cases whose documentation is shown too.
const DOCUMENTED: [&str; 6] = [
    "commands_and_events",
    "deprecated",
    "empty",
    "every",
    "files",
    "relations",
];

/// All targets of a case, by their folder.
fn rendered(case: &str, description: &Description) -> Vec<(&'static str, Vec<OutputFile>)> {
    let contract = resolve(description).unwrap_or_else(|findings| panic!("{case}: {findings}"));
    let rust = render_rust(&contract, &RustOptions::new(&format!("crate::{case}"))).unwrap();
    // The smallest output is shown to be the whole of it. The runtime is the same for all: `runtime.txt` has its names.
    let options = TypeScriptOptions {
        zod: case != "minimal",
        react: case != "minimal",
        tanstack_db: case == "staff",
        branded_ids: case == "ids",
        import_extension: match case {
            "files" => ImportExtension::Js,
            _ => ImportExtension::None,
        },
        runtime: ClientRuntime::Package,
    };
    let typescript = render_typescript(&contract, &options).unwrap();
    let mut targets = vec![("rust", rust), ("typescript", typescript)];
    if DOCUMENTED.contains(&case) {
        let options = AsyncApiOptions::default();
        targets.push(("asyncapi", render_asyncapi(&contract, &options).unwrap()));
    }
    targets
}

fn folder_of(case: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(case)
        .join(target)
}

#[test]
fn emitted_trees_are_as_committed() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut faults = String::new();
    for (case, description) in cases() {
        for (target, files) in rendered(case, &description) {
            let differences = write::compare(&folder_of(case, target), &files).unwrap();
            if update {
                write::apply(&differences).unwrap();
                continue;
            }
            for difference in differences {
                let diff = TextDiff::from_lines(&difference.current, &difference.wanted);
                let text = diff.unified_diff().context_radius(1).to_string();
                faults += &format!(
                    "{}: {:?}\n{text}\n",
                    difference.path.display(),
                    difference.action
                );
            }
        }
    }
    assert!(
        faults.is_empty(),
        "run with UPDATE_GOLDEN=1 and read what it writes\n{faults}"
    );
}

/// What is written and what is read of these have other JSON Schemas.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Priced {
    #[resource(id)]
    pub id: i64,
    pub price: Decimal,
    pub former: Option<Decimal>,
    pub others: Vec<Decimal>,
    pub opens: NaiveTime,
    #[serde(default)]
    pub tags: Vec<String>,
}

#[test]
fn a_contract_breaks_nothing_of_itself() {
    let priced = Schema::new("Priced").resource::<Priced>().describe();
    for (case, description) in cases().into_iter().chain([("priced", priced)]) {
        let lock = Lock::of(&resolve(&description).unwrap());
        assert_eq!(compare(&lock, &lock), [], "{case}");
    }
}

/// The output that has all files.
fn everything(import_extension: ImportExtension, runtime: ClientRuntime) -> Vec<OutputFile> {
    let contract = resolve(&files::schema()).unwrap();
    let options = TypeScriptOptions {
        zod: true,
        react: true,
        tanstack_db: true,
        branded_ids: true,
        import_extension,
        runtime,
    };
    render_typescript(&contract, &options).unwrap()
}

/// The path that `path` is from a folder.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn no_import_of_an_emitted_file_keeps_another_ending() {
    let every = [
        (ImportExtension::None, ""),
        (ImportExtension::Js, ".js"),
        (ImportExtension::Ts, ".ts"),
    ];
    for (import_extension, ending) in every {
        let emitted = everything(import_extension, ClientRuntime::Vendored);
        let modules: Vec<String> = emitted
            .iter()
            .map(|file| file.path.with_extension("").display().to_string())
            .collect();
        let mut found = 0;
        for file in &emitted {
            let folder = file.path.parent().unwrap().display().to_string();
            let imports = file.text.split(" from \"").skip(1);
            let paths = imports.filter_map(|import| import.split('"').next());
            for path in paths.filter(|path| path.starts_with('.')) {
                let module = joined(&folder, path.strip_suffix(ending).unwrap_or_default());
                assert!(modules.contains(&module), "{}: {path}", file.path.display());
                found += 1;
            }
        }
        assert!(found > modules.len(), "{found}");
    }
}

/// Of the files that are the same for every schema, the golden trees have the names only.
#[test]
fn the_runtime_is_emitted_beside_the_client_or_imported_from_its_package() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/runtime.txt");
    let vendored = everything(ImportExtension::None, ClientRuntime::Vendored);
    let (runtime, client): (Vec<_>, Vec<_>) = vendored
        .into_iter()
        .partition(|file| file.path.starts_with("rowcast"));
    let mut names: Vec<String> = runtime
        .iter()
        .map(|file| format!("{}\n", file.path.display()))
        .collect();
    names.sort();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&list, names.concat()).unwrap();
    }
    assert_eq!(fs::read_to_string(&list).unwrap(), names.concat());

    let packaged = everything(ImportExtension::None, ClientRuntime::Package);
    let paths = |files: &[OutputFile]| -> Vec<PathBuf> {
        files.iter().map(|file| file.path.clone()).collect()
    };
    assert_eq!(paths(&packaged), paths(&client));
    for file in packaged {
        assert!(
            !file.text.contains("\"./rowcast/"),
            "{}",
            file.path.display()
        );
    }
}

/// `unused.rs` compiles the cases; this is about those that no case has.
#[test]
fn no_emitted_import_is_empty_whatever_a_resource_answers() {
    let verbs = [
        Verb::Create,
        Verb::Update,
        Verb::Delete,
        Verb::Get,
        Verb::List,
    ];
    for bits in 1_u8..32 {
        let chosen = verbs.into_iter().enumerate();
        let chosen = chosen.filter(|(index, _)| bits >> index & 1 == 1);
        let chosen: Vec<VerbDescription> = chosen
            .map(|(_, verb)| VerbDescription {
                verb,
                event: None,
                aliases: Vec::new(),
            })
            .collect();
        let mut description = minimal::schema();
        description.resources[0].verbs = Some(chosen);
        for (target, files) in rendered("minimal", &description) {
            for file in files {
                let found = ["::{};", "import {}", "import type {}"]
                    .iter()
                    .any(|empty| file.text.contains(empty));
                assert!(!found, "{bits:b}: {target}/{}", file.path.display());
            }
        }
    }
}

#[test]
fn the_same_schema_gives_the_same_bytes() {
    for (case, description) in cases() {
        let again = cases()
            .into_iter()
            .find(|(name, _)| *name == case)
            .unwrap()
            .1;
        assert_eq!(description, again, "{case}");
        for (first, second) in rendered(case, &description)
            .into_iter()
            .zip(rendered(case, &again))
        {
            assert_eq!(first, second, "{case}");
        }
    }
}

#[test]
fn a_second_run_writes_nothing_and_one_field_touches_only_the_files_that_mention_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut description = relations::schema();
    write_all(folder.path(), &description);
    assert_eq!(write_all(folder.path(), &description), Vec::<String>::new());

    let word = description.resources[2].fields[1].clone();
    assert_eq!(word.name, "word");
    description.resources[2].fields[1].doc = "In the singular.".into();
    for schemas in [&mut description.output, &mut description.input] {
        for name in ["Topic", "NewTopic", "TopicPatch"] {
            if let Some(field) = schemas
                .get_mut(name)
                .and_then(|schema| schema.pointer_mut("/properties/word"))
            {
                field["description"] = "In the singular.".into();
            }
        }
    }
    assert_eq!(
        write_all(folder.path(), &description),
        ["asyncapi/asyncapi.yaml", "typescript/topics.ts"]
    );
}

#[test]
fn a_changed_field_touches_only_the_files_of_its_resource() {
    let folder = tempfile::tempdir().unwrap();
    let mut description = relations::schema();
    write_all(folder.path(), &description);

    description.resources[2].fields[1].unique = true;
    assert_eq!(
        write_all(folder.path(), &description),
        ["rust/topics.rs"],
        "uniqueness is the database's"
    );

    description.resources[2].fields[1].optional = true;
    for schemas in [&mut description.output, &mut description.input] {
        for name in ["Topic", "NewTopic", "TopicPatch"] {
            if let Some(word) = schemas
                .get_mut(name)
                .and_then(|schema| schema.pointer_mut("/properties/word"))
            {
                word["type"] = serde_json::json!(["string", "null"]);
            }
        }
    }
    assert_eq!(
        write_all(folder.path(), &description),
        [
            "asyncapi/asyncapi.yaml",
            "rust/contract.rs",
            "rust/topics.rs",
            "typescript/contract.ts",
            "typescript/topics.ts",
            "typescript/topics.zod.ts"
        ]
    );
}

#[test]
fn the_order_of_registration_changes_only_what_follows_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut description = relations::schema();
    write_all(folder.path(), &description);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let before = ["authors", "books", "topics"].map(|name| read(&format!("rust/{name}.rs")));

    description.resources.reverse();
    assert_eq!(
        write_all(folder.path(), &description),
        [
            "asyncapi/asyncapi.yaml",
            "rust/authors.rs",
            "rust/hooks.rs",
            "rust/mod.rs",
            "rust/tables.rs",
            "rust/topics.rs",
            "typescript/client.ts",
            "typescript/events.ts",
            "typescript/react.ts",
            "typescript/types.zod.ts",
        ]
    );
    // The files of resources differ in the number of their list, and in nothing else.
    let after = ["authors", "books", "topics"].map(|name| read(&format!("rust/{name}.rs")));
    let without_number = |text: &String| {
        let number = |line: &&str| !line.starts_with("pub const LIST: ListId");
        text.lines().filter(number).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        before.each_ref().map(without_number),
        after.each_ref().map(without_number)
    );
}

/// Brings a folder in line; gives what was written.
fn write_all(folder: &Path, description: &Description) -> Vec<String> {
    let mut written = BTreeMap::new();
    for (target, files) in rendered("relations", description) {
        let differences = write::compare(&folder.join(target), &files).unwrap();
        write::apply(&differences).unwrap();
        for difference in differences {
            let path = difference
                .path
                .strip_prefix(folder)
                .unwrap()
                .display()
                .to_string();
            assert_eq!(
                fs::read_to_string(&difference.path).unwrap(),
                difference.wanted
            );
            written.insert(path, ());
        }
    }
    written.into_keys().collect()
}

/// The page that shows what is emitted for one resource is made of the smallest case, as it is without options.
#[test]
fn the_documentation_shows_what_is_emitted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("../docs/output.md");
    let read = |path: &str| fs::read_to_string(root.join("golden/minimal").join(path)).unwrap();
    let contract = resolve(&minimal::schema()).unwrap();
    let files = render_typescript(&contract, &TypeScriptOptions::default()).unwrap();
    let todos = files.iter().find(|file| file.path.ends_with("todos.ts"));
    let wanted = format!(
        "# What is emitted for one resource\n\n\
         The files of the smallest schema, as they are: nobody has written them for this page.\n\n\
         ## The schema\n\n```rust\n{}```\n\n\
         ## `todos.ts`: its types, its list, its calls\n\n```ts\n{}```\n\n\
         ## `todos.rs`: its calls, its rows, its SQL\n\n```rust\n{}```\n",
        read("schema.rs"),
        todos.unwrap().text,
        read("rust/todos.rs"),
    );
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&page, &wanted).unwrap();
    }
    let found = fs::read_to_string(&page).unwrap();
    assert!(
        found == wanted,
        "run with UPDATE_GOLDEN=1 and read docs/output.md"
    );
}

#[test]
fn emitted_rust_is_laid_out_by_one_rule() {
    let without_blanks = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(str::to_owned).collect()
    };
    // Chains behind a short name are laid out in another way when what was printed is printed again.
    let long_names = ["layout", "quirks"];
    let cases = cases().into_iter();
    for (case, description) in cases.filter(|(case, _)| !long_names.contains(case)) {
        let contract = resolve(&description).unwrap();
        let options = RustOptions::new(&format!("crate::{case}"));
        for file in render_rust(&contract, &options).unwrap() {
            let (mark, code) = file.text.split_once('\n').unwrap();
            let printed = prettyplease::unparse(&syn::parse_file(code).unwrap());
            assert!(mark.starts_with("//"));
            similar_lines(
                case,
                &file,
                &without_blanks(&printed),
                &without_blanks(code),
            );
        }
    }
}

fn similar_lines(case: &str, file: &OutputFile, wanted: &[String], found: &[String]) {
    let diff = TextDiff::from_slices(
        &wanted.iter().map(String::as_str).collect::<Vec<_>>(),
        &found.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .unified_diff()
    .context_radius(2)
    .to_string();
    assert!(diff.is_empty(), "{case}/{}:\n{diff}", file.path.display());
}

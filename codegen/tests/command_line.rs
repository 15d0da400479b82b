//! The command line as its user meets it: what it prints, what it writes, and how it exits.
//!
//! Long, since its cases share one way to set the scene.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use rowcast_codegen::run_with;
use rowcast_schema::description::Allowed;
use rowcast_schema::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

/// Something to do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Todo {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 1, max = 80))]
    pub title: String,
    pub done: bool,
}

fn schema() -> Description {
    Schema::new("Todos").resource::<Todo>().describe()
}

/// The same without the field `done`.
fn smaller() -> Description {
    let mut schema = schema();
    schema.resources[0].fields.pop();
    for schemas in [&mut schema.output, &mut schema.input] {
        for (_, definition) in schemas.iter_mut() {
            if let Some(properties) = definition.get_mut("properties") {
                properties.as_object_mut().unwrap().remove("done");
            }
            if let Some(Value::Array(required)) = definition.get_mut("required") {
                required.retain(|name| name != "done");
            }
        }
    }
    schema
}

/// A folder with a configuration for both targets.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = "[rust]\nout = \"server\"\nschema = \"todo_schema\"\n\n[typescript]\nout = \"web\"\nzod = true\n";
    fs::write(folder.path().join("rowcast.toml"), config).unwrap();
    folder
}

/// The exit code, and what was printed to both streams.
fn run(folder: &Path, schema: &Description, arguments: &[&str]) -> (u8, String, String) {
    let config = folder.join("rowcast.toml");
    let all = ["codegen", "--config", config.to_str().unwrap()];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run_with(
        all.iter().chain(arguments).copied(),
        schema,
        &mut out,
        &mut err,
    );
    (
        code,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[test]
fn generate_tells_what_it_wrote_and_then_nothing() {
    let folder = project();
    let (code, out, err) = run(folder.path(), &schema(), &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines.contains(&"created server/todos.rs") && lines.contains(&"created web/zod.ts"),
        "{out}"
    );
    assert!(
        lines.iter().all(|line| line.starts_with("created ")),
        "{out}"
    );
    assert_eq!(
        run(folder.path(), &schema(), &["generate"]),
        (0, String::new(), String::new())
    );
    let (_, json, _) = run(folder.path(), &smaller(), &["generate", "--format", "json"]);
    let files: Value = serde_json::from_str(&json).unwrap();
    let changed = files
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["path"] == "web/todos.ts");
    assert_eq!(changed.unwrap()["action"], "changed");
}

#[test]
fn a_stale_file_that_came_back_is_removed_again() {
    let folder = project();
    run(folder.path(), &schema(), &[]);
    let stale = format!("{} from `Old`.\n", rowcast_codegen::MARK);
    fs::write(folder.path().join("web/olds.ts"), stale).unwrap();
    let (code, out, _) = run(folder.path(), &schema(), &[]);
    assert_eq!((code, out.as_str()), (0, "removed web/olds.ts\n"));
}

#[test]
fn a_switch_to_the_package_removes_the_runtime_and_nothing_of_ones_own() {
    let folder = project();
    let path = |path: &str| folder.path().join(path);
    let (_, out, _) = run(folder.path(), &schema(), &[]);
    assert!(out.contains("created web/rowcast/zod/index.ts\n"), "{out}");
    let index = fs::read_to_string(path("web/index.ts")).unwrap();
    assert!(index.contains("from \"./rowcast/index\";"), "{index}");

    // As earlier versions emitted it.
    let earlier = format!("{} from its client runtime.\n", rowcast_codegen::MARK);
    fs::write(path("web/rowcast.ts"), earlier).unwrap();
    fs::write(path("web/rowcast/notes.ts"), "export {};\n").unwrap();
    let config = fs::read_to_string(path("rowcast.toml")).unwrap();
    fs::write(
        path("rowcast.toml"),
        format!("{config}runtime = \"package\"\n"),
    )
    .unwrap();
    let (code, out, _) = run(folder.path(), &schema(), &[]);
    assert_eq!(code, 0);
    for removed in ["web/rowcast.ts", "web/rowcast/index.ts"] {
        assert!(out.contains(&format!("removed {removed}\n")), "{out}");
    }
    let index = fs::read_to_string(path("web/index.ts")).unwrap();
    assert!(index.contains("from \"@rowcast/client\";"), "{index}");
    let left: Vec<_> = fs::read_dir(path("web/rowcast"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["notes.ts"]);
    assert_eq!(run(folder.path(), &schema(), &["check"]).0, 0);
}

#[test]
fn targets_in_one_folder_leave_each_other_alone() {
    let folder = project();
    let config = "[rust]\nout = \"out\"\nschema = \"s\"\n[typescript]\nout = \"out\"\n[asyncapi]\nout = \"out\"\n";
    fs::write(folder.path().join("rowcast.toml"), config).unwrap();
    run(folder.path(), &schema(), &[]);
    assert_eq!(
        run(folder.path(), &schema(), &["check"]),
        (0, String::new(), String::new())
    );
    run(folder.path(), &smaller(), &[]);
    for file in ["todos.rs", "todos.ts", "asyncapi.yaml"] {
        assert!(folder.path().join("out").join(file).is_file(), "{file}");
    }
}

#[test]
fn check_fails_on_drift_with_a_short_diff() {
    let folder = project();
    assert_eq!(run(folder.path(), &schema(), &["check"]).0, 1);
    run(folder.path(), &schema(), &[]);
    assert_eq!(
        run(folder.path(), &schema(), &["check"]),
        (0, String::new(), String::new())
    );
    let (code, out, _) = run(folder.path(), &smaller(), &["check"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("not up to date: web/todos.ts would be changed")
            && out.contains("-  done: boolean;"),
        "{out}"
    );
    assert!(
        out.ends_with("help: run `cargo codegen` and commit what it writes\n"),
        "{out}"
    );
    let (code, json, _) = run(folder.path(), &smaller(), &["check", "--format", "json"]);
    assert_eq!(code, 1);
    assert!(
        serde_json::from_str::<Value>(&json)
            .unwrap()
            .as_array()
            .is_some_and(|files| files.len() > 3)
    );
}

#[test]
fn diff_tells_what_breaks_since_the_lock() {
    let folder = project();
    let (code, _, err) = run(folder.path(), &schema(), &["diff"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("there is no rowcast.lock.json") && err.contains("cargo codegen lock"),
        "{err}"
    );

    let (code, out, _) = run(folder.path(), &schema(), &["lock"]);
    assert!(
        code == 0 && out.starts_with("rowcast.lock.json: locked "),
        "{out}"
    );
    assert_eq!(
        run(folder.path(), &schema(), &["lock"]),
        (0, String::new(), String::new())
    );
    assert_eq!(
        run(folder.path(), &schema(), &["diff"]),
        (0, String::new(), String::new())
    );

    let (code, out, _) = run(folder.path(), &smaller(), &["diff"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("Todo.done is no longer sent [field-removed]"),
        "{out}"
    );
    assert!(
        out.ends_with("1 that break clients, 1 that break stored data, 2 safe\n"),
        "{out}"
    );
    let (_, json, _) = run(folder.path(), &smaller(), &["diff", "--format", "json"]);
    let changes: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(changes[0]["impact"], "breaks_clients");
    assert_eq!(changes[0]["path"], "Todo.done");
}

/// What the gym has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Equipment {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[test]
fn a_regular_plural_that_is_no_english_is_hinted_at_once() {
    let folder = project();
    let schema = Schema::new("Gym").resource::<Equipment>().describe();
    let hint = "hint: `Equipment` has the plural `equipments`, which names its list, its calls and its table\n  \
                help: choose another one by `#[resource(plural = \"…\")]`, such as `equipment_items`\n";
    let (code, out, _) = run(folder.path(), &schema, &[]);
    assert!(code == 0 && out.ends_with(hint), "{out}");
    assert_eq!(run(folder.path(), &schema, &[]).1, "");
    let mut chosen = schema.clone();
    chosen.resources[0].plural = Some("equipment_items".into());
    let (code, out, _) = run(folder.path(), &chosen, &[]);
    assert!(code == 0 && !out.contains("hint"), "{out}");
}

#[test]
fn a_possible_rename_is_asked_about_when_files_are_written_or_checked() {
    let folder = project();
    let mut schema = schema();
    schema.resources[0].fields[2].optional = true;
    run(folder.path(), &schema, &["lock"]);
    assert_eq!(run(folder.path(), &schema, &["check"]).0, 1);
    let mut renamed = schema.clone();
    "finished".clone_into(&mut renamed.resources[0].fields[2].name);
    let question = "question: column todos.done is no longer used: its values stay in the file, and clients see none of them; \
         `finished`, of the same type, is new: was the field renamed?\n  help: if so, rename the column";
    let (code, out, _) = run(folder.path(), &renamed, &[]);
    assert!(code == 0 && out.contains(question), "{out}");
    let (code, out, _) = run(folder.path(), &renamed, &["check"]);
    assert!(code == 0 && out.starts_with(question), "{out}");
    let (code, out, _) = run(folder.path(), &renamed, &["diff"]);
    assert!(
        code == 1 && out.ends_with("0 that break clients, 1 that break stored data, 0 safe\n"),
        "{out}"
    );
    // The author has decided.
    run(folder.path(), &renamed, &["lock"]);
    assert_eq!(
        run(folder.path(), &renamed, &["check"]),
        (0, String::new(), String::new())
    );
}

#[test]
fn diff_compares_with_a_file_or_a_git_revision_too() {
    let folder = project();
    run(folder.path(), &schema(), &["lock"]);
    let old = folder.path().join("old.json");
    fs::copy(folder.path().join("rowcast.lock.json"), &old).unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let done = Process::new("git")
            .arg("-C")
            .arg(folder.path())
            .args(identity)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    run(folder.path(), &smaller(), &["lock"]);

    for against in [old.to_str().unwrap(), "HEAD"] {
        let (code, out, err) = run(folder.path(), &smaller(), &["diff", "--against", against]);
        assert_eq!(code, 1, "{against}: {err}");
        assert!(
            out.contains("Todo.done is no longer sent"),
            "{against}: {out}"
        );
    }
    let (code, _, err) = run(folder.path(), &schema(), &["diff", "--against", "nowhere"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("`nowhere` is neither a lock file nor a git revision"),
        "{err}"
    );
}

#[test]
fn a_generated_server_serves_the_clients_of_the_lock_unless_they_break() {
    let folder = project();
    run(folder.path(), &smaller(), &["lock"]);
    let lock: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("rowcast.lock.json")).unwrap())
            .unwrap();
    let fingerprint = lock["fingerprint"].as_str().unwrap();
    let mut optional = schema();
    optional.input["NewTodo"]["required"]
        .as_array_mut()
        .unwrap()
        .retain(|name| name != "done");
    let contract = |schema: &Description| {
        run(folder.path(), schema, &[]);
        fs::read_to_string(folder.path().join("server/contract.rs")).unwrap()
    };
    let serving = format!("serves: &[\"{fingerprint}\"]");
    assert!(
        contract(&optional).contains(&serving),
        "{}",
        contract(&optional)
    );
    // Older clients would create rows without the new field.
    assert!(
        contract(&schema()).contains("serves: &[]"),
        "{}",
        contract(&schema())
    );
}

#[test]
fn explain_names_the_fields_that_are_not_for_everybody() {
    let folder = project();
    let mut schema = schema();
    let title = schema.resources[0].fields.iter_mut();
    for field in title.filter(|field| field.name == "title") {
        field.access.read = Some(Allowed::SignedIn);
        field.access.write = Some(Allowed::Role("editor".into()));
    }
    let explained = |event| run(folder.path(), &schema, &["explain", event]).1;
    let seen = "; `title` is for whoever is signed in only";
    for (event, who) in [
        ("new_todo", "create `Todo`"),
        ("list_todos", "list `Todo`"),
        ("todos", "watch the lists"),
    ] {
        let line = format!("  allowed    whoever the server's guard lets {who}{seen}");
        let out = explained(event);
        assert!(out.lines().any(|own| own == line), "{line}\nin:\n{out}");
    }
    let input = "title: string  (1 to 80 characters)  [only for whoever has the role `editor`]";
    let out = explained("new_todo");
    assert!(out.contains(input), "{out}");
}

#[test]
fn explain_names_whom_a_write_needs_to_be_readable_for() {
    let folder = project();
    let mut schema = schema();
    schema.resources[0].access.read = Some(Allowed::Role("editor".into()));
    schema.resources[0].access.create = Some(Allowed::SignedIn);
    let out = run(folder.path(), &schema, &["explain", "new_todo"]).1;
    let line = "  allowed    whoever is signed in; it answers with the row, which only whoever has the role `editor` may read";
    assert!(out.lines().any(|own| own == line), "{out}");
    let out = run(folder.path(), &schema, &["explain", "get_todo"]).1;
    assert!(!out.contains("it answers"), "{out}");
}

#[test]
fn explain_tells_what_an_event_does_and_names_what_is_near_to_a_misspelling() {
    let folder = project();
    let (code, out, _) = run(folder.path(), &schema(), &["explain", "new_todo"]);
    assert_eq!(code, 0);
    for line in [
        "new_todo: creates a todo",
        "  takes      NewTodo",
        "               title: string  (1 to 80 characters)",
        "  writes     todos",
        "  refreshes  `todos`",
        "  allowed    whoever the server's guard lets create `Todo`",
    ] {
        assert!(out.lines().any(|own| own == line), "{line}\nin:\n{out}");
    }
    assert!(
        out.contains("  declared   codegen/tests/command_line.rs:"),
        "{out}"
    );
    let (code, _, err) = run(folder.path(), &schema(), &["explain", "new_tood"]);
    assert_eq!(
        (code, err.as_str()),
        (
            2,
            "there is no event `new_tood`\n  help: there is `new_todo`, `get_todo`\n"
        )
    );
    let (_, json, _) = run(
        folder.path(),
        &schema(),
        &["explain", "todos", "--format", "json"],
    );
    assert_eq!(
        serde_json::from_str::<Value>(&json).unwrap()[0]["takes"],
        "Todo[]"
    );
}

#[test]
fn list_has_every_event_once() {
    let folder = project();
    let (code, out, _) = run(folder.path(), &schema(), &["list"]);
    let events: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let expected = [
        "new_todo",
        "update_todo",
        "delete_todo",
        "get_todo",
        "list_todos",
        "refresh",
        "sync",
        "todos",
        "todos:changes",
        "connected",
        "disconnected",
        "session",
    ];
    assert_eq!((code, events.as_slice()), (0, expected.as_slice()));
}

#[test]
fn the_document_of_all_events_has_every_event() {
    let folder = project();
    let (code, document, _) = run(folder.path(), &schema(), &["asyncapi"]);
    assert!(
        code == 0 && document.starts_with("# @generated by rowcast"),
        "{document}"
    );
    let (_, listed, _) = run(folder.path(), &schema(), &["list"]);
    for event in listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
    {
        let name = format!("    name: {event}\n");
        let quoted = format!("    name: '{event}'\n");
        assert!(
            document.contains(&name) || document.contains(&quoted),
            "{event}"
        );
    }
}

#[test]
fn misuse_exits_with_2_and_a_wrong_schema_with_1() {
    let folder = project();
    assert_eq!(run(folder.path(), &schema(), &["genrate"]).0, 2);
    assert_eq!(
        run(&folder.path().join("nowhere"), &schema(), &["generate"]).0,
        2
    );
    fs::write(folder.path().join("rowcast.lock.json"), "{").unwrap();
    let (code, _, err) = run(folder.path(), &schema(), &["diff"]);
    assert!(
        code == 2 && err.contains("this is no contract lock"),
        "{code}: {err}"
    );
    // What the message says has an effect.
    assert!(
        err.contains("remove it and write it anew by `cargo codegen lock`"),
        "{err}"
    );
    assert_eq!(run(folder.path(), &schema(), &["lock"]).0, 2);
    fs::remove_file(folder.path().join("rowcast.lock.json")).unwrap();
    assert_eq!(run(folder.path(), &schema(), &["lock"]).0, 0);
    let mut wrong = schema();
    wrong.resources[0].plural = Some("Todos".into());
    let (code, _, err) = run(folder.path(), &wrong, &["list"]);
    assert!(
        code == 1 && err.contains("error[plural-form]"),
        "{code}: {err}"
    );
}

#[test]
fn every_command_shows_examples_in_its_help() {
    for command in [
        "generate", "check", "lock", "diff", "list", "explain", "asyncapi", "inspect",
    ] {
        let (code, out, _) = run(Path::new(""), &schema(), &[command, "--help"]);
        assert!(code == 0 && out.contains("Example"), "{command}: {out}");
    }
}

#[test]
fn failures_and_documents_are_json_where_it_is_asked_for() {
    let wrong = Schema::new("Wrong")
        .resource::<Todo>()
        .resource::<Todo>()
        .describe();
    let json = |schema: &Description, arguments: &[&str]| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let all = [&["codegen", "--format", "json"], arguments].concat();
        let code = run_with(all, schema, &mut out, &mut err);
        assert_eq!(String::from_utf8(err).unwrap(), "");
        (
            code,
            serde_json::from_slice::<serde_json::Value>(&out).unwrap(),
        )
    };
    let (code, failure) = json(&wrong, &["list"]);
    assert_eq!(code, 1);
    assert_eq!(
        failure["findings"][0]["code"], "duplicate-resource",
        "{failure}"
    );
    assert!(failure["findings"][0]["help"].is_string());
    let (code, document) = json(&Schema::new("Right").describe(), &["asyncapi"]);
    assert_eq!((code, &document["asyncapi"]), (0, &"3.0.0".into()));
}

/// As `head` leaves it behind.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_gone_changes_nothing_about_the_exit_code() {
    let folder = project();
    let config = folder.path().join("rowcast.toml");
    let code = |command| {
        let arguments = ["codegen", "--config", config.to_str().unwrap(), command];
        run_with(arguments, &schema(), &mut Closed, &mut Vec::new())
    };
    assert_eq!((code("check"), code("list")), (1, 0));
    run(folder.path(), &schema(), &[]);
    assert_eq!(code("check"), 0);
}

//! What a build script writes, and what it tells cargo.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "helpers of tests; the schema is only declared"
)]

use std::fs;
use std::path::Path;

use rowcast_codegen::build::{Build, BuildError};
use rowcast_schema::prelude::*;
use tempfile::TempDir;

/// Something to do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Todo {
    #[resource(id)]
    pub id: i64,
    pub title: String,
}

fn project(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rowcast.toml"), config).unwrap();
    folder
}

/// The files that were written, below the folder, and what cargo was told.
fn build(folder: &Path) -> Result<(Vec<String>, String), BuildError> {
    let description = Schema::new("Todos").resource::<Todo>().describe();
    let mut told = Vec::new();
    let written = Build::new(&description)
        .config(folder.join("rowcast.toml"))
        .out_dir(folder.join("out"))
        .run(&mut told)?;
    let below = |path: &std::path::PathBuf| {
        let path = path.strip_prefix(folder).unwrap();
        path.display().to_string()
    };
    let written = written.iter().map(below).collect();
    Ok((written, String::from_utf8(told).unwrap()))
}

const BOTH: &str =
    "[rust]\nout = \"$OUT_DIR/generated\"\nschema = \"my_schema\"\n[typescript]\nout = \"web\"\n";

#[test]
fn rust_goes_to_out_dir_and_the_rest_where_it_is_configured() {
    let folder = project(BOTH);
    let (written, told) = build(folder.path()).unwrap();
    for file in [
        "out/generated.rs",
        "out/generated/mod.rs",
        "out/generated/todos.rs",
        "web/todos.ts",
    ] {
        assert!(written.contains(&file.to_owned()), "{file}: {written:?}");
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    let config = folder.path().join("rowcast.toml");
    assert_eq!(
        told,
        format!("cargo::rerun-if-changed={}\n", config.display())
    );
    let declaration = fs::read_to_string(folder.path().join("out/generated.rs")).unwrap();
    assert!(
        declaration
            .ends_with("\n#[rustfmt::skip]\n#[path = \"generated/mod.rs\"]\nmod generated;\n"),
        "{declaration}"
    );
}

#[test]
fn two_schemas_are_generated_by_one_build_script() {
    let folder = project(BOTH);
    build(folder.path()).unwrap();
    let config = folder.path().join("other.toml");
    fs::write(
        &config,
        "[rust]\nout = \"$OUT_DIR/other\"\nschema = \"s\"\n",
    )
    .unwrap();
    let description = Schema::new("Others").resource::<Todo>().describe();
    let other = Build::new(&description).config(config);
    let other = other.out_dir(folder.path().join("out"));
    other.run(&mut Vec::new()).unwrap();
    for file in ["out/generated.rs", "out/other.rs"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn the_lock_is_watched_if_there_is_one() {
    let folder = project(BOTH);
    let config = folder.path().join("rowcast.toml").display().to_string();
    let description = Schema::new("Todos").resource::<Todo>().describe();
    let arguments = ["codegen", "--config", &config, "lock"];
    rowcast_codegen::run_with(arguments, &description, &mut Vec::new(), &mut Vec::new());
    let lock = folder.path().join("rowcast.lock.json");
    let (_, told) = build(folder.path()).unwrap();
    assert!(
        told.ends_with(&format!("cargo::rerun-if-changed={}\n", lock.display())),
        "{told}"
    );
}

#[test]
fn a_second_build_writes_nothing() {
    let folder = project(BOTH);
    build(folder.path()).unwrap();
    assert_eq!(build(folder.path()).unwrap().0, [""; 0]);
}

#[test]
fn the_command_line_leaves_out_dir_alone() {
    let folder = project(BOTH);
    let description = Schema::new("Todos").resource::<Todo>().describe();
    let config = folder.path().join("rowcast.toml").display().to_string();
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["codegen", "--config", &config];
    let code = rowcast_codegen::run_with(arguments, &description, &mut out, &mut errors);
    assert_eq!(code, 0);
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.contains("web/todos.ts") && !out.contains("mod.rs"),
        "{out}"
    );
}

#[test]
fn a_folder_that_is_no_module_is_refused() {
    for out in ["$OUT_DIR", "$OUT_DIR/a/b", "$OUT_DIR/my-server"] {
        let folder = project(&format!("[rust]\nout = \"{out}\"\nschema = \"s\"\n"));
        let error = build(folder.path()).unwrap_err();
        let text =
            format!("`{out}` can't be included as a module\n  help: name a folder right below");
        // A build script that returns it from `main` has it printed so.
        assert!(format!("{error:?}").starts_with(&text), "{error}");
    }
}

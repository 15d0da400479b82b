//! Proves that a schema grows by editing it: a field for coaches and a fifth resource with two relations, in a copy of
//! the repository, generated, compiled on both sides, and used over the wire.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::node;
use crate::tools::{self, Done, cargo, program, target_folder};

const SCHEMA: &str = "examples/crossfit/schema/src/lib.rs";

/// The new field of a coach.
const FIELD: (&str, &str) = (
    "    #[serde(skip)]\n    #[resource(hidden)]\n",
    "    /// What the coach is certified for.\n    #[garde(length(chars, max = 40))]\n    pub certificate: Option<String>,\n",
);

/// The new resource, before the function that registers all of them.
const RESOURCE: (&str, &str) = (
    "/// Signs a coach in on this connection.\n",
    r#"/// Where classes are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[resource(unique)]
    #[garde(length(chars, min = 1, max = 40))]
    pub name: String,
    #[resource(belongs_to = Coach)]
    pub keeper: Option<CoachName>,
    #[serde(default)]
    #[resource(many_to_many = ExerciseMove)]
    pub equipped_for: Vec<ExerciseMove>,
}

"#,
);

/// The registration.
const REGISTRATION: (&str, &str) = (
    "        .command::<Login>()\n",
    "        .resource::<Room>()\n",
);

/// Runs the proof.
pub fn run(root: &Path) -> Done {
    node::install(root)?;
    let copy = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    copy_sources(root, copy.path())?;
    edit(&copy.path().join(SCHEMA))?;
    // Cargo tells packages of a workspace apart by their place in it, so the copy needs a folder of its own.
    let target = target_folder(root).join("evolve");
    let in_copy = |line: &str| {
        let mut command = cargo(copy.path(), line);
        command.env("CARGO_TARGET_DIR", &target);
        command
    };
    tools::run(&mut in_copy("codegen"))?;
    tools::run(&mut in_copy("build --quiet --package crossfit-server"))?;
    let name = format!("crossfit-server{}", std::env::consts::EXE_SUFFIX);
    let server = target.join("debug").join(name);
    let rooms = copy.path().join("tests/node/e2e/rooms.test.ts");
    fs::copy(root.join("xtask/evolve/rooms.test.ts"), &rooms)
        .map_err(|error| format!("{}: {error}", rooms.display()))?;
    link_packages(root, copy.path())?;
    tools::run(&mut program(copy.path(), "npx tsc -p tests/node"))?;
    tools::run(
        program(
            copy.path(),
            "npm run --silent test:e2e -w tests/node -- rooms",
        )
        .env("PLANNER_SERVER", server),
    )
}

/// Copies what git knows, and what it would take.
fn copy_sources(root: &Path, copy: &Path) -> Done {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root)
        .output()
        .map_err(|error| format!("`git ls-files` can't be run: {error}"))?;
    for name in String::from_utf8_lossy(&listed.stdout)
        .split('\0')
        .filter(|name| !name.is_empty())
    {
        let (from, to) = (root.join(name), copy.join(name));
        if !from.is_file() {
            continue;
        }
        let copied =
            fs::create_dir_all(to.parent().unwrap_or(copy)).and_then(|()| fs::copy(&from, &to));
        copied.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

fn edit(schema: &Path) -> Done {
    let mut text =
        fs::read_to_string(schema).map_err(|error| format!("{}: {error}", schema.display()))?;
    for (place, addition) in [FIELD, RESOURCE, REGISTRATION] {
        if text.matches(place).count() != 1 {
            return Err(format!(
                "{SCHEMA} no longer has this text once, before which the proof adds another:\n{place}"
            ));
        }
        text = text.replace(place, &format!("{addition}{place}"));
    }
    fs::write(schema, text).map_err(|error| format!("{}: {error}", schema.display()))
}

/// Workspace packages in `node_modules` are links relative to it, so the folder is copied link by link.
fn link_packages(root: &Path, copy: &Path) -> Done {
    tools::run(program(root, "cp -a node_modules").arg(copy.join("node_modules")))?;
    let nested = root.join("tests/node/node_modules");
    if nested.is_dir() {
        tools::run(
            program(root, "cp -a")
                .arg(nested)
                .arg(copy.join("tests/node/node_modules")),
        )?;
    }
    Ok(())
}

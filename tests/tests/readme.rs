//! The project that the README has its readers write: its files are those of `examples/start`, which are compiled with all
//! the rest, and what is generated there is what they would get.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of the project; each begins with its own name, as its block in the README does.
const FILES: [&str; 9] = [
    "schema/Cargo.toml",
    "schema/src/lib.rs",
    "codegen/Cargo.toml",
    "codegen/src/main.rs",
    "rowcast.toml",
    ".cargo/config.toml",
    "server/Cargo.toml",
    "server/src/main.rs",
    "web/src/main.ts",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of each block of code, without the indentation that it has in a list.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(indent) = line.find("```") else {
            continue;
        };
        let inner = lines
            .by_ref()
            .take_while(|line| !line.trim_start().starts_with("```"));
        let inner = inner.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n");
        blocks.push(inner.collect());
    }
    blocks
}

#[test]
fn the_readme_has_the_files_of_the_project_that_is_compiled() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = blocks(&page);
    for file in FILES {
        let text = fs::read_to_string(root().join("examples/start").join(file)).unwrap();
        // Readers have the repository elsewhere.
        let text = text.replace("\"../../../", "\"…/rowcast/");
        let first = text.lines().next().unwrap();
        let block = blocks.iter().find(|block| block.starts_with(first));
        let block = block.unwrap_or_else(|| panic!("README.md has no block `{first}`"));
        assert_eq!(block, &text, "README.md and examples/start/{file} differ");
    }
}

#[test]
fn what_is_generated_for_the_readme_is_committed() {
    let config = root().join("examples/start/rowcast.toml");
    let arguments = ["codegen", "--config", config.to_str().unwrap(), "check"];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let schema = planner_schema::schema();
    let code = rowcast_codegen::run_with(arguments, &schema, &mut out, &mut err);
    let said = String::from_utf8([out, err].concat()).unwrap();
    assert_eq!(code, 0, "{said}\nrun `cargo codegen` in examples/start");
}

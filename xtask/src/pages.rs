//! `cargo xtask build` and `cargo xtask screenshots`: the planner as one program, and pictures of its pages.

use std::path::Path;

use crate::node;
use crate::tools::{self, Done, cargo, root, target_folder};

/// Builds the pages, and the server that carries them.
pub fn build() -> Done {
    let root = root()?;
    build_with(&root, "--release")?;
    let program = target_folder(&root).join("release/crossfit-server");
    println!(
        "{} is the whole planner: it needs no other file.",
        program.display()
    );
    Ok(())
}

/// Takes pictures of every page, in both themes, wide and narrow.
pub fn screenshots() -> Done {
    let root = root()?;
    build_debug(&root)?;
    node::script(&root, "screenshots -w tests/node")?;
    println!("The pictures are in docs/screenshots.");
    Ok(())
}

/// Builds the pages, and a server that reads them from their folder.
pub fn build_debug(root: &Path) -> Done {
    build_with(root, "")
}

fn build_with(root: &Path, profile: &str) -> Done {
    node::install(root)?;
    node::script(root, "build -w examples/crossfit/web")?;
    let server = format!("build --quiet {profile} --package crossfit-server");
    tools::run(&mut cargo(root, &server))
}

//! `cargo xtask build` and `cargo xtask screenshots`: the planner as one program, and pictures of its pages.

use crate::tools::{self, Done, cargo, root, target_folder};
use crate::{node, test};

/// Builds the pages, and the server that carries them.
pub fn build() -> Done {
    let root = root()?;
    node::install(&root)?;
    node::script(&root, "build -w examples/crossfit/web")?;
    let server = "build --quiet --release --package crossfit-server";
    tools::run(&mut cargo(&root, server))?;
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
    test::pages(&root)?;
    node::script(&root, "screenshots -w tests/node")?;
    println!("The pictures are in docs/screenshots.");
    Ok(())
}

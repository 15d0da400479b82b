//! Proves that hostile names compile in both languages, where `resolve` lets them pass.

use std::path::Path;

use crate::node;
use crate::tools::{self, Done, cargo, program, target_folder};

/// Compiles what the test `name_matrix` writes.
pub fn run(root: &Path) -> Done {
    node::install(root)?;
    tools::run(&mut cargo(
        root,
        "test --quiet --package rowcast-tests --features names --test name_matrix",
    ))?;
    let target = target_folder(root);
    let package = target.join("tmp/name_matrix");
    // Modules of npm are found from the folder of the importing file, which may lie elsewhere.
    let packages = package.join("node_modules");
    if !packages.exists() {
        tools::run(
            program(root, "ln -s")
                .arg(root.join("node_modules"))
                .arg(&packages),
        )?;
    }
    tools::run(cargo(&package, "check --quiet").env("CARGO_TARGET_DIR", target.join("names")))?;
    tools::run(program(root, "npx tsc -p").arg(&package))
}

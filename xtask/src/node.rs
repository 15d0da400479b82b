//! npm packages, installed by the lock file when they are not what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tools::{Done, exists, program, run};

/// Installs the packages unless that was done for this lock file.
pub fn install(root: &Path) -> Done {
    if !exists(root, "node --version") {
        return Err("Node.js is missing: please install version 20.19 or later, with npm".into());
    }
    let lock = read(&root.join("package-lock.json"))?;
    let mark = root.join("node_modules/.rowcast-installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    run(&mut program(root, "npm ci --no-audit --no-fund"))?;
    fs::write(&mark, lock).map_err(|error| format!("{}: {error}", mark.display()))
}

/// Runs a script of the root package.
pub fn script(root: &Path, line: &str) -> Done {
    run(&mut command(root, line))
}

/// A script of a package, to be run.
pub fn command(package: &Path, line: &str) -> Command {
    program(package, &format!("npm run --silent {line}"))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

//! Builds and runs the emitted client in projects as their tools create them, in `tests/projects`.
//!
//! Each project has a `rowcast.toml`, which says how its client is emitted, a lock file, and a script `check`, which runs
//! what was built against the planner's server at `PLANNER_URL`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::node;
use crate::tools::{self, Done, cargo, target_folder};

/// The projects, the cheapest first.
const PROJECTS: [&str; 4] = ["node", "jest", "vite", "next"];

/// Generates, builds and runs all projects.
pub fn run(root: &Path) -> Done {
    let packages = "build --quiet --package crossfit-codegen --package crossfit-server";
    tools::run(&mut cargo(root, packages))?;
    let planner = Planner::start(root)?;
    for name in PROJECTS {
        println!("      {name}");
        check(root, &root.join("tests/projects").join(name), &planner.url)?;
    }
    Ok(())
}

fn check(root: &Path, project: &Path, planner: &str) -> Done {
    let config = project.join("rowcast.toml");
    tools::run(cargo(root, "codegen --config").arg(config))?;
    node::install(project)?;
    for script in ["build --if-present", "check"] {
        let mut command = node::command(project, script);
        command
            .env("PLANNER_URL", planner)
            .env("NEXT_TELEMETRY_DISABLED", "1");
        tools::run(&mut command)?;
    }
    Ok(())
}

/// The planner's server, on a free port and a database of its own; ends when it is dropped.
struct Planner {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Planner {
    fn start(root: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("the planner's server can't be run: {error}");
        let folder = tempfile::tempdir().map_err(failed)?;
        let name = format!("debug/crossfit-server{}", std::env::consts::EXE_SUFFIX);
        let database = folder.path().join("planner.sqlite3");
        let process = Command::new(target_folder(root).join(name))
            .args(["--port", "0", "--database-url"])
            .arg(format!("sqlite:{}", database.display()))
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut planner = Self {
            process,
            url: String::new(),
            _folder: folder,
        };
        planner.url = planner.printed_url()?;
        Ok(planner)
    }

    /// The address that the server prints when it listens. It prints nothing after that, so its output may be closed.
    fn printed_url(&mut self) -> Result<String, String> {
        let output = self.process.stdout.take().map(BufReader::new);
        let mut lines = output.into_iter().flat_map(BufRead::lines);
        lines
            .find_map(|line| {
                let line = line.ok()?;
                let start = line.find("http://")?;
                let url = line.get(start..)?.split_whitespace().next()?;
                Some(url.to_owned())
            })
            .ok_or_else(|| "the planner's server ended before it listened".to_owned())
    }
}

impl Drop for Planner {
    fn drop(&mut self) {
        // It may have ended by itself, which is no reason to fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

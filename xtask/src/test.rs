//! `cargo xtask test`: all that CI checks, the cheapest first.

use std::path::Path;
use std::time::Instant;

use crate::tools::{self, Done, cargo, exists, root};
use crate::{chaos, evolve, names, node, pages, projects};

/// What the checks can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only this stage; see the list that is printed without it
    #[arg(long)]
    stage: Option<String>,
}

/// A stage: its name, what it proves, and how.
type Stage = (&'static str, &'static str, fn(&Path) -> Done);

const STAGES: [Stage; 13] = [
    ("fmt", "Rust is formatted", fmt),
    (
        "generated",
        "committed output is what would be generated",
        generated,
    ),
    ("lint", "no lint in Rust, generated code included", lint),
    ("docs", "documentation builds without a warning", docs),
    (
        "node",
        "TypeScript is typed, linted and formatted; its unit tests pass",
        node_checks,
    ),
    ("test", "Rust tests", test),
    (
        "names",
        "names that mean something elsewhere compile in both languages, or are refused",
        names::run,
    ),
    ("doctest", "examples in the documentation", doctest),
    (
        "e2e",
        "the planner's server with real clients; values of every construct in both languages",
        end_to_end,
    ),
    (
        "projects",
        "the emitted client builds and runs in new projects of Node.js, Jest, Vite and Next.js",
        projects::run,
    ),
    (
        "browser",
        "the planner's pages in Chromium: every flow, in two windows, with keys only, on bad networks",
        in_browser,
    ),
    (
        "chaos",
        "nothing is lost, doubled or shown wrongly when servers are killed and connections break",
        chaos::short,
    ),
    (
        "evolve",
        "a schema that grows needs nothing but `cargo codegen`",
        evolve::run,
    ),
];

/// Runs all stages, or one; stops at the first that fails.
pub fn run(options: &Options) -> Done {
    let root = root()?;
    let wanted = |(name, ..): &&Stage| {
        options
            .stage
            .as_deref()
            .is_none_or(|wanted| wanted == *name)
    };
    let stages: Vec<&Stage> = STAGES.iter().filter(wanted).collect();
    if stages.is_empty() {
        let names = STAGES.map(|(name, ..)| name).join(", ");
        return Err(format!("there is no such stage; there are {names}"));
    }
    for (index, (name, proves, check)) in stages.iter().enumerate() {
        println!("\n[{}/{}] {name}: {proves}", index + 1, stages.len());
        let begun = Instant::now();
        check(&root).map_err(|message| format!("stage `{name}` failed: {message}"))?;
        println!(
            "      {name} done in {:.0} s",
            begun.elapsed().as_secs_f64()
        );
    }
    println!("\nAll stages passed.");
    Ok(())
}

fn fmt(root: &Path) -> Done {
    tools::run(&mut cargo(root, "fmt --all --check"))
}

fn generated(root: &Path) -> Done {
    tools::run(&mut cargo(root, "codegen check"))
}

fn lint(root: &Path) -> Done {
    tools::run(&mut cargo(
        root,
        "clippy --quiet --workspace --all-targets -- -D warnings",
    ))
}

fn docs(root: &Path) -> Done {
    tools::run(cargo(root, "doc --quiet --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))
}

fn test(root: &Path) -> Done {
    let runner = if exists(root, "cargo nextest --version") {
        "nextest run"
    } else {
        "test --lib --bins --tests"
    };
    tools::run(&mut cargo(root, &format!("{runner} --workspace")))
}

fn doctest(root: &Path) -> Done {
    tools::run(&mut cargo(root, "test --quiet --workspace --doc"))
}

fn node_checks(root: &Path) -> Done {
    node::install(root)?;
    for script in [
        "check",
        "lint",
        "test:unit",
        "build -w examples/crossfit/web",
    ] {
        node::script(root, script)?;
    }
    Ok(())
}

fn end_to_end(root: &Path) -> Done {
    pages::build_debug(root)?;
    let servers =
        "build --quiet --package rowcast-tests --example roundtrip --example golden_server";
    tools::run(&mut cargo(root, servers))?;
    node::script(root, "test:e2e -w tests/node")
}

fn in_browser(root: &Path) -> Done {
    pages::build_debug(root)?;
    node::script(root, "test:browser -w tests/node")
}

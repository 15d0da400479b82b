//! `cargo xtask bench`: figures that depend on the machine; nothing here passes or fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{fs, io};

use clap::ValueEnum;

use crate::node;
use crate::tools::{self, Done, cargo, program, root, target_folder};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// The generator on a schema of 1,000 resources
    Generator,
    /// How long a Node client waits for acks while lists are refreshed
    Acks,
    /// One row of 10,000 changes, and 1,000 clients hear of it
    FanOut,
    /// 1,000 clients reconnect at once after the server was killed
    Reconnect,
    /// Durable writes a second, beside a server that is written by hand
    Writes,
    /// Ten updates of one row at once: does everybody end with the last?
    Bursts,
    /// One socket sends as fast as it can: how long another one waits for its answers
    Flood,
}

/// What is to be measured, and how.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to measure; all without any
    scenarios: Vec<Scenario>,
    /// Small numbers, to see that it runs; the figures mean little
    #[arg(long)]
    quick: bool,
    /// Further options for the scenarios that compare servers, after `--`: `-- --help` names them
    #[arg(last = true)]
    further: Vec<String>,
}

impl Options {
    fn wants(&self, scenario: Scenario) -> bool {
        self.scenarios.is_empty() || self.scenarios.contains(&scenario)
    }
}

/// Measures what is wanted, one after the other.
pub fn run(options: &Options) -> Done {
    let root = root()?;
    if options.wants(Scenario::Generator) {
        generator(&root)?;
    }
    let servers: Vec<&str> = [
        (Scenario::FanOut, "fan-out"),
        (Scenario::Reconnect, "reconnect"),
        (Scenario::Writes, "writes"),
        (Scenario::Bursts, "bursts"),
        (Scenario::Flood, "flood"),
    ]
    .into_iter()
    .filter(|(scenario, _)| options.wants(*scenario))
    .map(|(_, name)| name)
    .collect();
    if !servers.is_empty() {
        compare(&root, options, &servers)?;
    }
    if options.wants(Scenario::Acks) {
        acks(&root)?;
    }
    Ok(())
}

/// A thousand resources: how long they take, how much memory, and whether the compiler takes the client.
fn generator(root: &Path) -> Done {
    node::install(root)?;
    println!("Building the generator …");
    let example = "--package rowcast-bench --example thousand_resources";
    tools::run(&mut cargo(
        root,
        &format!("build --quiet --release {example}"),
    ))?;
    let folder = target_folder(root).join("bench/thousand");
    // The first run is to write everything.
    if let Err(error) = fs::remove_dir_all(&folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(format!("{}: {error}", folder.display()));
    }
    println!("1,000 resources of 8 fields:");
    tools::run(cargo(root, &format!("run --quiet --release {example}")).arg(&folder))?;
    let config = "{ \"extends\": \"../../../tsconfig.base.json\", \"include\": [\"typescript\"] }";
    fs::write(folder.join("tsconfig.json"), config).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    tools::run(program(root, "npx tsc -p").arg(&folder))?;
    println!("strict tsc    {:.2} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// The planner and the server that is written by hand, in turns.
fn compare(root: &Path, options: &Options, scenarios: &[&str]) -> Done {
    println!("Building the servers …");
    let target = target_folder(root);
    let by_hand = target.join("bench/by-hand");
    let packages = "--package crossfit-server --package rowcast-bench --bins";
    tools::run(&mut cargo(
        root,
        &format!("build --quiet --release {packages}"),
    ))?;
    let manifest = "--manifest-path bench/peer/Cargo.toml";
    let line = format!("build --quiet --release --locked {manifest} --target-dir");
    tools::run(cargo(root, &line).arg(&by_hand))?;
    let mut bench = Command::new(executable(&target, "rowcast-bench"));
    bench.current_dir(root);
    bench
        .args(scenarios)
        .arg("--planner")
        .arg(executable(&target, "crossfit-server"))
        .arg("--by-hand")
        .arg(executable(&by_hand, "hand-written-planner"))
        .arg("--data")
        .arg(target.join("bench/data"))
        .args(options.quick.then_some("--quick"))
        .args(&options.further);
    tools::run(&mut bench)
}

fn acks(root: &Path) -> Done {
    node::install(root)?;
    println!("Building the server …");
    tools::run(&mut cargo(
        root,
        "build --quiet --release --package crossfit-server",
    ))?;
    let server = executable(&target_folder(root), "crossfit-server");
    tools::run(program(root, "node bench/ack-latency.mjs").env("PLANNER_SERVER", server))
}

fn executable(target: &Path, name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    target.join("release").join(name)
}

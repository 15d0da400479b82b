//! `cargo xtask fuzz`: hostile frames and tokens, for as long as wanted. CI sends a thousand of them with its tests.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::tools::{self, Done, cargo, root};

/// What is sent, and how much of it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only these; all without any
    targets: Vec<Target>,
    /// How many inputs for each
    #[arg(long, default_value_t = 20_000)]
    times: u64,
    /// Ends each after so many minutes, however many inputs are left
    #[arg(long)]
    minutes: Option<u64>,
    /// Repeats the inputs of an earlier run
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// Messages of a client to the planner's server
    Frames,
    /// Tokens of sessions
    Tokens,
}

/// Runs the bodies that `fuzz/fuzz_targets` gives to cargo-fuzz, which a stable toolchain does not have.
pub fn run(options: &Options) -> Done {
    let root = root()?;
    let seed = options.seed.unwrap_or_else(any_seed);
    let wanted = |target: &Target| options.targets.is_empty() || options.targets.contains(target);
    for target in [Target::Frames, Target::Tokens]
        .iter()
        .filter(|target| wanted(target))
    {
        fuzz(&root, *target, options, seed)?;
    }
    Ok(())
}

fn fuzz(root: &Path, target: Target, options: &Options, seed: u64) -> Done {
    let times = options.times;
    let name = match target {
        Target::Frames => "frames",
        Target::Tokens => "tokens",
    };
    println!(
        "{name} with seed {seed}; `cargo xtask fuzz {name} --times {times} --seed {seed}` sends the same"
    );
    let line = format!("test --quiet --package rowcast-fuzz --test {name} -- --nocapture");
    let mut test = cargo(root, &line);
    test.env("FUZZ_TIMES", times.to_string())
        .env("FUZZ_SEED", seed.to_string())
        .env("RUST_BACKTRACE", "0");
    if let Some(minutes) = options.minutes {
        test.env("FUZZ_MINUTES", minutes.to_string());
    }
    tools::run(&mut test)
}

fn any_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::from(since.subsec_nanos()) ^ since.as_secs())
}

//! `cargo xtask chaos`: servers that are killed and connections that break, while clients write.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::node;
use crate::tools::{self, Done, cargo, program, root, target_folder};

/// How long and how it goes on.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How often the server is killed
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Ends after so many minutes, however many kills are left
    #[arg(long)]
    minutes: Option<u32>,
    /// Repeats the decisions of an earlier run
    #[arg(long)]
    seed: Option<u32>,
}

/// Runs it, and prints its summary last.
pub fn run(options: &Options) -> Done {
    let root = root()?;
    node::install(&root)?;
    kill(&root, options)
}

/// Ten kills, for CI.
pub fn short(root: &Path) -> Done {
    let options = Options {
        kills: 10,
        minutes: None,
        seed: None,
    };
    kill(root, &options)
}

fn kill(root: &Path, options: &Options) -> Done {
    tools::run(&mut cargo(root, "build --quiet --package crossfit-server"))?;
    let Options { kills, .. } = options;
    let seed = options.seed.unwrap_or_else(any_seed);
    println!(
        "{kills} kills with seed {seed}; `cargo xtask chaos --kills {kills} --seed {seed}` takes the same decisions"
    );
    let summary = target_folder(root).join("chaos-summary.txt");
    // That of an earlier run must not be taken for this one's.
    let _ = fs::remove_file(&summary);
    let mut run = program(root, "npm run --silent test:chaos -w tests/node");
    run.env("CHAOS_KILLS", kills.to_string())
        .env("CHAOS_SEED", seed.to_string())
        .env("CHAOS_SUMMARY", &summary);
    if let Some(minutes) = options.minutes {
        run.env("CHAOS_MINUTES", minutes.to_string());
    }
    let done = tools::run(&mut run);
    match fs::read_to_string(&summary) {
        Ok(summary) => println!("{summary}"),
        Err(_) => println!("seed {seed}: it did not come to an end"),
    }
    done
}

fn any_seed() -> u32 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos() ^ since.as_secs() as u32)
}

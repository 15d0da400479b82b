//! Figures about the generated planner, beside a server that is written by hand; nothing here passes or fails.
//!
//! The scenarios take turns between the two, so that a slow minute of the machine slows both. This process and the
//! servers share the machine; processor time of the server is the figure that suffers least from that.

mod client;
mod coaches;
mod frames;
mod report;
mod scenarios;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use scenarios::keys::Kind;
use scenarios::{Bench, Sizes, bursts, fan_out, flood, probe, reconnect, writes};
use server::Programs;

/// What can go wrong here ends a run; the text is for the person at the terminal.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures the planner. `cargo xtask bench` builds what this needs, and runs it.
#[derive(Debug, Parser)]
struct Options {
    /// What to measure; all without any
    scenarios: Vec<Scenario>,
    /// The planner's server
    #[arg(long, value_name = "PROGRAM")]
    planner: PathBuf,
    /// The server that is written by hand
    #[arg(long, value_name = "PROGRAM")]
    by_hand: PathBuf,
    /// Where databases are put; the disk under it is measured too
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Small numbers, to see that it runs; the figures mean little
    #[arg(long)]
    quick: bool,
    /// The keys that writes to the planner carry; it keeps an idempotency record of each
    #[arg(long, value_enum, default_value_t = Kind::Ordered)]
    keys: Kind,
    /// Connections of the pool of the server that is written by hand
    #[arg(long, default_value_t = 1)]
    connections: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// One row of 10,000 changes, and 1,000 clients hear of it
    FanOut,
    /// 1,000 clients reconnect at once after the server was killed
    Reconnect,
    /// Durable writes, from one writer and from 50
    Writes,
    /// Ten updates of one row at once: does everybody end with the last?
    Bursts,
    /// One socket sends as fast as it can: how long another one waits for its answers
    Flood,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Outcome {
    let programs = Programs {
        planner: options.planner,
        by_hand: options.by_hand,
        connections: options.connections,
        data: options.data,
    };
    std::fs::create_dir_all(&programs.data)?;
    let sizes = if options.quick {
        Sizes::QUICK
    } else {
        Sizes::FULL
    };
    server::check_open_files(2 * sizes.clients)?;
    let keys = if probe::takes_keys(&programs).await? {
        options.keys
    } else {
        report::note("This planner does not know keys: writes carry none.");
        Kind::None
    };
    let bench = Bench {
        programs,
        sizes,
        keys,
    };
    let wanted = |scenario| options.scenarios.is_empty() || options.scenarios.contains(&scenario);
    if wanted(Scenario::FanOut) {
        fan_out::run(&bench).await?;
    }
    if wanted(Scenario::Reconnect) {
        reconnect::run(&bench).await?;
    }
    if wanted(Scenario::Writes) {
        writes::run(&bench).await?;
    }
    if wanted(Scenario::Bursts) {
        bursts::run(&bench).await?;
    }
    if wanted(Scenario::Flood) {
        flood::run(&bench).await?;
    }
    Ok(())
}

//! `cargo xtask demo`: the planner, from source to a page in the browser.

use crate::pages;
use crate::tools::{self, Done, cargo, root};

/// What the demo can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where the planner listens
    #[arg(long, default_value_t = 5555)]
    port: u16,
    /// Further options for the planner, after `--`: see `cargo run -p crossfit-server -- --help`
    #[arg(last = true)]
    planner: Vec<String>,
}

/// Builds the page and the server, and runs the server until it is stopped.
pub fn run(options: &Options) -> Done {
    let root = root()?;
    println!("Building the pages and the server …");
    pages::build_debug(&root)?;
    tools::run(&mut cargo(&root, "build --quiet --package crossfit-server"))?;
    // The planner prints its address itself, once it listens: a page that is opened earlier shows an error.
    println!(
        "\nAnyone may look; to change something, sign in as rosesmith with rosesmith_password."
    );
    println!(
        "Stop with Ctrl+C. Open this address in two windows; what one changes the other shows:\n"
    );
    let port = options.port.to_string();
    let mut server = cargo(
        &root,
        "run --quiet --package crossfit-server -- --require-login --port",
    );
    tools::run_instead(server.arg(port).args(&options.planner))
}

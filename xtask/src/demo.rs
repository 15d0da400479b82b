//! `cargo xtask demo`: the planner, from source to a page in the browser.

use crate::node;
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
    println!("Building the page …");
    node::install(&root)?;
    node::script(&root, "build -w examples/crossfit/web")?;
    println!("Building the server …");
    tools::run(&mut cargo(&root, "build --quiet --package crossfit-server"))?;
    println!(
        "\nOpen http://127.0.0.1:{} in two windows; what one changes the other shows.",
        options.port
    );
    println!("Stop with Ctrl+C.\n");
    let port = options.port.to_string();
    let mut server = cargo(&root, "run --quiet --package crossfit-server -- --port");
    tools::run(server.arg(port).args(&options.planner))
}

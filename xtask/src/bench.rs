//! `cargo xtask bench`: figures that depend on the machine; nothing here passes or fails.

use crate::node;
use crate::tools::{self, Done, cargo, program, root, target_folder};

/// Measures how long acks take while lists are refreshed.
pub fn run() -> Done {
    let root = root()?;
    node::install(&root)?;
    println!("Building the server …");
    tools::run(&mut cargo(
        &root,
        "build --quiet --release --package crossfit-server",
    ))?;
    let name = format!("crossfit-server{}", std::env::consts::EXE_SUFFIX);
    let server = target_folder(&root).join("release").join(name);
    tools::run(program(&root, "node bench/ack-latency.mjs").env("PLANNER_SERVER", server))
}

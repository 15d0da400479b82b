//! `cargo xtask bench`: figures that depend on the machine; nothing here passes or fails.

use std::path::Path;
use std::time::Instant;
use std::{fs, io};

use crate::node;
use crate::tools::{self, Done, cargo, program, root, target_folder};

/// Measures the generator on a large schema, and how long acks take while lists are refreshed.
pub fn run() -> Done {
    let root = root()?;
    node::install(&root)?;
    generator(&root)?;
    acks(&root)
}

/// A thousand resources: how long they take, how much memory, and whether the compiler takes the client.
fn generator(root: &Path) -> Done {
    println!("Building the generator …");
    let example = "--package rowcast-tests --example thousand_resources";
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

fn acks(root: &Path) -> Done {
    println!("Building the server …");
    tools::run(&mut cargo(
        root,
        "build --quiet --release --package crossfit-server",
    ))?;
    let name = format!("crossfit-server{}", std::env::consts::EXE_SUFFIX);
    let server = target_folder(root).join("release").join(name);
    tools::run(program(root, "node bench/ack-latency.mjs").env("PLANNER_SERVER", server))
}

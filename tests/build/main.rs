//! Writes the declarations of `tests/serde_matrix` and `tests/serde_types`.

mod items;
mod types;

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build");
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    let out = Path::new(&out);
    fs::write(out.join("serde_matrix.rs"), items::text())?;
    fs::write(out.join("serde_types.rs"), types::text())
}

//! How long the generator takes for a schema of 1,000 resources of 8 fields, and what it writes.
//!
//! `cargo xtask bench` runs it in release. Compiling the schema is not part of it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a benchmark: it prints, and fails by panicking"
)]

use std::fs;
use std::path::Path;
use std::time::Instant;

use rowcast_codegen::{Config, generate};
use rowcast_schema::prelude::*;

/// What each of the thousand is like.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Sample {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 1, max = 40))]
    pub name: String,
    #[garde(range(min = 0, max = 120))]
    pub age: Option<u8>,
    pub color: Color,
    pub score: f64,
    pub active: bool,
    #[resource(unique)]
    pub code: Option<String>,
    #[resource(belongs_to = Sample)]
    pub parent: Option<SampleName>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub enum Color {
    Red,
    Green,
}

/// What one shows of another.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Sample)]
pub struct SampleName {
    pub id: i64,
    pub name: String,
}

const COUNT: usize = 1000;

/// The schema of the one resource, a thousand times under other names.
fn schema() -> Description {
    let one = Schema::new("Thousand").resource::<Sample>().describe();
    let mut all = one.clone();
    all.resources.clear();
    all.output.clear();
    all.input.clear();
    let text = serde_json::to_string(&one).unwrap();
    for index in 0..COUNT {
        let renamed = text.replace("Sample", &format!("Item{index}x"));
        let renamed: Description = serde_json::from_str(&renamed).unwrap();
        all.resources.extend(renamed.resources);
        all.output.extend(renamed.output);
        all.input.extend(renamed.input);
    }
    all
}

fn run(config: &Config, schema: &Description) -> (f64, usize) {
    let begun = Instant::now();
    let differences = generate(config, schema).unwrap();
    (begun.elapsed().as_secs_f64(), differences.len())
}

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let folder = Path::new(&folder);
    let config = "[rust]\nout = \"rust\"\nschema = \"items\"\n\n[typescript]\nout = \"typescript\"\nzod = true\n";
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("rowcast.toml"), config).unwrap();
    let config = Config::read(&folder.join("rowcast.toml")).unwrap();
    let mut schema = schema();

    let (first, written) = run(&config, &schema);
    println!("first run     {first:.2} s, {written} files written");
    let (second, written) = run(&config, &schema);
    println!("second run    {second:.2} s, {written} files written");
    schema.resources[500].fields[1].doc = "Changed.".into();
    for schemas in [&mut schema.output, &mut schema.input] {
        for name in ["Item500x", "NewItem500x", "Item500xPatch"] {
            if let Some(field) = schemas
                .get_mut(name)
                .and_then(|schema| schema.pointer_mut("/properties/name"))
            {
                field["description"] = "Changed.".into();
            }
        }
    }
    let (third, written) = run(&config, &schema);
    println!("one field     {third:.2} s, {written} files written");
    println!("peak memory   {}", peak_memory());
}

/// The most memory that the process has held, where the system tells it.
fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or_else(
        || "unknown".to_owned(),
        |peak| format!("{:.0} MB", peak / 1024.0),
    )
}

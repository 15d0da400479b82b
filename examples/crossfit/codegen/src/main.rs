//! Generates what `rowcast.toml` names from the planner's schema.

use std::process::ExitCode;

fn main() -> ExitCode {
    rowcast_codegen::run(&crossfit_schema::schema())
}

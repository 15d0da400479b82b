//! What people do with the repository as a whole: see the example, and check everything.

mod bench;
mod chaos;
mod demo;
mod evolve;
mod fuzz;
mod names;
mod node;
mod pages;
mod projects;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The commands of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds and runs the planner, the example application
    Demo(demo::Options),
    /// Builds the planner as one program that carries its pages
    Build,
    /// Takes pictures of the planner's pages
    Screenshots,
    /// Checks everything that CI checks
    Test(test::Options),
    /// Kills servers and breaks connections while clients write, and looks for what is lost, doubled or shown wrongly
    Chaos(chaos::Options),
    /// Sends hostile frames and tokens, and looks for calls without an answer, panics and hangs
    Fuzz(fuzz::Options),
    /// Measures the generator and the generated server
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Build => pages::build(),
        Command::Screenshots => pages::screenshots(),
        Command::Test(options) => test::run(&options),
        Command::Chaos(options) => chaos::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

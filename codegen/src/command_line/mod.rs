//! The command line: a user's codegen binary passes its schema to [`run`], and that is all there is in it.

mod contracts;
mod explain;
mod output;
mod until_closed;

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use rowcast_schema::{Contract, Description, Findings, resolve};
use serde::Serialize;

use crate::asyncapi;
use crate::config::{Config, ConfigError};
use crate::generate::GenerateError;
use crate::lock::LockError;
use crate::render_asyncapi;
use until_closed::UntilClosed;

/// Generates a live server and its typed client from a schema.
#[derive(Debug, Parser)]
#[command(name = "cargo codegen", version, after_help = EXAMPLES)]
struct Arguments {
    /// The configuration [default: rowcast.toml of the package or a folder above it]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes what has changed; this is what happens without a command
    #[command(
        after_help = "Prints one line for each file that was written or removed, and nothing if all is up to date.

Example:
  cargo codegen generate --format json"
    )]
    Generate,
    /// Fails if what is written is not what would be generated
    #[command(
        after_help = "Prints the first lines of each difference, and exits with 1 if there is one.

Example, for CI:
  cargo codegen check"
    )]
    Check,
    /// Records the contract of the clients that are deployed now
    #[command(
        after_help = "Writes rowcast.lock.json beside rowcast.toml; commit it. Do so with each release: `diff` compares with it, and
generated servers tell clients of contracts that it does not serve any more to reload.

Example:
  cargo codegen lock"
    )]
    Lock,
    /// Tells what has changed since the lock, and whom it breaks
    #[command(after_help = "Exits with 1 if a change breaks clients or stored data.

Examples:
  cargo codegen diff                       compare with rowcast.lock.json
  cargo codegen diff --against v1.2.0      compare with the lock of a git revision
  cargo codegen diff --against old.json    compare with another lock")]
    Diff {
        /// A lock file, or a git revision whose lock is meant [default: rowcast.lock.json]
        #[arg(long, value_name = "FILE|REVISION")]
        against: Option<String>,
    },
    /// Lists every event, one a line
    #[command(after_help = "Example:
  cargo codegen list | grep coach")]
    List,
    /// Tells what an event does
    #[command(after_help = "Example:
  cargo codegen explain update_coach")]
    Explain {
        /// The name of the event on the wire
        event: String,
    },
    /// Prints the AsyncAPI document of all events
    #[command(
        after_help = "Needs no configuration; with [asyncapi] in rowcast.toml, `generate` writes the document.

Example:
  cargo codegen asyncapi > asyncapi.yaml"
    )]
    Asyncapi,
    /// Prints a stage of the generator as JSON
    #[command(after_help = "Example:
  cargo codegen inspect --stage description")]
    Inspect {
        /// Which stage
        #[arg(long, value_enum, default_value_t = Stage::Contract)]
        stage: Stage,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    /// The schema as it was declared
    Description,
    /// The schema as it was resolved
    Contract,
}

const EXAMPLES: &str = "Examples:
  cargo codegen                    write what has changed
  cargo codegen check              fail if something is not up to date (for CI)
  cargo codegen diff               tell what breaks deployed clients or stored data
  cargo codegen explain new_coach  tell what an event does

Exit codes: 0 done; 1 the schema is wrong, output is not up to date, or a change breaks something; 2 misuse.";

/// How a command ends that did what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Fine,
    /// Drift, or breakage.
    Found,
}

/// What was asked for can't be done as it was asked: wrong arguments, or files that are not there.
#[derive(Debug)]
struct Misuse(String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Misuse {}

/// Runs the generator on the arguments of the process.
pub fn run(description: &Description) -> ExitCode {
    let mut out = anstream::stdout().lock();
    let mut err = anstream::stderr().lock();
    ExitCode::from(run_with(
        std::env::args_os(),
        description,
        &mut out,
        &mut err,
    ))
}

/// [`run`] with arguments of the caller's, the first of which names the program; gives the exit code.
///
/// ```
/// use rowcast_schema::Schema;
///
/// let schema = Schema::new("Empty").describe();
/// let (mut out, mut err) = (Vec::new(), Vec::new());
/// let code = rowcast_codegen::run_with(["codegen", "list"], &schema, &mut out, &mut err);
/// assert_eq!(code, 0);
/// assert!(String::from_utf8(out).unwrap().contains("refresh"));
/// ```
pub fn run_with<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    description: &Description,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let out = &mut UntilClosed { out };
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = error.render();
            // Nothing is left to be done if not even this can be printed.
            let _ = if error.use_stderr() {
                write!(err, "{}", text.ansi())
            } else {
                write!(out, "{}", text.ansi())
            };
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    match execute(&arguments, description, out) {
        Ok(Outcome::Fine) => 0,
        Ok(Outcome::Found) => 1,
        Err(error) => {
            // Nothing is left to be done if not even this can be printed.
            match arguments.format {
                Format::Text => drop(writeln!(err, "{error}")),
                Format::Json => drop(print_json(out, &failure(&*error))),
            }
            if is_misuse(&*error) { 2 } else { 1 }
        }
    }
}

/// Why a command failed, for programs: the findings one by one, if the schema is wrong.
fn failure(error: &(dyn Error + 'static)) -> serde_json::Value {
    let in_schema = match error.downcast_ref::<GenerateError>() {
        Some(GenerateError::Schema(findings)) => Some(findings),
        _ => error.downcast_ref::<Findings>(),
    };
    let findings = in_schema.map(Findings::as_slice).unwrap_or_default();
    serde_json::json!({ "error": error.to_string(), "findings": findings })
}

fn is_misuse(error: &(dyn Error + 'static)) -> bool {
    error.is::<Misuse>() || error.is::<ConfigError>() || error.is::<LockError>()
}

type Executed = Result<Outcome, Box<dyn Error>>;

fn execute(arguments: &Arguments, description: &Description, out: &mut dyn Write) -> Executed {
    let command = arguments.command.as_ref().unwrap_or(&Command::Generate);
    if let Command::Inspect {
        stage: Stage::Description,
    } = command
    {
        return print_json(out, description);
    }
    let format = arguments.format;
    let config = || match &arguments.config {
        Some(path) => Config::read(path),
        None => Config::find(),
    };
    if let Command::Generate = command {
        return output::generate(&config()?, description, format, out);
    }
    let contract = resolve(description)?;
    match command {
        Command::Generate => Ok(Outcome::Fine),
        Command::Check => output::check(&config()?, &contract, format, out),
        Command::Lock => contracts::lock(&config()?, &contract, format, out),
        Command::Diff { against } => {
            contracts::diff(&config()?, &contract, against.as_deref(), format, out)
        }
        Command::List => explain::list(&contract, format, out),
        Command::Explain { event } => explain::explain(&contract, event, format, out),
        Command::Asyncapi => {
            let options = config()
                .ok()
                .and_then(|config| config.asyncapi.map(|target| target.options()))
                .unwrap_or_default();
            if format == Format::Json {
                return print_json(out, &asyncapi::document(&contract, &options));
            }
            for file in render_asyncapi(&contract, &options)? {
                write!(out, "{}", file.text)?;
            }
            Ok(Outcome::Fine)
        }
        Command::Inspect { .. } => print_json::<Contract>(out, &contract),
    }
}

fn print_json<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> Executed {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(Outcome::Fine)
}

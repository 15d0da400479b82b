//! The command line: a user's codegen binary passes its schema to [`run`], and that is all there is in it.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use rowcast_schema::{Contract, Description, resolve};
use similar::TextDiff;

use crate::config::Config;
use crate::output::OutputFile;
use crate::write::{Action, Difference, apply, compare};
use crate::{TypeScriptOptions, render_rust, render_typescript};

/// Generates a live server and its typed client from a schema.
#[derive(Debug, Parser)]
#[command(name = "codegen", version, after_help = EXAMPLES)]
struct Arguments {
    /// The configuration [default: rowcast.toml of the package or a folder above it]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes what has changed; this is what happens without a command
    Generate,
    /// Fails if what is written is not what would be generated
    Check,
    /// Prints a stage of the generator as JSON
    Inspect {
        /// Which stage
        #[arg(long, value_enum, default_value_t = Stage::Contract)]
        stage: Stage,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    /// The schema as it was declared
    Description,
    /// The schema as it was resolved
    Contract,
}

const EXAMPLES: &str = "Examples:
  cargo codegen                              write what has changed
  cargo codegen check                        fail if something is not up to date (for CI)
  cargo codegen inspect --stage contract     see what the schema was resolved to

Exit codes: 0 done, 1 the schema is wrong or output is not up to date, 2 wrong arguments.";

/// How many lines of a difference `check` shows for each file.
const SHOWN_LINES: usize = 12;

/// Runs the generator on the arguments of the process.
pub fn run(description: &Description) -> ExitCode {
    let arguments = Arguments::parse();
    match execute(&arguments, description, &mut io::stdout().lock()) {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to be done if not even this can be printed.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(1)
        }
    }
}

fn execute(
    arguments: &Arguments,
    description: &Description,
    out: &mut dyn Write,
) -> Result<ExitCode, Box<dyn Error>> {
    let command = arguments.command.as_ref().unwrap_or(&Command::Generate);
    if let Command::Inspect {
        stage: Stage::Description,
    } = command
    {
        return print_json(out, description);
    }
    let contract = resolve(description)?;
    if let Command::Inspect {
        stage: Stage::Contract,
    } = command
    {
        return print_json(out, &contract);
    }
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::find()?,
    };
    let differences = differences(&config, &contract)?;
    if let Command::Check = command {
        return report(out, &config.folder, &differences);
    }
    apply(&differences)?;
    for difference in &differences {
        writeln!(
            out,
            "{} {}",
            word(difference.action),
            shown(&config.folder, &difference.path)
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What differs in all targets. Nothing is written unless all of them can be.
fn differences(config: &Config, contract: &Contract) -> Result<Vec<Difference>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut add = |out: &Path, files: &[OutputFile]| {
        compare(&config.folder.join(out), files).map(|differences| found.extend(differences))
    };
    if let Some(rust) = &config.rust {
        add(&rust.out, &render_rust(contract, &rust.schema)?)?;
    }
    if let Some(typescript) = &config.typescript {
        add(
            &typescript.out,
            &render_typescript(
                contract,
                &TypeScriptOptions {
                    zod: typescript.zod,
                },
            )?,
        )?;
    }
    Ok(found)
}

fn report(
    out: &mut dyn Write,
    folder: &Path,
    differences: &[Difference],
) -> Result<ExitCode, Box<dyn Error>> {
    if differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for difference in differences {
        let path = shown(folder, &difference.path);
        writeln!(
            out,
            "not up to date: {path} would be {}",
            word(difference.action)
        )?;
        let diff = TextDiff::from_lines(&difference.current, &difference.wanted);
        let text = diff.unified_diff().context_radius(1).to_string();
        for line in text.lines().take(SHOWN_LINES) {
            writeln!(out, "  {line}")?;
        }
    }
    writeln!(out, "help: run `cargo codegen` and commit what it writes")?;
    Ok(ExitCode::from(1))
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Created => "created",
        Action::Changed => "changed",
        Action::Removed => "removed",
    }
}

fn shown(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn print_json(
    out: &mut dyn Write,
    stage: &impl serde::Serialize,
) -> Result<ExitCode, Box<dyn Error>> {
    serde_json::to_writer_pretty(&mut *out, stage)?;
    writeln!(out)?;
    Ok(ExitCode::SUCCESS)
}

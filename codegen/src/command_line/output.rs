//! `generate` and `check`: what is written, and what would be.

use std::error::Error;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;

use rowcast_schema::{Contract, Description, resolve};
use serde::Serialize;
use similar::TextDiff;

use super::{Executed, Format, Outcome, print_json};
use crate::config::Config;
use crate::english::is_odd_plural;
use crate::generate::{differences, render};
use crate::lock::{self, Lock};
use crate::write::{Action, Difference};

/// How many lines of a difference `check` shows for each file.
const SHOWN_LINES: usize = 12;

/// A file in JSON.
#[derive(Serialize)]
struct File<'d> {
    path: String,
    action: &'d str,
}

pub(super) fn generate(
    config: &Config,
    description: &Description,
    format: Format,
    out: &mut dyn Write,
) -> Executed {
    let differences = crate::generate::generate(config, description)?;
    if format == Format::Json {
        return print_json(out, &files(config, &differences));
    }
    for difference in &differences {
        let path = shown(&config.folder, &difference.path);
        writeln!(out, "{} {path}", word(difference.action))?;
    }
    if !differences.is_empty() {
        let contract = resolve(description)?;
        hint_at_plurals(&contract, &differences, out)?;
        ask(config, &contract, out)?;
    }
    Ok(Outcome::Fine)
}

pub(super) fn check(
    config: &Config,
    contract: &Contract,
    format: Format,
    out: &mut dyn Write,
) -> Executed {
    let differences = differences(&render(config, contract, None)?)?;
    if format == Format::Json {
        print_json(out, &files(config, &differences))?;
    } else {
        report(config, &differences, out)?;
        ask(config, contract, out)?;
    }
    Ok(if differences.is_empty() {
        Outcome::Fine
    } else {
        Outcome::Found
    })
}

fn report(config: &Config, differences: &[Difference], out: &mut dyn Write) -> std::io::Result<()> {
    for difference in differences {
        let path = shown(&config.folder, &difference.path);
        let action = word(difference.action);
        writeln!(out, "not up to date: {path} would be {action}")?;
        let diff = TextDiff::from_lines(&difference.current, &difference.wanted);
        let text = diff.unified_diff().context_radius(1).to_string();
        for line in text.lines().take(SHOWN_LINES) {
            writeln!(out, "  {line}")?;
        }
    }
    if !differences.is_empty() {
        writeln!(out, "help: run `cargo codegen` and commit what it writes")?;
    }
    Ok(())
}

/// Says of a new resource that its regular plural is no English, before clients rely on it.
fn hint_at_plurals(
    contract: &Contract,
    differences: &[Difference],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    for resource in contract.resources() {
        let (singular, plural) = (&resource.singular, &resource.plural);
        let is_new = differences.iter().any(|difference| {
            difference.action == Action::Created
                && difference.path.file_stem().and_then(OsStr::to_str) == Some(plural)
        });
        if is_new && is_odd_plural(singular, plural) {
            writeln!(
                out,
                "hint: `{}` has the plural `{plural}`, which names its list, its calls and its table\n  \
                 help: choose another one by `#[resource(plural = \"…\")]`, such as `{singular}_items`",
                resource.name
            )?;
        }
    }
    Ok(())
}

/// Asks about what may have been renamed since the lock, before data of the older names is missed.
fn ask(config: &Config, contract: &Contract, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let Some(older) = Lock::read(&config.folder.join(lock::FILE_NAME))? else {
        return Ok(());
    };
    let changes = lock::compare(&older, &Lock::of(contract)).into_iter();
    for change in changes.filter(lock::Change::is_question) {
        writeln!(out, "question: {} {}", change.path, change.message)?;
        if let Some(help) = change.help {
            writeln!(out, "  help: {help}")?;
        }
    }
    Ok(())
}

fn files<'d>(config: &Config, differences: &'d [Difference]) -> Vec<File<'d>> {
    differences
        .iter()
        .map(|difference| File {
            path: shown(&config.folder, &difference.path),
            action: word(difference.action),
        })
        .collect()
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

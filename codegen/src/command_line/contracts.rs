//! `lock` and `diff`: what others rely on, and what breaks them.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use anstyle::{AnsiColor, Style};
use rowcast_schema::Contract;

use super::{Executed, Format, Misuse, Outcome, print_json};
use crate::config::Config;
use crate::lock::{Change, FILE_NAME, Impact, Lock, LockError, compare};

pub(super) fn lock(
    config: &Config,
    contract: &Contract,
    format: Format,
    out: &mut dyn Write,
) -> Executed {
    let path = config.folder.join(FILE_NAME);
    let earlier = Lock::read(&path)?;
    let lock = Lock::of(contract);
    let (changes, lock) = match &earlier {
        Some(earlier) => (compare(earlier, &lock), lock.following(earlier)),
        None => (Vec::new(), lock),
    };
    if earlier.as_ref() != Some(&lock) {
        std::fs::write(&path, lock.text()?).map_err(|source| LockError::File { path, source })?;
    }
    if format == Format::Json {
        return print_json(out, &changes);
    }
    if earlier.as_ref() != Some(&lock) {
        let breaking = count(&changes, Impact::BreaksClients);
        let remark = match breaking {
            0 => String::new(),
            1 => "; 1 change breaks older clients, which are told to reload".to_owned(),
            many => format!("; {many} changes break older clients, which are told to reload"),
        };
        writeln!(out, "{FILE_NAME}: locked {}{remark}", lock.fingerprint)?;
    }
    Ok(Outcome::Fine)
}

pub(super) fn diff(
    config: &Config,
    contract: &Contract,
    against: Option<&str>,
    format: Format,
    out: &mut dyn Write,
) -> Executed {
    let older = older(&config.folder, against)?;
    let changes = compare(&older, &Lock::of(contract));
    if format == Format::Json {
        print_json(out, &changes)?;
    } else {
        report(&changes, out)?;
    }
    let breaks = changes.iter().any(|change| change.impact != Impact::Safe);
    Ok(if breaks {
        Outcome::Found
    } else {
        Outcome::Fine
    })
}

fn report(changes: &[Change], out: &mut dyn Write) -> std::io::Result<()> {
    for change in changes {
        let style = match change.impact {
            Impact::BreaksClients => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Impact::BreaksStoredData => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Impact::Safe => Style::new().fg_color(Some(AnsiColor::Green.into())),
        };
        let Change {
            impact,
            path,
            code,
            message,
            help,
        } = change;
        writeln!(out, "{style}{impact}{style:#}: {path} {message} [{code}]")?;
        if let Some(help) = help {
            writeln!(out, "  help: {help}")?;
        }
    }
    if !changes.is_empty() {
        let of = |impact| count(changes, impact);
        writeln!(
            out,
            "{} that break clients, {} that break stored data, {} safe",
            of(Impact::BreaksClients),
            of(Impact::BreaksStoredData),
            of(Impact::Safe)
        )?;
    }
    Ok(())
}

fn count(changes: &[Change], impact: Impact) -> usize {
    changes
        .iter()
        .filter(|change| change.impact == impact)
        .count()
}

/// The lock to compare with: a file, or that of a git revision.
fn older(folder: &Path, against: Option<&str>) -> Result<Lock, Box<dyn std::error::Error>> {
    let own = folder.join(FILE_NAME);
    let path = against.map_or(own.as_path(), Path::new);
    if let Some(lock) = Lock::read(path)? {
        return Ok(lock);
    }
    let Some(revision) = against else {
        let message = format!(
            "there is no {FILE_NAME} in {}\n  help: write it by `cargo codegen lock`",
            folder.display()
        );
        return Err(Misuse(message).into());
    };
    let place = format!("{revision}:./{FILE_NAME}");
    let shown = Command::new("git")
        .arg("-C")
        .arg(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        })
        .args(["show", &place])
        .output()
        .map_err(|error| Misuse(format!("git can't be run: {error}")))?;
    if !shown.status.success() {
        let message = format!(
            "`{revision}` is neither a lock file nor a git revision with a {FILE_NAME}: {}",
            String::from_utf8_lossy(&shown.stderr).trim()
        );
        return Err(Misuse(message).into());
    }
    let text = String::from_utf8_lossy(&shown.stdout);
    Lock::parse(&text, &place).map_err(|error| match error {
        LockError::Malformed { place, message } => Misuse(format!(
            "{place}: this is no contract lock that can be understood: {message}\n  help: compare with another revision"
        ))
        .into(),
        other => other.into(),
    })
}

//! `list` and `explain`: what events there are, and what each does, as far as the contract tells.

use std::fmt::Display;
use std::io::Write;

use rowcast_schema::Contract;
use serde::Serialize;

use super::{Executed, Format, Misuse, Outcome, print_json};
use crate::events::{Explained, explain_all};

pub(super) fn list(contract: &Contract, format: Format, out: &mut dyn Write) -> Executed {
    let events = explain_all(contract);
    if format == Format::Json {
        #[derive(Serialize)]
        struct Listed<'e> {
            from: &'static str,
            event: &'e str,
            takes: &'e str,
            answers: &'e str,
            allowed: &'e str,
            declared_at: &'e str,
        }
        let listed: Vec<Listed<'_>> = events
            .iter()
            .map(|event| Listed {
                from: event.from,
                event: &event.event,
                takes: &event.takes,
                answers: &event.answers,
                allowed: &event.allowed,
                declared_at: &event.declared_at,
            })
            .collect();
        return print_json(out, &listed);
    }
    let width = |text: fn(&Explained) -> &str| {
        let widths = events.iter().map(|event| text(event).chars().count());
        widths.max().unwrap_or_default()
    };
    let (event_width, takes_width) = (width(|event| &event.event), width(|event| &event.takes));
    let answers_width = width(|event| &event.answers);
    for event in &events {
        let line = format!(
            "{:6}  {:event_width$}  {:takes_width$}  {:answers_width$}  {}",
            event.from, event.event, event.takes, event.answers, event.allowed
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(Outcome::Fine)
}

pub(super) fn explain(
    contract: &Contract,
    name: &str,
    format: Format,
    out: &mut dyn Write,
) -> Executed {
    let events = explain_all(contract);
    let found: Vec<&Explained> = events.iter().filter(|event| event.event == name).collect();
    if found.is_empty() {
        return Err(unknown(name, &events).into());
    }
    if format == Format::Json {
        return print_json(out, &found);
    }
    for event in found {
        writeln!(out, "{}: {}", event.event, event.does)?;
        let mut line = |label: &str, text: &dyn Display| {
            let text = text.to_string();
            if text.is_empty() {
                return Ok(());
            }
            writeln!(out, "  {label:10} {text}")
        };
        line("declared", &event.declared_at)?;
        line("takes", &event.takes)?;
        for field in &event.fields {
            line("", &format!("  {field}"))?;
        }
        line("answers", &event.answers)?;
        line("reads", &event.reads.join(", "))?;
        line("writes", &event.writes.join(", "))?;
        for refreshed in &event.refreshes {
            line("refreshes", refreshed)?;
        }
        line("allowed", &event.allowed)?;
    }
    Ok(Outcome::Fine)
}

fn unknown(name: &str, events: &[Explained]) -> Misuse {
    let mut near: Vec<(usize, &str)> = events
        .iter()
        .map(|event| {
            (
                strsim::damerau_levenshtein(name, &event.event),
                event.event.as_str(),
            )
        })
        .filter(|(distance, event)| *distance <= 3 || event.contains(name))
        .collect();
    near.sort_unstable();
    near.dedup();
    let names: Vec<String> = near
        .iter()
        .take(3)
        .map(|(_, event)| format!("`{event}`"))
        .collect();
    let help = if names.is_empty() {
        "see all of them by `cargo codegen list`".to_owned()
    } else {
        format!("there is {}", names.join(", "))
    };
    Misuse(format!("there is no event `{name}`\n  help: {help}"))
}

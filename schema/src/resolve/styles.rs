//! Names events by the style of the schema, and refuses patterns that name nothing.

use super::finding::Findings;
use crate::description::{Description, EventStyle, Verb};

const PLACEHOLDERS: [&str; 3] = ["resource", "resources", "verb"];

/// The event of a call that no resource named itself.
pub(super) fn event(style: &EventStyle, verb: Verb, singular: &str, plural: &str) -> String {
    let word = match verb {
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
        Verb::Get => "get",
        Verb::List => "list",
    };
    match (style, verb) {
        (EventStyle::VerbFirst, Verb::Create) => format!("new_{singular}"),
        (EventStyle::VerbFirst, Verb::List) => format!("list_{plural}"),
        (EventStyle::VerbFirst, _) => format!("{word}_{singular}"),
        (EventStyle::Namespaced, _) => format!("{singular}:{word}"),
        (EventStyle::Pattern(pattern), _) => pattern
            .replace("{resources}", plural)
            .replace("{resource}", singular)
            .replace("{verb}", word),
    }
}

/// Refuses what would stand in the names of events as it is written.
pub(super) fn check_style(description: &Description, findings: &mut Findings) {
    let (EventStyle::Pattern(pattern), Some(at)) =
        (&description.event_style, &description.event_style_at)
    else {
        return;
    };
    let help = "write `{resource}`, `{resources}` or `{verb}`";
    let mut rest = pattern.as_str();
    while let Some((before, behind)) = rest.split_once('{') {
        let closed = behind.split_once('}');
        if before.contains('}') || closed.is_none() {
            break;
        }
        let (name, behind) = closed.unwrap_or_default();
        if !PLACEHOLDERS.contains(&name) {
            let message =
                format!("the pattern `{pattern}` has `{{{name}}}`, which stands for nothing");
            findings.add("event-pattern", at, message, help);
        }
        rest = behind;
    }
    if rest.contains(['{', '}']) {
        let message = format!("the pattern `{pattern}` has a brace without its other half");
        findings.add("event-pattern", at, message, help);
    }
    if !pattern.contains("{verb}") {
        let message = format!("the pattern `{pattern}` names all calls of a resource the same");
        findings.add("event-pattern", at, message, "add `{verb}` to it");
    }
}

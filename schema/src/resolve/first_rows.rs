//! Finds references that keep the first row of a resource from ever being added.

use std::collections::BTreeSet;

use super::finding::Findings;
use crate::description::{Description, FieldDescription, RelationKind, ResourceDescription};

/// Reports required references that lead back to where they begin: each row would need another one before it.
pub(super) fn check_first_rows(description: &Description, findings: &mut Findings) {
    let mut reported = BTreeSet::new();
    for resource in &description.resources {
        for field in &resource.fields {
            let Some(target) = required(field) else {
                continue;
            };
            let mut way = Vec::new();
            // By an id that is known before, a row may refer to itself.
            let is_by_client = resource.fields.iter().any(|field| field.by_client);
            if is_by_client || !leads_to(description, target, &resource.name, &mut way) {
                continue;
            }
            way.push(&resource.name);
            if !reported.insert(way.iter().copied().collect::<BTreeSet<_>>()) {
                continue;
            }
            let names: Vec<String> = way.iter().rev().map(|name| format!("`{name}`")).collect();
            let message = match names.as_slice() {
                [_] => format!(
                    "`{}.{}` must refer to a row that is there already, so the first `{}` can't be added",
                    resource.name, field.name, resource.name
                ),
                names => format!(
                    "each of {} must refer to a row of another one of them that is there already, so none can be the first",
                    names.join(", ")
                ),
            };
            let help = "make one of the references an `Option`";
            findings.add("no-first-row", &resource.place_of(field), message, help);
        }
    }
}

/// The resource that each row must refer to.
fn required(field: &FieldDescription) -> Option<&str> {
    let relation = field.relation.as_ref()?;
    let is_required = relation.kind == RelationKind::BelongsTo && !field.optional;
    is_required.then_some(relation.target.as_str())
}

/// Whether required references lead from one resource to another; `way` gets the resources in between, the last one first.
fn leads_to<'d>(
    description: &'d Description,
    from: &'d str,
    goal: &str,
    way: &mut Vec<&'d String>,
) -> bool {
    let mut seen = BTreeSet::new();
    find(description, from, goal, &mut seen, way)
}

fn find<'d>(
    description: &'d Description,
    from: &'d str,
    goal: &str,
    seen: &mut BTreeSet<&'d str>,
    way: &mut Vec<&'d String>,
) -> bool {
    if from == goal {
        return true;
    }
    let mut all = description.resources.iter();
    let found: Option<&ResourceDescription> = all.find(|resource| resource.name == from);
    let Some(resource) = found.filter(|_| seen.insert(from)) else {
        return false;
    };
    let mut targets = resource.fields.iter().filter_map(required);
    let leads = targets.any(|target| find(description, target, goal, seen, way));
    if leads {
        way.push(&resource.name);
    }
    leads
}

//! Refuses resources of one name or plural.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use super::finding::Findings;
use super::names::plural_of;
use crate::description::{Description, ResourceDescription};

/// What is resolved in place of the description: without the second resource of a name, and with a plural of its own for the
/// second of a plural. So what follows from these mistakes is not reported as well.
pub(super) fn distinct(description: &Description, findings: &mut Findings) -> Description {
    let mut names = BTreeSet::new();
    let mut plurals: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut distinct = description.clone();
    distinct.resources.clear();
    for resource in &description.resources {
        if !names.insert(&resource.name) {
            findings.add(
                "duplicate-resource",
                &resource.declared_at,
                format!("two resources are named `{}`", resource.name),
                "register each resource once, and rename one if they differ",
            );
            continue;
        }
        let mut resource = resource.clone();
        let plural = plural_of(&resource);
        let key = plural.to_upper_camel_case();
        if let Some(other) = plurals.get(&key) {
            refuse_plural(other, (&resource, &plural), findings);
            resource.plural = Some(format!("{plural}_of_{}", distinct.resources.len()));
        } else {
            plurals.insert(key, (resource.name.clone(), plural));
        }
        distinct.resources.push(resource);
    }
    distinct
}

fn refuse_plural(
    (other, of_other): &(String, String),
    (resource, plural): (&ResourceDescription, &str),
    findings: &mut Findings,
) {
    let name = &resource.name;
    findings.add(
        "duplicate-plural",
        &resource.declared_at,
        format!(
            "`{other}` has the plural `{of_other}` and `{name}` has `{plural}`, which are one name in generated code"
        ),
        format!("give `{name}` another one by `#[resource(plural = \"…\")]`"),
    );
}

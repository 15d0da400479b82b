//! Refuses resources of one name or plural.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::finding::Findings;
use super::names::plural_of;
use crate::description::{Description, Place, ResourceDescription};

/// What is resolved in place of the description: without the second resource of a name, and with a plural of its own for the
/// second of a plural. So what follows from these mistakes is not reported as well. Nothing if two structs have one name: what
/// refers to it may mean either.
pub(super) fn distinct(description: &Description, findings: &mut Findings) -> Option<Description> {
    let mut names: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut is_clear = true;
    let mut plurals: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut distinct = description.clone();
    distinct.resources.clear();
    for resource in &description.resources {
        if let Some(place) = names.insert(&resource.name, &resource.declared_at) {
            is_clear &= *place == resource.declared_at;
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
            resource.plural = Some(other_than(&plural, &plurals));
        } else {
            plurals.insert(key, (resource.name.clone(), plural));
        }
        distinct.resources.push(resource);
    }
    is_clear.then_some(distinct)
}

/// A plural in the right form that no resource has.
fn other_than(plural: &str, known: &BTreeMap<String, (String, String)>) -> String {
    let mut other = plural.to_snake_case();
    while known.contains_key(&other.to_upper_camel_case()) {
        other.push_str("_again");
    }
    other
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

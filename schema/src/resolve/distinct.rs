//! Refuses resources of one name or plural.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::finding::Findings;
use super::names::plural_of;
use crate::description::{Description, Place, ResourceDescription};

/// The resource of a name or plural that came first.
type First<'d> = (&'d ResourceDescription, String);

/// What is resolved in place of the description: without the second resource of a name, and with a plural of its own for the
/// second of a plural. So what follows from these mistakes is not reported as well. Nothing if two structs have one name: what
/// refers to it may mean either.
pub(super) fn distinct<'d>(
    description: &'d Description,
    findings: &mut Findings,
) -> Option<Cow<'d, Description>> {
    let mut names: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut plurals: BTreeMap<String, First<'_>> = BTreeMap::new();
    let (mut repeated, mut renamed) = (BTreeSet::new(), BTreeMap::new());
    for (index, resource) in description.resources.iter().enumerate() {
        if let Some(place) = names.insert(&resource.name, &resource.declared_at) {
            refuse_name(resource, findings);
            if *place != resource.declared_at {
                return None;
            }
            repeated.insert(index);
            continue;
        }
        let plural = plural_of(resource);
        if let Some(first) = plurals.get(&plural.to_upper_camel_case()) {
            refuse_plural(first, (resource, &plural), findings);
            renamed.insert(index, other_than(&plural, &plurals));
        } else {
            plurals.insert(plural.to_upper_camel_case(), (resource, plural));
        }
    }
    if repeated.is_empty() && renamed.is_empty() {
        return Some(Cow::Borrowed(description));
    }
    let mut distinct = description.clone();
    let resources = std::mem::take(&mut distinct.resources);
    for (index, mut resource) in resources.into_iter().enumerate() {
        resource.plural = renamed.remove(&index).or(resource.plural);
        if !repeated.contains(&index) {
            distinct.resources.push(resource);
        }
    }
    Some(Cow::Owned(distinct))
}

/// A plural in the right form that no resource has.
fn other_than(plural: &str, known: &BTreeMap<String, First<'_>>) -> String {
    let mut other = plural.to_snake_case();
    while known.contains_key(&other.to_upper_camel_case()) {
        other.push_str("_again");
    }
    other
}

fn refuse_name(resource: &ResourceDescription, findings: &mut Findings) {
    findings.add(
        "duplicate-resource",
        &resource.declared_at,
        format!("two resources are named `{}`", resource.name),
        "register each resource once, and rename one if they differ",
    );
}

fn refuse_plural(
    (first, of_first): &First<'_>,
    (resource, plural): (&ResourceDescription, &str),
    findings: &mut Findings,
) {
    let name = &resource.name;
    findings.add(
        "duplicate-plural",
        &resource.declared_at,
        format!(
            "`{}` has the plural `{of_first}` and `{name}` has `{plural}`, which are one name in generated code",
            first.name
        ),
        format!("give `{name}` another one by `#[resource(plural = \"…\")]`"),
    );
}

//! Which lists show rows of others.

use crate::contract::{Dependent, Resource, View};

/// Tells each resource which lists show its rows.
pub(super) fn resolve_dependents(resources: &mut [Resource], views: &[View]) {
    let mut found: Vec<(usize, Dependent)> = Vec::new();
    for (index, resource) in resources.iter().enumerate() {
        for (field_index, field) in resource.fields.iter().enumerate() {
            let Some(relation) = field.kind.relation() else {
                continue;
            };
            let Some(target) = resources.get(relation.target) else {
                continue;
            };
            let shown = match views.iter().find(|view| view.name == relation.shows) {
                Some(view) => view
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect(),
                None => target
                    .fields
                    .iter()
                    .filter(|field| !field.hidden)
                    .map(|field| field.name.clone())
                    .collect(),
            };
            found.push((
                relation.target,
                Dependent {
                    resource: index,
                    field: field_index,
                    shown,
                },
            ));
        }
    }
    for (target, dependent) in found {
        resources[target].dependents.push(dependent);
    }
}

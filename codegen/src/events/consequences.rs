//! What a deletion does beyond its own row.

use rowcast_schema::contract::{Contract, FieldKind, Resource};
use rowcast_schema::description::OnDelete;

use super::own_tables;

/// What else a deletion writes, and which lists change, because others refer to the row or to one that goes with it.
#[derive(Default)]
struct Consequences<'c> {
    gone: Vec<&'c str>,
    tables: Vec<String>,
    lists: Vec<String>,
}

impl<'c> Consequences<'c> {
    fn add(&mut self, contract: &'c Contract, resource: &'c Resource) {
        if self.gone.contains(&&*resource.name) {
            return;
        }
        self.gone.push(&resource.name);
        self.tables.extend(own_tables(resource));
        for dependent in &resource.dependents {
            let other = &contract.resources()[dependent.resource];
            let field = &other.fields[dependent.field];
            let (list, name) = (&other.list_event, &field.wire_name);
            let rule = field.kind.relation().map(|relation| relation.on_delete);
            match (&field.kind, rule) {
                (FieldKind::HasMany { .. }, _) => {
                    self.lists
                        .push(format!("`{list}`, where `{name}` shows it"));
                }
                (_, Some(OnDelete::Cascade)) => {
                    self.lists
                        .push(format!("`{list}`: rows go with their `{name}`"));
                    self.add(contract, other);
                }
                (_, Some(OnDelete::SetNull)) => {
                    self.tables.push(other.plural.clone());
                    self.lists.push(format!("`{list}`: `{name}` becomes null"));
                }
                (FieldKind::ManyToMany { through, .. }, Some(OnDelete::Remove)) => {
                    self.tables.push(through.clone());
                    self.lists
                        .push(format!("`{list}`: the row leaves `{name}`"));
                }
                _ => {}
            }
        }
    }
}

/// The tables that the deletion of a row writes, and the lists that it changes beside its own.
pub(super) fn consequences(contract: &Contract, resource: &Resource) -> (Vec<String>, Vec<String>) {
    let mut all = Consequences::default();
    all.add(contract, resource);
    let once = |texts: Vec<String>| {
        let mut seen = Vec::new();
        for text in texts {
            if !seen.contains(&text) {
                seen.push(text);
            }
        }
        seen
    };
    (once(all.tables), once(all.lists))
}

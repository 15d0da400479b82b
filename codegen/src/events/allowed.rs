//! Who may call an event, in words.

use rowcast_schema::Contract;
use rowcast_schema::contract::{Command, FieldKind, FieldRule, Resource};
use rowcast_schema::description::{Allowed, Verb};

pub(super) fn call(
    contract: &Contract,
    resource: &Resource,
    declared: Option<&Allowed>,
    act: &str,
) -> String {
    let who = match declared {
        Some(allowed) => who(contract, resource, allowed),
        None => format!("whoever the server's guard lets {act}"),
    };
    format!("{who}{}", confined(contract, resource))
}

pub(super) fn list(contract: &Contract, resource: &Resource) -> String {
    let declared = resource.access.of(Verb::List);
    let who = call(contract, resource, declared, "watch the lists");
    format!("{who}{}", seen(&resource.seen_by))
}

pub(super) fn command(command: &Command) -> String {
    let who = match &command.access {
        Some(allowed) => allowed.to_string(),
        None => format!("whoever the server's guard lets call `{}`", command.event),
    };
    format!("{who}{}", seen(&command.seen_by))
}

fn who(contract: &Contract, resource: &Resource, allowed: &Allowed) -> String {
    let Allowed::Owner(name) = allowed else {
        return allowed.to_string();
    };
    let field = resource.fields.iter().find(|field| field.name == *name);
    let of = match field.map(|field| &field.kind) {
        Some(FieldKind::BelongsTo { relation, .. }) => &contract.resources()[relation.target].name,
        _ => &resource.name,
    };
    format!("the `{of}` that is its `{name}`")
}

/// What is said of resources whose rows have a scope.
fn confined(contract: &Contract, resource: &Resource) -> String {
    match resource.scope {
        Some(scope) => format!(", within their `{}`", contract.resources()[scope.of].name),
        None => String::new(),
    }
}

/// Who sees the fields of what is sent that not everybody sees.
pub(super) fn seen(fields: &[FieldRule]) -> String {
    let field =
        |field: &FieldRule| format!("; `{}` is for {} only", field.path.join("."), field.access);
    fields.iter().map(field).collect()
}

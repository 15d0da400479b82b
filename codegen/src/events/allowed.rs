//! Who may call an event, in words.

use rowcast_schema::Contract;
use rowcast_schema::contract::{Command, Field, FieldKind, FieldRule, Resource};
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
    format!(
        "{who}{}{}",
        shown(contract, resource),
        seen(&resource.seen_by)
    )
}

/// What is said of a call that answers with a row, where not all who may make it may read that.
pub(super) fn reads(resource: &Resource, verb: Verb) -> String {
    let (read, allowed) = (resource.access.read.as_ref(), resource.access.of(verb));
    match read.filter(|read| !read.lets_all(allowed)) {
        Some(read) => format!("; it answers with the row, which only {read} may read"),
        None => String::new(),
    }
}

/// The relations that show more than those may read who see them.
pub(super) fn shown(contract: &Contract, resource: &Resource) -> String {
    let shows = |field: &Field| {
        let relation = field.kind.relation().filter(|relation| relation.shown)?;
        let target = &contract.resources()[relation.target];
        let read = target.access.read.as_ref()?;
        Some(format!(
            "; `{}` is shown to all of them, though only {read} may read `{}`",
            field.wire_name, target.name
        ))
    };
    resource.fields.iter().filter_map(shows).collect()
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

/// Which callers see the fields of what is sent that only some see.
pub(super) fn seen(fields: &[FieldRule]) -> String {
    let field =
        |field: &FieldRule| format!("; `{}` is for {} only", field.path.join("."), field.access);
    fields.iter().map(field).collect()
}

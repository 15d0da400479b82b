//! Fills the view of one resource's file.

mod access;
mod accessors;
mod checks;
mod dependents;
mod referrers;
mod referring;
mod scopes;
mod statements;

use rowcast_schema::contract::{Call, Contract, FieldKind, Resource};
use rowcast_schema::description::{Allowed, Verb};

use super::names::{constant, function, ident, pascal, string_literal};
use super::view::{CallView, ResourceFile};
use super::{ids, sql, values};
use crate::english::{one, words};
use accessors::{child, keys, lookups, pairs, references, setters, to_many, updated};
use dependents::{dependents, owners};
use statements::{maps, selects, statements, table_view};

pub(super) use access::{field_rules, plain_rule};

/// The view of the file of the resource at `index`.
pub(super) fn resource_file(contract: &Contract, index: usize, schema: &str) -> ResourceFile {
    let resource = &contract.resources()[index];
    let children = to_many(resource);
    let lookups = lookups(resource);
    ResourceFile {
        schema: schema.to_owned(),
        schema_types: schema_types(contract, index),
        runtime_types: runtime_types(resource),
        title: super::title(&words(&resource.plural)),
        id: ids::view(resource),
        name: resource.name.clone(),
        name_literal: string_literal(&resource.name),
        singular: resource.singular.clone(),
        plural: resource.plural.clone(),
        accessor: ident(&resource.plural),
        accessor_type: pascal(&resource.plural),
        words: words(&resource.singular),
        words_literal: string_literal(&words(&resource.singular)),
        one: one(&resource.singular),
        many: words(&resource.plural),
        list: index,
        list_event: string_literal(resource.list_event.as_str()),
        on_request: resource.refresh_on_request,
        scope: scopes::view(contract, resource),
        read_access: read_access(contract, resource),
        reads: match &resource.access.read {
            Some(read) => format!("Some({})", access::rule(contract, resource, read)),
            None => "None".to_owned(),
        },
        checks: checks::view(contract, resource),
        seen_by: field_rules(&resource.seen_by),
        set_by: field_rules(&resource.set_by),
        row_owners: access::owners(contract, resource),
        reading: reading(resource.lenient),
        calls: resource
            .calls
            .iter()
            .map(|call| call_view(contract, resource, call))
            .collect(),
        answers_rows: resource.calls.iter().any(answers_row),
        setters: setters(contract, resource),
        children: children
            .iter()
            .map(|(field, relation)| child(contract, field, relation))
            .collect(),
        created_references: references(contract, resource, "new", false),
        patched_references: references(contract, resource, "patch", true),
        inserted: sql::inserted_columns(resource)
            .into_iter()
            .map(|written| values::inserted(contract, resource, written))
            .collect(),
        stamps: resource.fields.iter().any(|field| field.stamp.is_some()),
        uses_new: ids::is_given(resource) || resource.fields.iter().any(|field| field.settable),
        patched: updated(resource)
            .into_iter()
            .flat_map(|written| values::patched(contract, written))
            .collect(),
        pairs: pairs(contract, resource),
        dependents: dependents(contract, resource),
        goes_with_others: referrers::goes_with_others(resource),
        is_circular: referrers::is_circular(contract, resource),
        takes_part: referrers::takes_part(contract, resource),
        referring: referrers::referring(contract, resource),
        referrers: referrers::views(contract, resource, schema),
        has_owners: !owners(contract, resource).is_empty(),
        owners: owners(contract, resource),
        maps: maps(contract, index),
        selects: selects(contract, resource, &lookups),
        by: if children.is_empty() { "" } else { "&" },
        lookups,
        keys: keys(contract, resource),
        statements: statements(contract, resource),
        table: format!("{}_TABLE", constant(&resource.plural)),
        tables: sql::tables(contract, resource)
            .iter()
            .map(table_view)
            .collect(),
    }
}

pub(super) fn reading(lenient: bool) -> &'static str {
    if lenient { "Lenient" } else { "Strict" }
}

/// The types of the schema that the file names, sorted.
fn schema_types(contract: &Contract, index: usize) -> Vec<String> {
    let resource = &contract.resources()[index];
    let mut names = vec![
        resource.name.clone(),
        format!("New{}", resource.name),
        format!("{}Patch", resource.name),
    ];
    names.extend(
        contract
            .views()
            .iter()
            .filter(|view| view.of == index)
            .map(|view| view.name.clone()),
    );
    for field in &resource.fields {
        if let FieldKind::ManyToMany { relation, .. } = &field.kind {
            names.push(contract.resources()[relation.target].name.clone());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// What the file uses of the runtime, sorted.
fn runtime_types(resource: &Resource) -> Vec<&'static str> {
    let mut names = vec!["ListId", "LiveList", "Page", "PageQuery", "Route", "RowId"];
    if !resource.calls.is_empty() {
        names.extend(["Action", "Call", "Reading", "Verb"]);
    }
    let has = |verbs: &[Verb]| resource.calls.iter().any(|call| verbs.contains(&call.verb));
    if has(&[Verb::Get, Verb::Delete]) {
        names.push("IdOnly");
    }
    if has(&[Verb::Get, Verb::List]) {
        names.push("route");
    }
    if has(&[Verb::Create, Verb::Update]) {
        names.extend(["Caller", "row_route"]);
    }
    if has(&[Verb::Delete]) {
        names.push("write_route");
    }
    if resource.scope.is_some() {
        names.push("Scopes");
    }
    let is_declared = |call: &Call| resource.access.of(call.verb).is_some();
    let hides = |rule: &Allowed| *rule != Allowed::Anyone;
    let has_field_rules = !resource.seen_by.is_empty() || !resource.set_by.is_empty();
    if has_field_rules {
        names.push("FieldRule");
    }
    let answers_row = has(&[Verb::Create, Verb::Update]) && resource.access.read.is_some();
    if resource.calls.iter().any(is_declared)
        || answers_row
        || resource.access.read.as_ref().is_some_and(hides)
        || has_field_rules
    {
        names.push("Access");
    }
    names.sort_unstable();
    names
}

/// The declared rule of the live list; none where it would change nothing.
fn read_access(contract: &Contract, resource: &Resource) -> Option<String> {
    let read = resource.access.read.as_ref();
    let read = read.filter(|rule| **rule != Allowed::Anyone)?;
    Some(access::rule(contract, resource, read))
}

fn call_view(contract: &Contract, resource: &Resource, call: &Call) -> CallView {
    let name = &resource.name;
    let (alias, answer) = match call.verb {
        Verb::Create => (format!("New{name}Result"), name.clone()),
        Verb::Update => (format!("Update{name}Result"), name.clone()),
        Verb::Delete => (format!("Delete{name}Result"), "()".to_owned()),
        Verb::Get => (format!("Get{name}Result"), name.clone()),
        Verb::List => (
            format!("List{}Result", pascal(&resource.plural)),
            format!("Page<{name}{}>", ids::view(resource).generic),
        ),
    };
    CallView {
        event: super::one_line(call.event.as_str()),
        answered: std::iter::once(&call.event)
            .chain(&call.aliases)
            .map(|event| string_literal(event.as_str()))
            .collect(),
        verb: format!("{:?}", call.verb),
        access: resource
            .access
            .of(call.verb)
            .map(|allowed| access::rule(contract, resource, allowed)),
        owner: access::owner_of_call(contract, resource, call.verb),
        function: call_function(resource, call),
        alias,
        answer,
        writes: matches!(call.verb, Verb::Create | Verb::Update | Verb::Delete),
        answers_row: answers_row(call),
        sets: matches!(call.verb, Verb::Create | Verb::Update),
        shows: call.verb != Verb::Delete,
    }
}

/// Whether a call writes a row and answers it.
fn answers_row(call: &Call) -> bool {
    matches!(call.verb, Verb::Create | Verb::Update)
}

/// The function that answers a call: named after its event, or after its verb where that would be no name, the name of
/// something else in the file, or that of another call (`a:b`, `a_b`).
fn call_function(resource: &Resource, call: &Call) -> String {
    let Resource {
        singular, plural, ..
    } = resource;
    let by_event = |call: &Call| function(call.event.as_str());
    let is_taken = |name: &String| {
        matches!(
            name.as_str(),
            "current"
                | "id_of"
                | "live_list"
                | "route"
                | "routes"
                | "row_route"
                | "scope_of"
                | "write_route"
        ) || name.starts_with("map_")
            || name.ends_with("_again")
            || *name == format!("refresh_{plural}")
            || resource
                .calls
                .iter()
                .any(|other| other.verb != call.verb && by_event(other).as_ref() == Some(name))
    };
    by_event(call)
        .filter(|name| !is_taken(name))
        .unwrap_or_else(|| format!("{}_{singular}", format!("{:?}", call.verb).to_lowercase()))
}

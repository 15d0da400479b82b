//! The file of one resource: its types, and its live list with the calls that concern it.

use askama::Template;
use rowcast_schema::contract::{Call, IdKind, Resource, TypeDefinition};
use rowcast_schema::description::Verb as VerbKind;

use super::declarations::{Use, declare};
use super::imports::{Imports, Modules};
use super::layout::{
    call_with_object, function_head, function_member, generic_type, interface_head,
};
use super::names::string_literal;
use super::paths::{Paths, paths_type};
use super::view::{ResourceFile, Verb};
use super::{TypeScriptOptions, client_type, open_function};
use crate::RenderError;
use crate::doc::with_deprecation;
use crate::english::{one, words};
use crate::output::OutputFile;

pub(super) fn resource_file(
    resource: &Resource,
    modules: &Modules<'_>,
    paths: &Paths<'_>,
    options: &TypeScriptOptions,
) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().runtime();
    let mut declarations = Vec::new();
    let mut path_types = Vec::new();
    for definition in modules.types_in(&resource.plural) {
        imports.shape(&definition.shape, &resource.plural, modules);
        let input_doc = input_doc(resource, definition);
        let used = if input_doc.is_some() {
            Use::Input
        } else {
            Use::Shown
        };
        let mut declaration = declare(definition, used);
        if let Some(doc) = input_doc {
            declaration.doc = with_deprecation(&doc, definition.deprecated.as_deref());
        }
        declarations.push(declaration);
        if used == Use::Input {
            path_types.push(paths.declare(&definition.name));
        }
    }
    let client = client_type(resource);
    let events: Vec<(&str, String)> = resource
        .calls
        .iter()
        .map(|call| (method(call.verb), string_literal(call.event.as_str())))
        .collect();
    let id_type = id_type(resource, modules.types_in(&resource.plural), options);
    let body = ResourceFile {
        imports: imports.statements(),
        declarations,
        path_types,
        open_signature: function_head(
            &open_function(resource),
            "connection: rowcast.OpenConnection",
            &client,
        ),
        ack: generic_type(
            &format!(
                "export type {name}Ack<Input> = rowcast.Ack",
                name = resource.name
            ),
            &[resource.name.clone(), "Input".to_owned()],
            0,
        ),
        interface: interface_head(&client, &format!("rowcast.LiveList<{}>", resource.name)),
        open_list: call_with_object(
            &format!("return rowcast.defineList<{client}>"),
            &["connection", &string_literal(resource.list_event.as_str())],
            &events,
            2,
        ),
        one: one(&resource.singular),
        many: words(&resource.plural),
        verbs: resource
            .calls
            .iter()
            .map(|call| verb(resource, call, &id_type))
            .collect(),
    }
    .render()?;
    let path = format!("{}.ts", resource.plural);
    let source = format!("`{}`", resource.name);
    Ok(OutputFile::new(
        path,
        &source,
        &[&resource.declared_at.file],
        &body,
    ))
}

/// Inputs are described in the words of those who send them.
fn input_doc(resource: &Resource, definition: &TypeDefinition) -> Option<String> {
    let row = one(&resource.singular);
    if definition.name == format!("New{}", resource.name) {
        Some(format!(
            "Input for `create`: {row} without what the server sets."
        ))
    } else if definition.name == format!("{}Patch", resource.name) {
        Some(format!(
            "Input for `update`: the id of {row}, and the fields to change."
        ))
    } else {
        None
    }
}

/// The type of an id: its own, where the file declares one.
pub(super) fn id_type(
    resource: &Resource,
    types: &[&TypeDefinition],
    options: &TypeScriptOptions,
) -> String {
    let own = format!("{}Id", resource.name);
    let is_own =
        |definition: &&TypeDefinition| definition.name == own && definition.brand_of.is_some();
    match resource.id_kind {
        _ if options.branded_ids && types.iter().any(is_own) => own,
        IdKind::Counted => "number".to_owned(),
        IdKind::Uuid | IdKind::GivenUuid | IdKind::GivenText => "string".to_owned(),
    }
}

/// What the client calls a verb.
pub(super) fn method(verb: VerbKind) -> &'static str {
    match verb {
        VerbKind::Create => "create",
        VerbKind::Update => "update",
        VerbKind::Delete => "delete",
        VerbKind::Get => "get",
        VerbKind::List => "list",
    }
}

/// A method of a resource's client.
fn verb(resource: &Resource, call: &Call, id_type: &str) -> Verb {
    let Resource {
        name,
        singular,
        plural,
        ..
    } = resource;
    let (row, rows) = (one(singular), words(plural));
    let ack = |input: &str| format!("Promise<{name}Ack<{}>>", paths_type(input));
    let (doc, parameter, result) = match call.verb {
        VerbKind::Create => {
            let new = format!("New{name}");
            let doc = format!("Creates {row}.");
            (doc, format!("input: {new}"), ack(&new))
        }
        VerbKind::Update => {
            let patch = format!("{name}Patch");
            let doc = format!("Changes {row}.");
            (doc, format!("patch: {patch}"), ack(&patch))
        }
        VerbKind::Delete => (
            format!("Deletes {row}."),
            format!("id: {id_type}"),
            format!("Promise<rowcast.DeleteAck<{name}>>"),
        ),
        VerbKind::Get => (
            format!("Asks the server for {row}."),
            format!("id: {id_type}"),
            format!("Promise<rowcast.GetAck<{name}>>"),
        ),
        VerbKind::List => (
            format!("Asks the server for a part of the {rows}."),
            format!("query?: rowcast.PageQuery<{name}>"),
            format!("Promise<rowcast.PageAck<{name}>>"),
        ),
    };
    let parameters: Vec<String> = [Some(parameter), options_of(resource, call.verb)]
        .into_iter()
        .flatten()
        .collect();
    Verb {
        doc,
        signature: function_member(method(call.verb), &parameters, &result),
    }
}

/// What else a write takes: how it is shown before it is answered. A row that is created can only be shown if the client
/// knows its id.
fn options_of(resource: &Resource, verb: VerbKind) -> Option<String> {
    let name = &resource.name;
    let is_given = matches!(resource.id_kind, IdKind::GivenUuid | IdKind::GivenText);
    match verb {
        VerbKind::Create if is_given => Some(format!("options?: rowcast.CreateOptions<{name}>")),
        VerbKind::Update => Some(format!("options?: rowcast.UpdateOptions<{name}>")),
        VerbKind::Delete => Some("options?: rowcast.DeleteOptions".to_owned()),
        VerbKind::Create | VerbKind::Get | VerbKind::List => None,
    }
}

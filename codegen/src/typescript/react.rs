//! `react.ts`: a provider and a hook for whatever the client can see and do.

use std::collections::BTreeSet;

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Resource, Scalar, Shape};
use rowcast_schema::description::Verb;

use super::TypeScriptOptions;
use super::client::client_name;
use super::client_type;
use super::imports::{Imports, Modules};
use super::layout::{assigned, call, function_head, generic_result, union};
use super::names::{member, pascal, string_literal};
use super::resource::id_type;
use super::view::{CommandHook, ListHooks, MutationHook, ReactFile};
use crate::english::{one, words};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};

/// Hooks that every contract has.
const FIXED: [&str; 4] = ["useCommand", "useConnection", "useEvent", "useIdentity"];

/// Renders the hooks.
///
/// # Errors
/// Only when the template fails to print, which is a fault of this crate.
pub(super) fn render(
    contract: &Contract,
    modules: &Modules<'_>,
    options: &TypeScriptOptions,
) -> Result<OutputFile, RenderError> {
    let client = client_name(contract);
    let title = pascal(contract.name());
    let mut imports = Imports::default().hooks();
    imports.type_from("client", &client);
    imports.value_from("client", "connect");
    imports.type_from("events", "ServerEvents");
    let mut names = Names {
        use_client: format!("use{client}"),
        taken: FIXED.map(str::to_owned).into(),
    };
    names.taken.insert(names.use_client.clone());
    let lists: Vec<ListHooks> = contract
        .resources()
        .iter()
        .map(|resource| {
            let types = modules.types_in(&resource.plural);
            imports.type_from(&resource.plural, &resource.name);
            if resource.calls.iter().any(|call| writes(call.verb)) {
                imports.type_from(&resource.plural, &client_type(resource));
            }
            let id = id_type(resource, types, options);
            if types.iter().any(|definition| definition.name == id) {
                imports.type_from(&resource.plural, &id);
            }
            names.list_hooks(resource, &id)
        })
        .collect();
    let session = session_type(contract);
    if let Some(module) = session.and_then(|name| modules.module_of(name)) {
        imports.type_from(module, session.unwrap_or_default());
    }
    let methods: Vec<String> = contract
        .commands()
        .iter()
        .map(|command| string_literal(&member(&command.method)))
        .collect();
    let command_type = format!("{title}Command");
    let provider = format!("{title}Provider");
    let context = format!("const CONTEXT: hooks.ClientContext<{client}> =");
    let props = format!("props: hooks.ClientProviderProps<{client}>");
    let body = ReactFile {
        provider_head: function_head(&provider, &props, "ReactNode"),
        context: context.clone()
            + &assigned(&context, "/* @__PURE__ */ hooks.createClientContext()"),
        provider,
        imports: imports.statements(),
        title: contract.name().to_owned(),
        use_client: names.use_client,
        session: session.unwrap_or("hooks.AnySession").to_owned(),
        command: (!methods.is_empty()).then(|| CommandHook {
            names: union(&format!("export type {command_type} ="), &methods),
            name: command_type,
        }),
        client,
        lists,
    }
    .render()?;
    Ok(OutputFile::new(
        "react.ts",
        "all its items",
        &declared_in(contract),
        &body,
    ))
}

fn writes(verb: Verb) -> bool {
    matches!(verb, Verb::Create | Verb::Update | Verb::Delete)
}

/// The data of a sign-in: the one named type with a `token` that a command answers with.
fn session_type(contract: &Contract) -> Option<&str> {
    let has_token = |name: &str| {
        let mut types = contract.types().iter();
        let definition = types.find(|definition| definition.name == name);
        match definition.map(|definition| &definition.shape) {
            Some(Shape::Object(properties)) => properties.iter().any(|property| {
                property.name.as_str() == "token"
                    && matches!(property.shape, Shape::Scalar(Scalar::Text(_)))
            }),
            _ => false,
        }
    };
    let answers = contract.commands().iter().map(|command| &command.ack);
    let named: BTreeSet<&str> = answers
        .filter_map(|shape| match shape {
            Shape::Named(name) => Some(name.as_str()),
            _ => None,
        })
        .filter(|name| has_token(name))
        .collect();
    // With several, nobody could say which of them is meant.
    match named.first() {
        Some(only) if named.len() == 1 => Some(only),
        _ => None,
    }
}

/// Gives each hook a name of its own.
struct Names {
    use_client: String,
    taken: BTreeSet<String>,
}

impl Names {
    /// The name, or if another hook has it the name with `suffix`.
    fn take(&mut self, name: String, suffix: &str) -> String {
        let mut name = name;
        while !self.taken.insert(name.clone()) {
            name.push_str(suffix);
        }
        name
    }

    fn list_hooks(&mut self, resource: &Resource, id: &str) -> ListHooks {
        let row = &resource.name;
        let hook = self.take(format!("use{}", pascal(&resource.plural)), "List");
        let of_one = self.take(format!("use{row}"), "Row");
        let list = format!("{}().{}", self.use_client, member(&resource.plural));
        let written = resource.calls.iter().filter(|call| writes(call.verb));
        let calls = written
            .map(|call| self.mutation_hook(resource, call.verb, &list))
            .collect();
        ListHooks {
            many: words(&resource.plural),
            all: function_head(&hook, "", &format!("hooks.LiveRows<{row}>")),
            read_all: call("return hooks.useRows", &[&list, "select", "isEqual"], 2),
            one: function_head(
                &of_one,
                &format!("id: {id} | null | undefined"),
                &format!("{row} | null | undefined"),
            ),
            read_one: call("return hooks.useRow", &[&list, "id"], 2),
            row: row.clone(),
            hook,
            calls,
        }
    }

    fn mutation_hook(&mut self, resource: &Resource, verb: Verb, list: &str) -> MutationHook {
        let row = one(&resource.singular);
        let (doc, method) = match verb {
            Verb::Create => (
                format!("Creates {row}, with the state of the last call."),
                "create",
            ),
            Verb::Update => (
                format!("Changes {row}, with the state of the last call."),
                "update",
            ),
            _ => (
                format!("Deletes {row}, with the state of the last call."),
                "delete",
            ),
        };
        let name = self.take(format!("use{}{}", pascal(method), resource.name), "Call");
        let state = format!("{}[\"{method}\"]", client_type(resource));
        MutationHook {
            doc,
            head: generic_result(&name, "hooks.CallState", &state),
            body: call("return hooks.useCall", &[&format!("{list}.{method}")], 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_hooks_have_one_name() {
        let mut names = Names {
            use_client: "useFarmClient".into(),
            taken: FIXED.map(str::to_owned).into(),
        };
        assert_eq!(names.take("useSheep".into(), "List"), "useSheep");
        assert_eq!(names.take("useSheep".into(), "Row"), "useSheepRow");
        assert_eq!(names.take("useEvent".into(), "Row"), "useEventRow");
        assert_eq!(names.take("useSheep".into(), "Row"), "useSheepRowRow");
    }
}

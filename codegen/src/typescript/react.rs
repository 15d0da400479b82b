//! `react.ts`: a provider and a hook for whatever the client can see and do.

use std::collections::BTreeSet;

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Resource, Scalar, Shape};
use rowcast_schema::description::Verb;

use super::client::client_name;
use super::client_type;
use super::expression::Expression;
use super::imports::{Imports, Modules};
use super::layout::{assigned, function_head, union};
use super::names::{member, pascal, string_literal};
use super::resource::method;
use super::types::WIDTH;
use super::view::{CommandHook, Hook, ReactFile};
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
    let lists: Vec<Hook> = contract
        .resources()
        .iter()
        .flat_map(|resource| {
            imports.type_from(&resource.plural, &resource.name);
            if resource.calls.iter().any(|call| writes(call.verb)) {
                imports.type_from(&resource.plural, &client_type(resource));
            }
            names.list_hooks(resource)
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
        hooks: lists,
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
    // With several it would not be clear which of them is meant.
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

    fn list_hooks(&mut self, resource: &Resource) -> Vec<Hook> {
        let Resource {
            name,
            singular,
            plural,
            ..
        } = resource;
        let (row, rows) = (one(singular), words(plural));
        let hook = self.take(format!("use{}", pascal(plural)), "List");
        let of_one = self.take(format!("use{name}"), "Row");
        let list = string_literal(&member(plural));
        let mut hooks = vec![
            Hook {
                doc: format!(
                    "The {rows}, live: their rows and status, or what is selected of them."
                ),
                text: self.hook(&hook, ("UseRows", name), "rowsHook", &[&list]),
            },
            Hook {
                doc: format!(
                    "Row by id, live: {row}, null if there is none, undefined until that is known."
                ),
                text: self.hook(&of_one, ("UseRow", name), "rowHook", &[&list]),
            },
        ];
        for call in resource.calls.iter().filter(|call| writes(call.verb)) {
            let verb = method(call.verb);
            let hook = self.take(format!("use{}{name}", pascal(verb)), "Call");
            let own = format!("{}[\"{verb}\"]", client_type(resource));
            let does = match call.verb {
                Verb::Create => "Creates",
                Verb::Update => "Changes",
                _ => "Deletes",
            };
            hooks.push(Hook {
                doc: format!("{does} {row}, with the state of the last call."),
                text: self.hook(
                    &hook,
                    ("UseCall", &own),
                    "callHook",
                    &[&list, &string_literal(verb)],
                ),
            });
        }
        hooks
    }

    /// The declaration of a hook, which the runtime makes of the client's.
    fn hook(
        &self,
        name: &str,
        (generic, argument): (&str, &str),
        maker: &str,
        arguments: &[&str],
    ) -> String {
        let arguments = [self.use_client.as_str()]
            .into_iter()
            .chain(arguments.iter().copied())
            .map(Expression::atom)
            .collect();
        let made = Expression::call(&format!("hooks.{maker}"), arguments);
        let head = format!("export const {name}: hooks.{generic}<{argument}> =");
        let is_name = argument.chars().all(char::is_alphanumeric);
        if head.chars().count() <= WIDTH || is_name {
            return made.declared(&head);
        }
        let head = "> = ";
        format!(
            "export const {name}: hooks.{generic}<\n  {argument}\n{head}{}",
            made.laid_out(head.len(), 0, 1)
        )
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

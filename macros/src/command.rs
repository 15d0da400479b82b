//! `derive(Command)`.

use darling::util::{Flag, SpannedValue};
use darling::{FromDeriveInput, FromField, FromMeta};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Expr, Ident, Type};

use crate::access::{self, Rule};
use crate::docs;
use crate::errors::{compile_errors, refuse_parameters};
use crate::event::option_string;
use crate::input_field::InputField;
use crate::input_readers::{RuleStructs, read_new};
use crate::rules::{describe_rules, digit_limits, whole_rules};
use crate::serde_attributes::{SerdeField, read_fields};
use crate::serde_support::Role;
use crate::stand_in;
use crate::types::{check_option, text};
use crate::view::place;
use crate::written::type_of;

#[derive(FromDeriveInput)]
#[darling(
    attributes(command),
    forward_attrs(serde, garde, doc, deprecated),
    supports(struct_named, struct_unit)
)]
struct CommandItem {
    ident: Ident,
    attrs: Vec<Attribute>,
    data: darling::ast::Data<darling::util::Ignored, CommandField>,
    #[darling(default)]
    event: Option<String>,
    #[darling(default)]
    ack: Option<TypeMeta>,
    #[darling(default, rename = "data")]
    data_key: Option<String>,
    #[darling(default)]
    lenient: Flag,
    #[darling(default)]
    transaction: Flag,
    #[darling(default)]
    access: Option<SpannedValue<Rule>>,
    #[darling(default)]
    shown: Flag,
}

#[derive(FromField)]
#[darling(forward_attrs(serde, garde, deprecated))]
struct CommandField {
    ident: Option<Ident>,
    ty: Type,
    attrs: Vec<Attribute>,
}

/// `ack = CoachSession`, also in quotes.
struct TypeMeta(Type);

impl FromMeta for TypeMeta {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        if let Some(ty) = type_of(expr) {
            return Ok(Self(ty.clone()));
        }
        let parsed = match expr {
            Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => text.parse(),
            other => syn::parse2(quote!(#other)),
        };
        parsed.map(Self).map_err(|_| {
            darling::Error::custom(
                "expected a type, as in `ack = CoachSession` or `ack = Vec<Coach>`",
            )
            .with_span(expr)
        })
    }
}

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let item = match CommandItem::from_derive_input(input) {
        Ok(item) => item,
        Err(error) => {
            let shape = "a command is a struct with named fields, or with none";
            return stand_in::command(input, &compile_errors(error, shape));
        }
    };
    expand_command(input, &item)
        .unwrap_or_else(|error| stand_in::command(input, &error.into_compile_error()))
}

fn expand_command(input: &DeriveInput, item: &CommandItem) -> syn::Result<TokenStream> {
    let help = "an event has one payload; declare a struct for each";
    refuse_parameters(&input.generics, "a command", help)?;
    let (ident, name, doc, place) = (
        &item.ident,
        item.ident.unraw().to_string(),
        docs::text(&item.attrs),
        place(),
    );
    let deprecated = docs::deprecated(&item.attrs);
    let ack = item
        .ack
        .as_ref()
        .map_or_else(|| syn::parse_quote!(()), |ack| ack.0.clone());
    let (ack_type, event) = (text(&ack), option_string(item.event.as_deref()));
    let data_key = item.data_key.as_deref().unwrap_or("data");
    let lenient = item.lenient.is_present();
    let transaction = item.transaction.is_present();
    let shown = item.shown.is_present();
    if let Some(rule) = item
        .access
        .as_ref()
        .filter(|rule| matches!(***rule, Rule::Owner(_)))
    {
        return Err(syn::Error::new(
            rule.span(),
            "a command has no row that could have an owner\nhelp: say `access = signed_in`, and look in the command whose row it is",
        ));
    }
    let access = access::describe(item.access.as_ref());
    let fields = item
        .data
        .as_ref()
        .take_struct()
        .map(|fields| fields.fields)
        .unwrap_or_default();
    let empty = fields.is_empty();
    let serdes = read_fields(input, Role::Command)?;
    let checks = fields.iter().filter_map(|field| check_option(&field.ty));
    let input = expand_input(item, &fields, &serdes);
    let rules = field_rules(&fields, &serdes);
    Ok(quote! {
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Command for #ident {
            type Ack = #ack;

            fn describe() -> ::rowcast_schema::description::CommandDescription {
                ::rowcast_schema::description::CommandDescription {
                    name: ::std::string::String::from(#name),
                    event: #event,
                    data_key: ::std::string::String::from(#data_key),
                    doc: ::std::string::String::from(#doc),
                    deprecated: #deprecated,
                    declared_at: #place,
                    lenient: #lenient,
                    transaction: #transaction,
                    access: #access,
                    shown: #shown,
                    ack_type: ::std::string::String::from(#ack_type),
                    payload: ::rowcast_schema::__private::serde_json::Value::Null,
                    ack: ::rowcast_schema::__private::serde_json::Value::Null,
                    empty: #empty,
                    rules: #rules,
                }
            }
        }
        #input
        #(#checks)*
    })
}

fn field_rules(fields: &[&CommandField], serdes: &[SerdeField]) -> TokenStream {
    let mut described = Vec::new();
    let named = || fields.iter().zip(serdes);
    let wire_name_of = |name: &str| {
        named()
            .find(|(field, _)| {
                field
                    .ident
                    .as_ref()
                    .is_some_and(|ident| ident.unraw() == name)
            })
            .map_or_else(|| name.to_owned(), |(_, serde)| serde.wire_name.clone())
    };
    for (field, serde) in named() {
        let wire_name = &serde.wire_name;
        let limits = digit_limits(&field.ty, serde);
        let has = |name: &str| field.attrs.iter().any(|attr| attr.path().is_ident(name));
        if limits.is_some() || has("garde") || has("deprecated") {
            let rules = describe_rules(&field.attrs, limits, &wire_name_of);
            let deprecated = docs::deprecated(&field.attrs);
            described.push(quote!(::rowcast_schema::description::FieldRules {
                wire_name: ::std::string::String::from(#wire_name),
                rules: #rules,
                deprecated: #deprecated,
            }));
        }
    }
    quote!(::std::vec![#(#described),*])
}

fn expand_input(
    item: &CommandItem,
    fields: &[&CommandField],
    serdes: &[SerdeField],
) -> TokenStream {
    let ident = &item.ident;
    let value = quote!(&::rowcast_schema::__private::serde_json::value::RawValue);
    if fields.is_empty() {
        let build = if item
            .data
            .as_ref()
            .take_struct()
            .is_some_and(|fields| fields.style.is_struct())
        {
            quote!(Self {})
        } else {
            quote!(Self)
        };
        return quote! {
            #[automatically_derived]
            #[allow(deprecated, non_snake_case)]
            impl ::rowcast_schema::Input for #ident {
                fn read_json(_: #value, _: ::rowcast_schema::Reading) -> ::core::result::Result<Self, ::rowcast_schema::FieldErrors> {
                    ::core::result::Result::Ok(#build)
                }
            }
        };
    }
    let inputs: Vec<InputField<'_>> = fields
        .iter()
        .zip(serdes)
        .filter_map(|(field, serde)| {
            let ident = field.ident.as_ref()?;
            let wire_name = serde.wire_name.clone();
            let rules = field
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("garde"))
                .collect();
            Some(InputField {
                ident,
                wire_name,
                docs: Vec::new(),
                rules,
                ty: field.ty.clone(),
                serde,
                schemars: Vec::new(),
                of_user: true,
            })
        })
        .collect();
    let rules = RuleStructs::of(ident, &inputs);
    let structs = &rules.structs;
    let described = quote!(<Self as ::rowcast_schema::Command>::describe().rules);
    let whole = whole_rules(&item.attrs);
    let read = read_new(ident, &inputs, &rules, &described, &whole);
    quote! {
        #[allow(deprecated, non_snake_case)]
        const _: () = {
            #(#structs)*
            #read
        };
    }
}

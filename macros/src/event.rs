//! `derive(Event)`.

use darling::FromDeriveInput;
use darling::util::Flag;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Ident};

use crate::docs;
use crate::errors::{compile_errors, refuse_parameters};
use crate::serde_attributes::check_container;
use crate::serde_support::Role;
use crate::view::place;

#[derive(FromDeriveInput)]
#[darling(attributes(event), forward_attrs(doc, deprecated))]
struct EventItem {
    ident: Ident,
    attrs: Vec<Attribute>,
    #[darling(default)]
    name: Option<String>,
    #[darling(default)]
    shown: Flag,
}

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let item = match EventItem::from_derive_input(input) {
        Ok(item) => item,
        Err(error) => return compile_errors(error, "an event is a struct or an enum"),
    };
    let (ident, name, doc, place) = (
        &item.ident,
        item.ident.unraw().to_string(),
        docs::text(&item.attrs),
        place(),
    );
    let deprecated = docs::deprecated(&item.attrs);
    let help = "an event has one payload; declare a type for each";
    let checked = refuse_parameters(&input.generics, "an event", help)
        .and_then(|()| check_container(input, Role::Event));
    if let Err(error) = checked {
        return error.into_compile_error();
    }
    let event = option_string(item.name.as_deref());
    let shown = item.shown.is_present();
    quote! {
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Event for #ident {
            fn describe() -> ::rowcast_schema::description::EventDescription {
                ::rowcast_schema::description::EventDescription {
                    name: ::std::string::String::from(#name),
                    event: #event,
                    shown: #shown,
                    doc: ::std::string::String::from(#doc),
                    deprecated: #deprecated,
                    declared_at: #place,
                    payload: ::rowcast_schema::__private::serde_json::Value::Null,
                }
            }
        }
    }
}

/// An `Option<String>` as an expression.
pub(crate) fn option_string(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(::std::string::String::from(#text))),
        None => quote!(::core::option::Option::None),
    }
}

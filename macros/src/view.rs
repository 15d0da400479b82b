//! `derive(View)`.

use darling::{FromDeriveInput, FromField};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Ident, Type};

use crate::attributes::PathMeta;
use crate::docs;
use crate::errors::{compile_errors, refuse_parameters};
use crate::serde_attributes::read_fields;
use crate::serde_support::Role;
use crate::stand_in;
use crate::types::{check_option, without_option};

#[derive(FromDeriveInput)]
#[darling(attributes(view), forward_attrs(serde, doc), supports(struct_named))]
struct ViewItem {
    ident: Ident,
    attrs: Vec<Attribute>,
    data: darling::ast::Data<darling::util::Ignored, ViewField>,
    of: PathMeta,
}

#[derive(FromField)]
struct ViewField {
    ident: Option<Ident>,
    ty: Type,
}

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let item = match ViewItem::from_derive_input(input) {
        Ok(item) => item,
        Err(error) => {
            let errors = compile_errors(error, "a view is a struct with named fields");
            return stand_in::view(input, &errors);
        }
    };
    expand_view(input, &item)
        .unwrap_or_else(|error| stand_in::view(input, &error.into_compile_error()))
}

fn expand_view(input: &DeriveInput, item: &ViewItem) -> syn::Result<TokenStream> {
    let (ident, of) = (&item.ident, &item.of.0);
    let help = "a view shows one kind of row; declare a struct for each";
    refuse_parameters(&input.generics, "a view", help)?;
    let serdes = read_fields(input, Role::View)?;
    let mut fields = Vec::new();
    let mut checks = TokenStream::new();
    let own = item.data.as_ref().take_struct().into_iter();
    for (field, serde) in own.flat_map(|fields| fields.fields).zip(serdes) {
        let Some(name) = &field.ident else { continue };
        fields.push(shown_field(name, &field.ty, &serde.wire_name, false));
        checks.extend(check_option(&field.ty));
    }
    let shown = shown(
        ident,
        &quote!(<#of as ::rowcast_schema::Resource>::NAME),
        &docs::text(&item.attrs),
        &fields,
    );
    Ok(quote!(#shown #checks))
}

/// A field of a `ShownDescription`.
pub(crate) fn shown_field(name: &Ident, ty: &Type, wire_name: &str, hidden: bool) -> TokenStream {
    let plain = name.unraw().to_string();
    let (inner, optional) = without_option(ty);
    quote! {
        ::rowcast_schema::description::ShownField {
            name: ::std::string::String::from(#plain),
            wire_name: ::std::string::String::from(#wire_name),
            rust_type: ::rowcast_schema::__private::spelled::<#inner>(),
            optional: #optional,
            hidden: #hidden,
        }
    }
}

/// The `Shown` of a view or a resource.
pub(crate) fn shown(
    ident: &Ident,
    of: &TokenStream,
    doc: &str,
    fields: &[TokenStream],
) -> TokenStream {
    let name = ident.unraw().to_string();
    let place = place();
    quote! {
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Shown for #ident {
            fn shown() -> ::rowcast_schema::description::ShownDescription {
                ::rowcast_schema::description::ShownDescription {
                    name: ::std::string::String::from(#name),
                    of: ::std::string::String::from(#of),
                    doc: ::std::string::String::from(#doc),
                    declared_at: #place,
                    fields: ::std::vec![#(#fields),*],
                }
            }
        }
    }
}

/// Where the derive stands.
pub(crate) fn place() -> TokenStream {
    quote! {
        ::rowcast_schema::description::Place {
            file: ::std::string::String::from(::core::file!()),
            line: ::core::line!(),
        }
    }
}

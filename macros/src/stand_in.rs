//! What stands in for impls that could not be derived.
//!
//! Whatever refers to the type goes on compiling, so that one mistake is one error and not one at each place of its use.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields};

/// Adds to `errors` what a resource must have.
pub(crate) fn resource(input: &DeriveInput, errors: &TokenStream) -> TokenStream {
    if !can_stand_in(input) {
        return errors.clone();
    }
    let (ident, vis, shown) = (&input.ident, &input.vis, shown(input));
    let name = ident.unraw().to_string();
    let inputs = [format_ident!("New{name}"), format_ident!("{name}Patch")];
    quote! {
        #errors
        #(
            #[doc(hidden)]
            #[allow(dead_code)]
            #vis struct #inputs;
        )*
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Resource for #ident {
            type Id = i64;
            type New = ();
            type Patch = ();
            const NAME: &'static str = #name;

            fn describe() -> ::rowcast_schema::description::ResourceDescription {
                ::core::unreachable!()
            }
        }
        #shown
    }
}

/// Adds to `errors` what a view must have.
pub(crate) fn view(input: &DeriveInput, errors: &TokenStream) -> TokenStream {
    if !can_stand_in(input) {
        return errors.clone();
    }
    let shown = shown(input);
    quote!(#errors #shown)
}

/// Adds to `errors` what a command must have.
pub(crate) fn command(input: &DeriveInput, errors: &TokenStream) -> TokenStream {
    if !can_stand_in(input) {
        return errors.clone();
    }
    let ident = &input.ident;
    quote! {
        #errors
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Input for #ident {
            fn read_json(
                _: &::rowcast_schema::__private::serde_json::value::RawValue,
                _: ::rowcast_schema::Reading,
            ) -> ::core::result::Result<Self, ::rowcast_schema::FieldErrors> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Command for #ident {
            type Ack = ();

            fn describe() -> ::rowcast_schema::description::CommandDescription {
                ::core::unreachable!()
            }
        }
    }
}

fn shown(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    quote! {
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Shown for #ident {
            fn shown() -> ::rowcast_schema::description::ShownDescription {
                ::core::unreachable!()
            }
        }
    }
}

fn can_stand_in(input: &DeriveInput) -> bool {
    let has_names =
        matches!(&input.data, Data::Struct(data) if !matches!(data.fields, Fields::Unnamed(_)));
    has_names && input.generics.params.is_empty()
}

//! What stands in for impls that could not be derived.
//!
//! Whatever refers to the type goes on compiling, so that one mistake is one error and not one at each place of its use.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Field, Fields, Token, Type, parse_quote};

use crate::types::without_option;
use crate::written::type_of;

/// Adds to `errors` what a resource must have.
pub(crate) fn resource(input: &DeriveInput, errors: &TokenStream) -> TokenStream {
    if !can_stand_in(input) {
        return errors.clone();
    }
    let (ident, shown, inputs) = (&input.ident, shown(input), inputs(input));
    let name = ident.unraw().to_string();
    quote! {
        #errors
        #inputs
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

/// `NewX` and `XPatch` with the fields that they would have, as far as their attributes tell it.
fn inputs(input: &DeriveInput) -> TokenStream {
    let (ident, vis) = (input.ident.unraw(), &input.vis);
    let [new, patch] = [format_ident!("New{ident}"), format_ident!("{ident}Patch")];
    let Data::Struct(data) = &input.data else {
        return TokenStream::new();
    };
    let fields: Vec<_> = data
        .fields
        .iter()
        .map(|field| (field, words(field)))
        .collect();
    let is_id = |words: &[Word]| words.iter().any(|word| word.name == "id");
    let id = fields.iter().filter(|(_, words)| is_id(words));
    let id = id.map(|(field, _)| typed(field, &field.ty));
    let settable: Vec<_> = fields
        .iter()
        .filter(|(_, words)| !is_id(words) && words.iter().all(Word::lets_clients_set))
        .map(|(field, words)| (*field, input_type(&field.ty, words)))
        .collect();
    let of_new = settable.iter().map(|(field, ty)| typed(field, ty));
    let of_patch = settable
        .iter()
        .map(|(field, ty)| typed(field, &parse_quote!(::core::option::Option<#ty>)));
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, deprecated, non_snake_case)]
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #vis struct #new { #(#of_new,)* }
        #[doc(hidden)]
        #[allow(dead_code, deprecated, non_snake_case)]
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #vis struct #patch { #(#id,)* #(#of_patch,)* }
    }
}

fn typed(field: &Field, ty: &Type) -> TokenStream {
    let ident = &field.ident;
    quote!(pub #ident: #ty)
}

/// A word in `#[resource(…)]`, with the type behind its `=`.
struct Word {
    name: String,
    value: Option<Type>,
}

impl Word {
    fn lets_clients_set(&self) -> bool {
        let others = [
            "hidden",
            "read_only",
            "created_at",
            "updated_at",
            "has_many",
        ];
        !others.contains(&self.name.as_str())
    }
}

/// The words of a field, as far as they can be read.
fn words(field: &Field) -> Vec<Word> {
    let mut words = Vec::new();
    for attr in field
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("resource"))
    {
        // What is wrong there was reported already.
        let _ = attr.parse_nested_meta(|meta| {
            let name = meta.path.require_ident()?.to_string();
            let value = match meta.input.peek(Token![=]) {
                true => type_of(&meta.value()?.parse()?).cloned(),
                false => None,
            };
            words.push(Word { name, value });
            Ok(())
        });
    }
    words
}

/// What an input has in place of a field's type: a reference where that shows another row.
fn input_type(ty: &Type, words: &[Word]) -> Type {
    let of = |name: &str| {
        let word = words.iter().find(|word| word.name == name);
        word.and_then(|word| word.value.clone())
    };
    match (of("belongs_to"), of("many_to_many"), without_option(ty).1) {
        (Some(target), _, false) => parse_quote!(::rowcast_schema::Ref<#target>),
        (Some(target), _, true) => {
            parse_quote!(::core::option::Option<::rowcast_schema::Ref<#target>>)
        }
        (None, Some(target), _) => parse_quote!(::std::vec::Vec<::rowcast_schema::Ref<#target>>),
        (None, None, _) => ty.clone(),
    }
}

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

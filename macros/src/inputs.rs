//! `NewX` and `XPatch`, emitted beside a resource.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Ident, LitStr, Type, Visibility};

use crate::serde_attributes::SerdeField;
use crate::types::without_option;

/// `quote!` whose variables can't be mixed up with those that are named after the user's fields.
macro_rules! local {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// A field that clients can set.
#[derive(Clone)]
pub(crate) struct InputField<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) wire_name: String,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) rules: Vec<&'a Attribute>,
    pub(crate) ty: Type,
    pub(crate) serde: &'a SerdeField,
}

impl InputField<'_> {
    /// The garde attributes.
    pub(crate) fn garde(&self) -> TokenStream {
        let rules = &self.rules;
        if rules.is_empty() {
            return quote!(#[garde(skip)]);
        }
        quote!(#(#rules)*)
    }
}

/// The fields whose names on the wire differ from those in Rust, as a list of pairs.
fn renamed(fields: &[InputField<'_>]) -> TokenStream {
    let pairs = fields.iter().filter_map(|field| {
        let (own, wire_name) = (field.ident.unraw().to_string(), &field.wire_name);
        (own != *wire_name).then(|| quote!((#own, #wire_name)))
    });
    quote!(&[#(#pairs),*])
}

pub(crate) struct Inputs<'a> {
    pub(crate) resource: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) id: &'a Ident,
    pub(crate) id_wire_name: &'a str,
    pub(crate) id_type: &'a Type,
    /// The id in `NewX`, where clients give it.
    pub(crate) given_id: Option<InputField<'a>>,
    pub(crate) fields: Vec<InputField<'a>>,
}

impl Inputs<'_> {
    pub(crate) fn new_ident(&self) -> Ident {
        format_ident!("New{}", self.resource)
    }

    pub(crate) fn patch_ident(&self) -> Ident {
        format_ident!("{}Patch", self.resource)
    }

    pub(crate) fn expand(&self) -> TokenStream {
        let (new, patch) = (self.expand_new(), self.expand_patch());
        quote!(#new #patch)
    }

    fn expand_new(&self) -> TokenStream {
        let (vis, name) = (self.vis, self.new_ident());
        let doc = format!("What `create` takes for a [`{}`].", self.resource);
        let own: Vec<InputField<'_>> = self.given_id.iter().chain(&self.fields).cloned().collect();
        let fields = own.iter().map(|field| {
            let InputField {
                ident,
                wire_name,
                docs,
                ty,
                ..
            } = field;
            let garde = field.garde();
            let default = field.serde.default.as_ref().map(|default| match default {
                None => quote!(, default),
                Some(path) => {
                    let path = quote!(#path).to_string().replace(' ', "");
                    quote!(, default = #path)
                }
            });
            quote!(#(#docs)* #[serde(rename = #wire_name #default)] #garde pub #ident: #ty)
        });
        let derives = derives();
        let read = read_new(&name, &own);
        quote! {
            #[doc = #doc]
            #derives
            #vis struct #name { #(#fields,)* }
            #read
        }
    }

    fn expand_patch(&self) -> TokenStream {
        let (vis, name) = (self.vis, self.patch_ident());
        let (id, id_type, id_wire_name) = (self.id, self.id_type, self.id_wire_name);
        let doc = format!(
            "What `update` takes for a [`{}`]: the id, and the fields to change.",
            self.resource
        );
        let fields = self.fields.iter().map(|field| {
            let InputField {
                ident,
                wire_name,
                docs,
                ty,
                ..
            } = field;
            let garde = field.garde();
            let schema = quote!(#ty).to_string();
            quote! {
                #(#docs)*
                #[serde(rename = #wire_name, default)]
                #[schemars(with = #schema)]
                #garde
                pub #ident: ::core::option::Option<#ty>
            }
        });
        let (derives, renamed) = (derives(), renamed(&self.fields));
        let idents: Vec<&Ident> = self.fields.iter().map(|field| field.ident).collect();
        let reads = self.fields.iter().map(|field| {
            let InputField {
                ident,
                wire_name,
                ty,
                serde,
                ..
            } = field;
            match &serde.read {
                Some(read) => {
                    local!(let #ident = fields.patch_with(#wire_name, |reader| #read(reader));)
                }
                None => local!(let #ident = fields.patch::<#ty>(#wire_name);),
            }
        });
        local! {
            #[doc = #doc]
            #derives
            #vis struct #name {
                /// Which row to change.
                #[serde(rename = #id_wire_name)]
                #[garde(skip)]
                pub #id: #id_type,
                #(#fields,)*
            }
            #[automatically_derived]
            impl ::rowcast_schema::Input for #name {
                fn read(
                    payload: ::rowcast_schema::__private::serde_json::Value,
                    reading: ::rowcast_schema::Reading,
                ) -> ::core::result::Result<Self, ::rowcast_schema::FieldErrors> {
                    let mut fields = ::rowcast_schema::input::Fields::of(payload, reading)?;
                    let #id = fields.required::<#id_type>(#id_wire_name);
                    #(#reads)*
                    let input = fields.finish(|| ::core::option::Option::Some(Self { #id: #id?, #(#idents: #idents?,)* }))?;
                    ::rowcast_schema::input::check(&input, #renamed)?;
                    ::core::result::Result::Ok(input)
                }
            }
        }
    }
}

fn derives() -> TokenStream {
    quote! {
        #[derive(
            ::core::fmt::Debug,
            ::core::clone::Clone,
            ::rowcast_schema::__private::schemars::JsonSchema,
            ::rowcast_schema::__private::garde::Validate,
        )]
        #[schemars(crate = "::rowcast_schema::__private::schemars")]
    }
}

/// `Input` for a struct all of whose fields are read as those of a `NewX`.
pub(crate) fn read_new(name: &Ident, fields: &[InputField<'_>]) -> TokenStream {
    let reads = fields.iter().map(read_field);
    let renamed = renamed(fields);
    let idents: Vec<&Ident> = fields.iter().map(|field| field.ident).collect();
    let unused = fields
        .is_empty()
        .then(|| quote!(#[allow(unused_mut, reason = "there are no fields to take")]));
    local! {
        #[automatically_derived]
        impl ::rowcast_schema::Input for #name {
            fn read(
                payload: ::rowcast_schema::__private::serde_json::Value,
                reading: ::rowcast_schema::Reading,
            ) -> ::core::result::Result<Self, ::rowcast_schema::FieldErrors> {
                #unused
                let mut fields = ::rowcast_schema::input::Fields::of(payload, reading)?;
                #(#reads)*
                let input = fields.finish(|| ::core::option::Option::Some(Self { #(#idents: #idents?,)* }))?;
                ::rowcast_schema::input::check(&input, #renamed)?;
                ::core::result::Result::Ok(input)
            }
        }
    }
}

fn read_field(field: &InputField<'_>) -> TokenStream {
    let InputField {
        ident,
        wire_name,
        ty,
        serde,
        ..
    } = field;
    let wire_name = LitStr::new(wire_name, ident.span());
    let (inner, optional) = without_option(ty);
    let default = match &serde.default {
        Some(Some(path)) => Some(quote!(#path)),
        Some(None) => Some(quote!(<#ty as ::core::default::Default>::default)),
        None if optional => Some(quote!(|| ::core::option::Option::None)),
        None => None,
    };
    match (default, &serde.read) {
        (Some(default), Some(read)) => {
            local!(let #ident = fields.or_else_with(#wire_name, #default, |reader| #read(reader));)
        }
        (None, Some(read)) => {
            local!(let #ident = fields.required_with(#wire_name, |reader| #read(reader));)
        }
        (Some(_), None) if optional && serde.default.is_none() => {
            local!(let #ident = fields.optional::<#inner>(#wire_name);)
        }
        (Some(default), None) => local!(let #ident = fields.or_else::<#ty>(#wire_name, #default);),
        (None, None) => local!(let #ident = fields.required::<#ty>(#wire_name);),
    }
}

//! `NewX` and `XPatch`, emitted beside a resource.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Ident, Type, Visibility};

use crate::input_field::{InputField, local};
use crate::input_readers::{RuleStructs, checks, derives, fields_of_payload, read_new};
use crate::rules::ranges;
use crate::types::without_option;

pub(crate) struct Inputs<'a> {
    pub(crate) resource: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) id: &'a Ident,
    pub(crate) id_wire_name: &'a str,
    pub(crate) id_type: &'a Type,
    /// The id in `NewX`, where clients give it.
    pub(crate) given_id: Option<InputField<'a>>,
    pub(crate) fields: Vec<InputField<'a>>,
    /// The user's functions that check a whole `NewX`.
    pub(crate) whole_rules: Vec<Expr>,
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
        let (new_ident, patch_ident) = (self.new_ident(), self.patch_ident());
        let own = self.new_fields();
        let rules = RuleStructs::of(self.resource, &own);
        let structs = &rules.structs;
        let read_new = read_new(&new_ident, &own, &rules, &self.rules(), &self.whole_rules);
        let of_patch = &rules.names[own.len() - self.fields.len()..];
        let read_patch = self.read_patch(&patch_ident, of_patch);
        quote! {
            #new
            #patch
            #[allow(deprecated, non_snake_case)]
            const _: () = {
                #(#structs)*
                #read_new
                #read_patch
            };
        }
    }

    /// The rules of all fields.
    fn rules(&self) -> TokenStream {
        let resource = self.resource;
        quote!(<#resource as ::rowcast_schema::Resource>::describe().field_rules())
    }

    /// The fields of `NewX`: those that can be set, behind the id where clients give it.
    fn new_fields(&self) -> Vec<InputField<'_>> {
        self.given_id.iter().chain(&self.fields).cloned().collect()
    }

    fn expand_new(&self) -> TokenStream {
        let (vis, name) = (self.vis, self.new_ident());
        let doc = format!("What `create` takes for a [`{}`].", self.resource);
        let own = self.new_fields();
        let fields = own.iter().map(|field| {
            let InputField {
                ident,
                wire_name,
                docs,
                rules,
                ty,
                ..
            } = field;
            let default = field.serde.default.as_ref().map(|default| match default {
                None => quote!(, default),
                Some(path) => {
                    let path = quote!(#path).to_string().replace(' ', "");
                    quote!(, default = #path)
                }
            });
            let schema = field.schema_type();
            // An optional field that has a schema of another type would be required there.
            let default = match (&schema, default) {
                (Some(_), None) if without_option(ty).1 => Some(quote!(, default)),
                (_, default) => default,
            };
            let schema = schema.map(|schema| quote!(#[schemars(with = #schema)]));
            quote!(#(#docs)* #[serde(rename = #wire_name #default)] #schema #(#rules)* pub #ident: #ty)
        });
        let derives = derives();
        quote! {
            #[doc = #doc]
            #derives
            #vis struct #name { #(#fields,)* }
        }
    }

    fn expand_patch(&self) -> TokenStream {
        let (vis, name) = (self.vis, self.patch_ident());
        let (id, id_type, id_wire_name) = (self.id, self.id_type, self.id_wire_name);
        let doc = format!(
            "What `update` takes for a [`{}`]: the id, and the fields to change.",
            self.resource
        );
        let nothing_doc = format!(
            "Changes nothing of the row with this id, but for the fields that are set beside it: `{name} {{ …, ..{name}::of(id) }}`."
        );
        let idents = self.fields.iter().map(|field| field.ident);
        let fields = self.fields.iter().map(|field| {
            let InputField {
                ident,
                wire_name,
                docs,
                rules,
                ty,
                ..
            } = field;
            let ranges = ranges(rules.iter().copied());
            let schema = field
                .schema_type()
                .unwrap_or_else(|| quote!(#ty).to_string());
            quote! {
                #(#docs)*
                #[serde(rename = #wire_name, default)]
                #[schemars(with = #schema)]
                #ranges
                pub #ident: ::core::option::Option<#ty>
            }
        });
        let derives = derives();
        quote! {
            #[doc = #doc]
            #derives
            #vis struct #name {
                /// Which row to change.
                #[serde(rename = #id_wire_name)]
                pub #id: #id_type,
                #(#fields,)*
            }

            #[automatically_derived]
            #[allow(deprecated, non_snake_case)]
            #[allow(dead_code)]
            impl #name {
                #[doc = #nothing_doc]
                #vis fn of(#id: #id_type) -> Self {
                    Self { #id, #(#idents: ::core::option::Option::None,)* }
                }
            }
        }
    }

    fn read_patch(&self, name: &Ident, rules: &[Option<Ident>]) -> TokenStream {
        let (id, id_type, id_wire_name) = (self.id, self.id_type, self.id_wire_name);
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
        let checks = checks(&self.fields, rules, "check_patch");
        let of_payload = fields_of_payload(&self.fields, &self.rules());
        local! {
            #[automatically_derived]
            #[allow(deprecated, non_snake_case)]
            impl ::rowcast_schema::Input for #name {
                fn read_json(
                    payload: &::rowcast_schema::__private::serde_json::value::RawValue,
                    reading: ::rowcast_schema::Reading,
                ) -> ::core::result::Result<Self, ::rowcast_schema::FieldErrors> {
                    #of_payload
                    let #id = fields.required::<#id_type>(#id_wire_name);
                    #(#reads)*
                    #checks
                    fields.finish(|| ::core::option::Option::Some(Self { #id: #id?, #(#idents: #idents?,)* }))
                }
            }
        }
    }
}

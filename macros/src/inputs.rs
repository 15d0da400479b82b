//! `NewX` and `XPatch`, emitted beside a resource.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Ident, LitStr, Token, Type, Visibility};

use crate::rules::{are_known, matched, own_rules, ranges};
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
    /// The user's `#[schemars(…)]`.
    pub(crate) schemars: Vec<&'a Attribute>,
    /// Whether the struct is the user's. In it, serde wants what has a `with` to be sent even if it is an `Option`.
    pub(crate) of_user: bool,
}

impl InputField<'_> {
    /// The type whose JSON Schema the field has, where that is not its own.
    fn schema_type(&self) -> Option<String> {
        let stated = self.schemars.iter().find_map(|attr| {
            let mut with = None;
            // What else stands there is for schemars to check.
            let _ = attr.parse_nested_meta(|meta| {
                if meta.input.peek(Token![=]) {
                    let value: syn::Expr = meta.value()?.parse()?;
                    if meta.path.is_ident("with")
                        && let syn::Expr::Lit(syn::ExprLit {
                            lit: syn::Lit::Str(text),
                            ..
                        }) = value
                    {
                        with = Some(text.value());
                    }
                } else if meta.input.peek(syn::token::Paren) {
                    let inside;
                    syn::parenthesized!(inside in meta.input);
                    inside.parse::<TokenStream>()?;
                }
                Ok(())
            });
            with
        });
        stated.or_else(|| {
            self.serde
                .with
                .as_ref()
                .map(|with| quote!(#with).to_string())
        })
    }
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

/// The fields of a payload, with what clients know of them.
///
/// `rules` gives the rules of the fields, as a `Vec<FieldRules>`.
fn fields_of_payload(fields: &[InputField<'_>], rules: &TokenStream) -> TokenStream {
    let own_forms = fields
        .iter()
        .filter(|field| field.serde.read.is_some() && field.schema_type().is_none())
        .map(|field| &field.wire_name);
    local! {
        static SHAPES: ::rowcast_schema::input::FieldShapes =
            ::rowcast_schema::input::FieldShapes::new(&[#(#own_forms),*]);
        let fields = ::rowcast_schema::input::Fields::of(payload, reading)?;
        let mut fields = fields.with_shapes(SHAPES.of::<Self>(|| #rules));
    }
}

/// A private struct for each field that has rules, with that field alone: it can be checked though others can't be read.
pub(crate) struct RuleStructs {
    names: Vec<Option<Ident>>,
    pub(crate) structs: Vec<TokenStream>,
}

impl RuleStructs {
    pub(crate) fn of(item: &Ident, fields: &[InputField<'_>]) -> Self {
        let mut found = Self {
            names: Vec::new(),
            structs: Vec::new(),
        };
        for (index, field) in fields.iter().enumerate() {
            let rules = own_rules(field.rules.iter().copied());
            let name = format_ident!("__Rowcast{}Rules{index}", item.unraw());
            let (ident, ty) = (field.ident, &field.ty);
            found.structs.extend(rules.as_ref().map(|rules| {
                // What garde says of a rule points at the field that has it.
                let derive = quote_spanned! {ident.span().resolved_at(Span::call_site())=>
                    #[derive(::rowcast_schema::__private::garde::Validate)]
                };
                quote! {
                    #derive
                    struct #name { #rules #ident: #ty }
                }
            }));
            // What garde refuses has no impl that could be called; its own message says why.
            let is_known = are_known(field.rules.iter().copied());
            found.names.push(rules.filter(|_| is_known).map(|_| name));
        }
        found
    }
}

/// Statements that check the fields that could be read.
fn checks(fields: &[InputField<'_>], rules: &[Option<Ident>], method: &str) -> TokenStream {
    let method = Ident::new(method, Span::call_site());
    let own = fields.iter().zip(rules).filter_map(|(field, rules)| {
        let (ident, wire_name, rules) = (field.ident, &field.wire_name, rules.as_ref()?);
        let own = ident.unraw().to_string();
        Some(local! {
            let #ident = fields.#method(
                (#own, #wire_name),
                #ident,
                (|value| #rules { #ident: value }, |ruled| ruled.#ident),
            );
        })
    });
    let same = fields.iter().filter_map(|field| {
        let other_ident = matched(field.rules.iter().copied())?;
        let other = fields.iter().find(|other| *other.ident == other_ident)?;
        let (ident, wire_name) = (field.ident, &field.wire_name);
        let (other_ident, other_name) = (other.ident, &other.wire_name);
        Some(local!(fields.check_same((#wire_name, &#ident), (#other_name, &#other_ident));))
    });
    quote!(#(#own)* #(#same)*)
}

fn derives() -> TokenStream {
    quote! {
        #[derive(
            ::core::fmt::Debug,
            ::core::clone::Clone,
            ::rowcast_schema::__private::schemars::JsonSchema,
        )]
        #[schemars(crate = "::rowcast_schema::__private::schemars")]
        #[allow(non_snake_case)]
    }
}

/// `Input` for a struct all of whose fields are read as those of a `NewX`. `described` gives their rules as a
/// `Vec<FieldRules>`.
pub(crate) fn read_new(
    name: &Ident,
    fields: &[InputField<'_>],
    rules: &RuleStructs,
    described: &TokenStream,
    whole: &[Expr],
) -> TokenStream {
    let reads = fields.iter().map(read_field);
    let checks = checks(fields, &rules.names, "check");
    let idents: Vec<&Ident> = fields.iter().map(|field| field.ident).collect();
    let of_payload = if fields.is_empty() {
        local!(let fields = ::rowcast_schema::input::Fields::of(payload, reading)?;)
    } else {
        fields_of_payload(fields, described)
    };
    let finish = local! {
        fields.finish(|| ::core::option::Option::Some(Self { #(#idents: #idents?,)* }))
    };
    let finish = if whole.is_empty() {
        finish
    } else {
        local! {
            let input = #finish?;
            #(::rowcast_schema::input::check_whole(&input, #whole)?;)*
            ::core::result::Result::Ok(input)
        }
    };
    local! {
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Input for #name {
            fn read_json(
                payload: &::rowcast_schema::__private::serde_json::value::RawValue,
                reading: ::rowcast_schema::Reading,
            ) -> ::core::result::Result<Self, ::rowcast_schema::FieldErrors> {
                #of_payload
                #(#reads)*
                #checks
                #finish
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
        None if optional && !(field.of_user && serde.read.is_some()) => {
            Some(quote!(|| ::core::option::Option::None))
        }
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

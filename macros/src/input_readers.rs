//! How inputs are read from a payload and checked: what `NewX`, `XPatch` and commands have in common.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Ident, LitStr};

use crate::input_field::{InputField, local};
use crate::rule_errors::{misplaced, unknown};
use crate::rules::{are_known, matched, own_rules};
use crate::types::without_option;

/// The fields of a payload, with what clients know of them.
///
/// `rules` gives the rules of the fields, as a `Vec<FieldRules>`.
pub(crate) fn fields_of_payload(fields: &[InputField<'_>], rules: &TokenStream) -> TokenStream {
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
    pub(crate) names: Vec<Option<Ident>>,
    pub(crate) structs: Vec<TokenStream>,
}

impl RuleStructs {
    pub(crate) fn of(item: &Ident, fields: &[InputField<'_>]) -> Self {
        let mut found = Self {
            names: Vec::new(),
            structs: Vec::new(),
        };
        for (index, field) in fields.iter().enumerate() {
            let mut errors = unknown(field.rules.iter().copied());
            errors.extend(misplaced(field.rules.iter().copied(), &field.ty));
            if !errors.is_empty() {
                let errors = errors.iter().map(syn::Error::to_compile_error);
                found.structs.extend(errors);
                found.names.push(None);
                continue;
            }
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
pub(crate) fn checks(
    fields: &[InputField<'_>],
    rules: &[Option<Ident>],
    method: &str,
) -> TokenStream {
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

pub(crate) fn derives() -> TokenStream {
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

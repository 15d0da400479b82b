//! `#[garde(…)]` as data, for those who check the same rules in another language.
//!
//! Garde itself reports what is wrong with its attributes: what can't be read here is a rule of the server's only.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ExprUnary, Ident, Lit, Token, token};

use crate::serde_attributes::SerdeField;
use crate::types::without_option;

/// The rules in the garde attributes among `attrs`, as an expression of type `Vec<Rule>`. `wire_name` tells how a field is
/// called on the wire.
pub(crate) fn describe_rules<'a>(
    attrs: impl IntoIterator<Item = &'a Attribute>,
    limits: Option<TokenStream>,
    wire_name: &dyn Fn(&str) -> String,
) -> TokenStream {
    let rules: Vec<TokenStream> = garde(attrs)
        .flat_map(|attr| match attr.parse_args_with(Rule::list) {
            Ok(rules) => rules
                .iter()
                .filter_map(|rule| describe(rule, wire_name))
                .collect(),
            Err(_) => vec![server_only("garde")],
        })
        .collect();
    match limits {
        Some(limits) => quote!(#limits.into_iter().chain([#(#rules),*]).collect()),
        None => quote!(::std::vec![#(#rules),*]),
    }
}

/// The limits of an integer that travels as digits, as an expression of type `Vec<Rule>`: its text alone does not tell them.
pub(crate) fn digit_limits(ty: &syn::Type, serde: &SerdeField) -> Option<TokenStream> {
    let with = serde.with.as_ref()?.segments.last()?;
    let forms = ["Digits", "OptionalDigits", "BigInt", "OptionalBigInt"];
    if forms.iter().all(|form| with.ident != form) {
        return None;
    }
    let (inner, _) = without_option(ty);
    Some(quote!(::rowcast_schema::__private::digit_limits::<#inner>()))
}

/// The garde attributes of a field without what is checked otherwise: `matches`, which concerns another field.
/// Nothing if no rule is left.
pub(crate) fn own_rules<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> Option<TokenStream> {
    let rules: Vec<TokenStream> = garde(attrs)
        .flat_map(segments)
        .filter(|rule| !begins_with(rule, "matches") && !begins_with(rule, "skip"))
        .collect();
    (!rules.is_empty()).then(|| quote!(#[garde(#(#rules),*)]))
}

/// The ranges alone, of which the JSON Schema of a patch is to tell.
pub(crate) fn ranges<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> Option<TokenStream> {
    let rules = garde(attrs).flat_map(segments);
    let ranges: Vec<TokenStream> = rules.filter(|rule| begins_with(rule, "range")).collect();
    (!ranges.is_empty()).then(|| quote!(#[garde(#(#ranges),*)]))
}

/// What garde knows of rules, of version 0.23; what else stands there, it reports itself.
pub(crate) const KNOWN: [&str; 23] = [
    "adapt",
    "alphanumeric",
    "ascii",
    "code",
    "contains",
    "credit_card",
    "custom",
    "dive",
    "email",
    "if",
    "inner",
    "ip",
    "ipv4",
    "ipv6",
    "length",
    "matches",
    "pattern",
    "phone_number",
    "prefix",
    "range",
    "required",
    "suffix",
    "url",
];

/// Whether garde can make something of the rules, so that its impl exists.
pub(crate) fn are_known<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> bool {
    let is_known = |rule: &Rule| {
        let named = |argument: &Argument| match argument {
            Argument::Named(name, _) => ["min", "max", "equal"].contains(&name.as_str()),
            Argument::Value(_) => rule.name == "length",
        };
        let has_limits = ["length", "range"].contains(&rule.name.as_str());
        let is_other = ["rename", "skip"].contains(&rule.name.as_str());
        (is_other || KNOWN.contains(&rule.name.as_str()))
            && (!has_limits || rule.arguments.iter().all(named))
    };
    garde(attrs).all(|attr| {
        let rules = attr.parse_args_with(Rule::list);
        rules.is_ok_and(|rules| rules.iter().all(is_known))
    })
}

/// The field that `matches(…)` names.
pub(crate) fn matched<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> Option<Ident> {
    garde(attrs)
        .filter_map(|attr| attr.parse_args_with(Rule::list).ok())
        .flatten()
        .filter(|rule| rule.name == "matches")
        .find_map(|rule| match rule.arguments.first()? {
            Argument::Value(value) | Argument::Named(_, value) => {
                syn::parse2(value.to_token_stream()).ok()
            }
        })
}

/// The functions of `#[garde(custom(…))]` on a struct.
pub(crate) fn whole_rules(attrs: &[Attribute]) -> Vec<Expr> {
    garde(attrs)
        .filter_map(|attr| attr.parse_args_with(Rule::list).ok())
        .flatten()
        .filter(|rule| rule.name == "custom")
        .filter_map(|mut rule| match rule.arguments.pop()? {
            Argument::Value(value) | Argument::Named(_, value) => Some(value),
        })
        .collect()
}

pub(crate) fn garde<'a>(
    attrs: impl IntoIterator<Item = &'a Attribute>,
) -> impl Iterator<Item = &'a Attribute> {
    attrs
        .into_iter()
        .filter(|attr| attr.path().is_ident("garde"))
}

/// What stands between the commas of an attribute.
pub(crate) fn segments(attr: &Attribute) -> Vec<TokenStream> {
    let syn::Meta::List(list) = &attr.meta else {
        return Vec::new();
    };
    let mut segments = vec![TokenStream::new()];
    for token in list.tokens.clone() {
        match (&token, segments.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => {
                segments.push(TokenStream::new());
            }
            (_, Some(last)) => last.extend([token]),
            (_, None) => {}
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

fn begins_with(segment: &TokenStream, name: &str) -> bool {
    matches!(segment.clone().into_iter().next(), Some(TokenTree::Ident(ident)) if ident == name)
}

/// `name`, `name(…)` or `name = value`.
struct Rule {
    name: String,
    arguments: Vec<Argument>,
}

impl Rule {
    fn list(input: ParseStream<'_>) -> syn::Result<Vec<Self>> {
        Ok(Punctuated::<Self, Token![,]>::parse_terminated(input)?
            .into_iter()
            .collect())
    }
}

impl Parse for Rule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name =
            syn::ext::IdentExt::unraw(&input.call(<Ident as syn::ext::IdentExt>::parse_any)?);
        let mut arguments = Vec::new();
        if input.peek(token::Paren) {
            let inside;
            syn::parenthesized!(inside in input);
            arguments = Punctuated::<Argument, Token![,]>::parse_terminated(&inside)?
                .into_iter()
                .collect();
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            input.parse::<Expr>()?;
        }
        Ok(Self {
            name: name.to_string(),
            arguments,
        })
    }
}

/// What stands in the parentheses of a rule: another rule, a named value, or a value.
enum Argument {
    Named(String, Expr),
    Value(Expr),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Named(name.to_string(), input.parse()?));
        }
        input.parse().map(Self::Value)
    }
}

fn describe(rule: &Rule, wire_name: &dyn Fn(&str) -> String) -> Option<TokenStream> {
    let described = match rule.name.as_str() {
        // These state nothing of the value itself; nested types tell their own rules.
        "skip" | "dive" | "rename" | "code" => return None,
        "required" => quote!(Required),
        "ascii" => quote!(Ascii),
        "alphanumeric" => quote!(Alphanumeric),
        "email" => quote!(Email),
        "url" => quote!(Url),
        "ip" => quote!(Ip(::rowcast_schema::rule::IpVersion::Any)),
        "ipv4" => quote!(Ip(::rowcast_schema::rule::IpVersion::V4)),
        "ipv6" => quote!(Ip(::rowcast_schema::rule::IpVersion::V6)),
        "length" => length(&rule.arguments),
        "range" => range(&rule.arguments),
        "matches" => {
            let field = rule.arguments.first().map(|argument| match argument {
                Argument::Named(_, value) | Argument::Value(value) => {
                    wire_name(&value.to_token_stream().to_string())
                }
            })?;
            quote!(Matches(::std::string::String::from(#field)))
        }
        "inner" => return inner(&rule.arguments, wire_name),
        "contains" | "prefix" | "suffix" | "pattern" => match literal_text(&rule.arguments) {
            Some(text) => {
                let variant = Ident::new(
                    &heck::ToUpperCamelCase::to_upper_camel_case(rule.name.as_str()),
                    proc_macro2::Span::call_site(),
                );
                quote!(#variant(::std::string::String::from(#text)))
            }
            None => return Some(server_only(&rule.name)),
        },
        other => return Some(server_only(other)),
    };
    Some(quote!(::rowcast_schema::rule::Rule::#described))
}

fn server_only(name: &str) -> TokenStream {
    quote!(::rowcast_schema::rule::Rule::ServerOnly(::std::string::String::from(#name)))
}

/// The one text in the parentheses, if it is a literal.
fn literal_text(arguments: &[Argument]) -> Option<String> {
    match arguments {
        [
            Argument::Value(Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            })),
        ] => Some(text.value()),
        _ => None,
    }
}

fn named<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a Expr> {
    arguments.iter().find_map(|argument| match argument {
        Argument::Named(own, value) if own == name => Some(value),
        _ => None,
    })
}

fn limit(arguments: &[Argument], name: &str) -> Option<Expr> {
    named(arguments, "equal")
        .or_else(|| named(arguments, name))
        .cloned()
}

fn length(arguments: &[Argument]) -> TokenStream {
    let mode = arguments.iter().find_map(|argument| match argument {
        Argument::Value(value) => Some(value.to_token_stream().to_string()),
        Argument::Named(..) => None,
    });
    let unit = match mode.as_deref() {
        Some("bytes") => quote!(Bytes),
        Some("chars") => quote!(Characters),
        Some("graphemes") => quote!(Graphemes),
        Some("utf16") => quote!(Utf16),
        _ => quote!(Simple),
    };
    let [min, max] = ["min", "max"].map(|name| match limit(arguments, name) {
        Some(value) => quote!(::core::option::Option::Some((#value) as ::core::primitive::u64)),
        None => quote!(::core::option::Option::None),
    });
    quote!(Length { unit: ::rowcast_schema::rule::LengthUnit::#unit, min: #min, max: #max })
}

fn range(arguments: &[Argument]) -> TokenStream {
    let [min, max] = ["min", "max"].map(|name| match limit(arguments, name) {
        Some(value) => number(&value),
        None => quote!(::core::option::Option::None),
    });
    quote!(Range { min: #min, max: #max })
}

/// A limit as a number. A literal would be an `i32` if it stood alone, whatever the type of the field.
fn number(value: &Expr) -> TokenStream {
    let literal = match value {
        Expr::Unary(ExprUnary {
            op: syn::UnOp::Neg(_),
            expr,
            ..
        }) => digits(expr).map(|digits| format!("-{digits}")),
        other => digits(other),
    };
    match literal {
        Some(text) => quote!(::rowcast_schema::__private::literal(#text)),
        None => quote!(::rowcast_schema::__private::limit(&(#value))),
    }
}

fn digits(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Some(number.base10_digits().to_owned()),
        Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) => Some(number.base10_digits().to_owned()),
        _ => None,
    }
}

fn inner(arguments: &[Argument], wire_name: &dyn Fn(&str) -> String) -> Option<TokenStream> {
    let rules: Vec<TokenStream> = arguments
        .iter()
        .filter_map(|argument| {
            let tokens = match argument {
                Argument::Value(value) => value.to_token_stream(),
                Argument::Named(..) => return Some(server_only("inner")),
            };
            match syn::parse2::<Rule>(tokens) {
                Ok(rule) => describe(&rule, wire_name),
                Err(_) => Some(server_only("inner")),
            }
        })
        .collect();
    (!rules.is_empty()).then(|| {
        quote!(::rowcast_schema::rule::Rule::Inner(
            ::std::vec![#(#rules),*]
        ))
    })
}

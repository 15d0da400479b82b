//! `#[garde(…)]` as data, for those who check the same rules in another language.
//!
//! Garde itself reports what is wrong with its attributes: what can't be read here is a rule of the server's only.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ExprUnary, Ident, Lit, Token, token};

/// The rules in the garde attributes among `attrs`, as an expression of type `Vec<Rule>`.
pub(crate) fn describe_rules<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> TokenStream {
    let rules = attrs
        .into_iter()
        .filter(|attr| attr.path().is_ident("garde"))
        .flat_map(|attr| match attr.parse_args_with(Rule::list) {
            Ok(rules) => rules.iter().filter_map(describe).collect(),
            Err(_) => vec![server_only("garde")],
        });
    quote!(::std::vec![#(#rules),*])
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

fn describe(rule: &Rule) -> Option<TokenStream> {
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
                    value.to_token_stream().to_string()
                }
            })?;
            quote!(Matches(::std::string::String::from(#field)))
        }
        "inner" => return inner(&rule.arguments),
        "contains" | "prefix" | "suffix" | "pattern" => match text(&rule.arguments) {
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
fn text(arguments: &[Argument]) -> Option<String> {
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

fn inner(arguments: &[Argument]) -> Option<TokenStream> {
    let rules: Vec<TokenStream> = arguments
        .iter()
        .filter_map(|argument| {
            let tokens = match argument {
                Argument::Value(value) => value.to_token_stream(),
                Argument::Named(..) => return Some(server_only("inner")),
            };
            match syn::parse2::<Rule>(tokens) {
                Ok(rule) => describe(&rule),
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

//! The user's item as it was written, before any of it is parsed.
//!
//! What `macro_rules!` passes on (`$t:ty`, `$r:literal`) stands in groups without delimiters, which hide a type or a literal
//! from parsers. And attributes take types (`ack = Ref<Coach>`), where parsers expect expressions.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Lit, Meta, Type};

/// Takes types and literals out of the groups that `macro_rules!` has put around them.
pub(crate) fn ungrouped(tokens: TokenStream) -> TokenStream {
    let mut all = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let inner = ungrouped(group.stream());
                if group.delimiter() == Delimiter::None && stands_alone(&inner) {
                    all.extend(inner);
                } else {
                    let mut copy = Group::new(group.delimiter(), inner);
                    copy.set_span(group.span());
                    all.extend([TokenTree::Group(copy)]);
                }
            }
            other => all.extend([other]),
        }
    }
    all
}

/// Whether tokens mean the same without the group around them: a type, a literal, or a negative number.
fn stands_alone(tokens: &TokenStream) -> bool {
    let is_type = syn::parse2::<Type>(tokens.clone()).is_ok();
    let is_number = |expr: Expr| match expr {
        Expr::Unary(negative) => matches!(*negative.expr, Expr::Lit(_)),
        _ => false,
    };
    is_type
        || syn::parse2::<Lit>(tokens.clone()).is_ok()
        || syn::parse2::<Expr>(tokens.clone()).is_ok_and(is_number)
}

/// Keys whose value is a type.
const TYPED: [&str; 5] = ["ack", "belongs_to", "has_many", "many_to_many", "of"];

/// Writes the types in an attribute of ours as expressions: `ack = Ref<Coach>` as `ack = () as Ref<Coach>`.
pub(crate) fn write_types_as_casts(attr: &mut Attribute) {
    let is_ours = ["command", "resource", "view"];
    let Meta::List(list) = &mut attr.meta else {
        return;
    };
    if is_ours.iter().any(|name| list.path.is_ident(name)) {
        let entries = entries(list.tokens.clone()).into_iter().map(with_cast);
        list.tokens = quote!(#(#entries),*);
    }
}

/// The type of such an expression.
pub(crate) fn type_of(expr: &Expr) -> Option<&Type> {
    match expr {
        Expr::Cast(cast) => Some(&cast.ty),
        _ => None,
    }
}

/// What stands between commas that are in no angle brackets.
fn entries(tokens: TokenStream) -> Vec<TokenStream> {
    let (mut entries, mut depth) = (vec![TokenStream::new()], 0_i32);
    let mut before = ' ';
    for token in tokens {
        let mark = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match mark {
            '<' => depth += 1,
            // The arrow of a function's type.
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        before = mark;
        match entries.last_mut() {
            Some(last) if mark != ',' || depth > 0 => last.extend([token]),
            _ => entries.push(TokenStream::new()),
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}

fn with_cast(entry: TokenStream) -> TokenStream {
    let mut tokens = entry.clone().into_iter();
    let (key, equals) = (tokens.next(), tokens.next());
    let is_typed =
        matches!(&key, Some(TokenTree::Ident(key)) if TYPED.iter().any(|known| key == known));
    let is_value = matches!(&equals, Some(TokenTree::Punct(punct)) if punct.as_char() == '=');
    let value: TokenStream = tokens.collect();
    if is_typed && is_value && syn::parse2::<Type>(value.clone()).is_ok() {
        // The parser takes the place of an expression from its first token.
        let cast = quote_spanned!(value.span()=> () as);
        quote!(#key #equals #cast #value)
    } else {
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_take_any_type() {
        let types = [
            "Ref<Ticket>",
            "Vec<Coach>",
            "Option<a::Coach>",
            "(A, B)",
            "[u8; 3]",
            "BTreeMap<String, Vec<A>>",
            "Box<dyn Fn(u8) -> u8>",
        ];
        for ty in types {
            let tokens: TokenStream = format!("event = \"x\", ack = {ty}, shown").parse().unwrap();
            let mut attr: Attribute = syn::parse_quote!(#[command(#tokens)]);
            write_types_as_casts(&mut attr);
            let parsed: Meta = attr.meta;
            let Meta::List(list) = parsed else {
                unreachable!("the attribute is a list")
            };
            let parsed = entries(list.tokens);
            assert_eq!(parsed.len(), 3, "{ty}");
            let expr: Expr = syn::parse2(parsed[1].clone().into_iter().skip(2).collect()).unwrap();
            let wanted: Type = syn::parse_str(ty).unwrap();
            assert_eq!(type_of(&expr), Some(&wanted));
        }
    }

    #[test]
    fn what_macros_pass_on_is_taken_out_of_its_group() {
        let group = |text: &str| Group::new(Delimiter::None, text.parse().unwrap());
        for (text, is_taken) in [
            ("Option<u8>", true),
            ("\"a\"", true),
            ("-3", true),
            ("1 + 2", false),
        ] {
            let group = group(text);
            let first = ungrouped(quote!(#group)).into_iter().next();
            let is_group = matches!(first, Some(TokenTree::Group(_)));
            assert_eq!(is_group, !is_taken, "{text}");
        }
    }
}

//! What is said of an item for people: doc comments, and `#[deprecated]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

/// What `#[deprecated]` says, as an `Option<String>`: empty without a note.
pub(crate) fn deprecated(attrs: &[Attribute]) -> TokenStream {
    match attrs.iter().find(|attr| attr.path().is_ident("deprecated")) {
        Some(attr) => {
            let note = note(attr).unwrap_or_default();
            quote!(::core::option::Option::Some(::std::string::String::from(#note)))
        }
        None => quote!(::core::option::Option::None),
    }
}

/// Of `deprecated = "…"` or `deprecated(note = "…")`. The compiler checks the attribute itself.
fn note(attr: &Attribute) -> Option<String> {
    if let Meta::NameValue(pair) = &attr.meta {
        return literal(&pair.value);
    }
    let mut note = None;
    let parsed = attr.parse_nested_meta(|meta| {
        let text: LitStr = meta.value()?.parse()?;
        if meta.path.is_ident("note") {
            note = Some(text.value());
        }
        Ok(())
    });
    parsed.ok().and(note)
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The text of the doc comments, without the blank that follows the slashes.
pub(crate) fn text(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => literal(&pair.value),
        _ => None,
    });
    let lines: Vec<String> = lines
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

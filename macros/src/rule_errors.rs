//! Rules that a field can't have, in words of ours: garde would report them by its grammar or its traits.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, Ident};

use crate::rules::{KNOWN, garde, segments};
use crate::types::without_option;

/// Types of the language, which no application has others of under these names.
const NUMBERS: [&str; 14] = [
    "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
    "usize",
];
const NO_NUMBERS: [&str; 3] = ["String", "bool", "char"];
const OF_TEXTS: [&str; 12] = [
    "alphanumeric",
    "ascii",
    "contains",
    "credit_card",
    "email",
    "ip",
    "ipv4",
    "ipv6",
    "pattern",
    "phone_number",
    "prefix",
    "suffix",
];

/// Rules that a field of this type can't have, as far as the name of the type tells, which garde would report by its traits.
pub(crate) fn misplaced<'a>(
    attrs: impl IntoIterator<Item = &'a Attribute>,
    ty: &syn::Type,
) -> Vec<syn::Error> {
    let (inner, is_option) = without_option(ty);
    let syn::Type::Path(path) = inner else {
        return Vec::new();
    };
    let Some(name) = path.path.segments.last().map(|last| last.ident.to_string()) else {
        return Vec::new();
    };
    let is = |names: &[&str]| names.contains(&name.as_str());
    let wrong = |rule: &str| match rule {
        "range" if is(&NO_NUMBERS) => Some("numbers"),
        "length" if is(&NUMBERS) || name == "bool" => Some("texts, lists and maps"),
        "required" if !is_option => Some("an `Option`"),
        rule if OF_TEXTS.contains(&rule) && (is(&NUMBERS) || name == "bool") => Some("texts"),
        _ => None,
    };
    let names =
        garde(attrs)
            .flat_map(segments)
            .filter_map(|segment| match segment.into_iter().next() {
                Some(TokenTree::Ident(name)) => Some(name),
                _ => None,
            });
    let error = |rule: Ident| {
        let of = wrong(&rule.to_string())?;
        let message = format!(
            "`{rule}` is a rule for {of}, and this is a `{name}`\nhelp: remove it, or write a rule of your own: `#[garde(custom(…))]`"
        );
        Some(syn::Error::new(rule.span(), message))
    };
    names.filter_map(error).collect()
}

/// Rules that garde does not know, which it would report in words of its own.
pub(crate) fn unknown<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> Vec<syn::Error> {
    let is_unknown = |segment: &TokenStream| match segment.clone().into_iter().next() {
        Some(TokenTree::Ident(name)) => {
            let text = name.unraw().to_string();
            let is_known =
                KNOWN.contains(&text.as_str()) || ["rename", "skip"].contains(&text.as_str());
            (!is_known).then_some(name)
        }
        _ => None,
    };
    let names = garde(attrs)
        .flat_map(segments)
        .filter_map(|segment| is_unknown(&segment));
    names
        .map(|name| {
            let near = KNOWN.iter().find(|known| is_near(known, &name.to_string()));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "the rules are {}",
                    KNOWN.map(|rule| format!("`{rule}`")).join(", ")
                ),
            };
            syn::Error::new(
                name.span(),
                format!("garde has no rule `{name}`\nhelp: {help}"),
            )
        })
        .collect()
}

/// Whether two words have the same letters, or all but one.
fn is_near(known: &str, written: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let (mut others, mut missing) = (sorted(written), 0);
    for letter in sorted(known) {
        match others.iter().position(|other| *other == letter) {
            Some(index) => drop(others.swap_remove(index)),
            None => missing += 1,
        }
    }
    missing <= 1 && others.len() <= 1
}

//! Lets derived code see what a macro can't: which type stands behind a name.

use std::any::type_name;
use std::marker::PhantomData;

use crate::Shown;
use crate::known_integer::KnownInteger;
use crate::rule::{Rule, WholeLimits};

/// Asks about a type: `Written::<T>::IS_OPTION`, with [`Plain`] in scope.
#[derive(Debug)]
pub struct Written<T>(PhantomData<T>);

/// The answer for all types that have no answer of their own.
pub trait Plain {
    /// Whether the type is an `Option`.
    const IS_OPTION: bool = false;
    /// Whether the type is a `String`.
    const IS_STRING: bool = false;
    /// Whether the type is a view or a resource.
    const IS_SHOWN: bool = false;
}

impl<T> Plain for Written<T> {}

impl<T> Written<Option<T>> {
    /// Whether the type is an `Option`.
    pub const IS_OPTION: bool = true;
}

impl Written<String> {
    /// Whether the type is a `String`.
    pub const IS_STRING: bool = true;
}

impl<T: Shown> Written<T> {
    /// Whether the type is a view or a resource.
    pub const IS_SHOWN: bool = true;
}

/// Types that are known by their short names, and their full ones.
const KNOWN: [(&str, &str); 4] = [
    ("String", "alloc::string::String"),
    ("Uuid", "uuid::Uuid"),
    (
        "DateTime<Utc>",
        "chrono::datetime::DateTime<chrono::offset::utc::Utc>",
    ),
    ("Bytes", "rowcast_schema::bytes::Bytes"),
];

/// The type without the modules that its parts are from: `Vec<Title>`, whatever name it was written by. A type that only has
/// the name of one that Rowcast knows keeps its modules.
pub fn spelled<T: ?Sized>() -> String {
    let full = type_name::<T>();
    if let Some((short, _)) = KNOWN.iter().find(|(_, known)| *known == full) {
        return (*short).to_owned();
    }
    let short = without_modules(full);
    match KNOWN.iter().any(|(known, _)| *known == short) {
        true => full.to_owned(),
        false => short,
    }
}

fn without_modules(full: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || "_:{}#".contains(character);
    let mut short = String::new();
    let mut rest = full;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            short.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let path = &rest[..end];
            short.push_str(path.rsplit("::").next().unwrap_or(path));
            rest = &rest[end..];
        }
    }
    short
}

/// The limits of an integer that travels as digits: its text alone does not tell them.
pub fn digit_limits<T: ?Sized>() -> Vec<Rule> {
    let Some(integer) = KnownInteger::of::<T>() else {
        return Vec::new();
    };
    let WholeLimits { min, max } = integer.limits;
    let not_zero = integer.lacks_zero.then_some(Rule::NotZero);
    [Rule::Integer { min, max }]
        .into_iter()
        .chain(not_zero)
        .collect()
}

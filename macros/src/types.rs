//! What a type shows as it is written.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, PathArguments, Type};

/// The `T` of a type whose last segment is `wrapper<T>`.
pub(crate) fn inner_of<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The type without its outermost `Option`, and whether it had one.
pub(crate) fn without_option(ty: &Type) -> (&Type, bool) {
    inner_of(ty, "Option").map_or((ty, false), |inner| (inner, true))
}

/// Refuses an `Option` under another name: whether a field may be left out or be null is decided by its type as it is written.
pub(crate) fn check_option(ty: &Type) -> Option<TokenStream> {
    let is_written = without_option(ty).1;
    (!is_written).then(|| refuse(ty, "IS_OPTION", "the type of a field is an `Option` under another name\nhelp: write `Option<…>` in the field itself"))
}

/// Whether the type is written as `String`.
pub(crate) fn is_string(ty: &Type) -> bool {
    let paths = ["String", "std::string::String", "::std::string::String"];
    paths.contains(&text(ty).as_str())
}

/// Refuses a `String` under another name as an id: clients must give one, and may leave out others.
pub(crate) fn check_string(ty: &Type) -> Option<TokenStream> {
    (!is_string(ty)).then(|| {
        let message = "the type of an id is a `String` under another name\nhelp: write `String` in the field itself";
        refuse(ty, "IS_STRING", message)
    })
}

/// Refuses views and resources in the type of a column: what they show would be a copy that nothing keeps up to date.
pub(crate) fn check_column(ty: &Type) -> TokenStream {
    let message = "a view or a resource stands in the type of this field, but the field is no relation: it would keep a copy that never changes\nhelp: add `#[resource(belongs_to = …)]` (`has_many` or `many_to_many` for a list), or give the field a struct that is no view";
    let mut parts = Vec::new();
    collect_parts(ty, &mut parts);
    parts
        .into_iter()
        .map(|part| refuse(part, "IS_SHOWN", message))
        .collect()
}

/// The types that lists, maps and the like are of.
fn collect_parts<'t>(ty: &'t Type, found: &mut Vec<&'t Type>) {
    const CONTAINERS: [&str; 9] = [
        "Arc", "BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "Option", "Vec", "VecDeque",
    ];
    match ty {
        Type::Array(array) => collect_parts(&array.elem, found),
        Type::Paren(inner) => collect_parts(&inner.elem, found),
        Type::Tuple(tuple) => tuple
            .elems
            .iter()
            .for_each(|part| collect_parts(part, found)),
        Type::Path(path) => match path.path.segments.last() {
            Some(last) if CONTAINERS.iter().any(|name| last.ident == name) => {
                if let PathArguments::AngleBracketed(arguments) = &last.arguments {
                    for argument in &arguments.args {
                        if let GenericArgument::Type(inner) = argument {
                            collect_parts(inner, found);
                        }
                    }
                }
            }
            _ => found.push(ty),
        },
        _ => found.push(ty),
    }
}

fn refuse(ty: &Type, question: &str, message: &str) -> TokenStream {
    let question = Ident::new(question, Span::call_site());
    quote_spanned! {ty.span()=>
        #[allow(deprecated)]
        const _: () = {
            #[allow(unused_imports, reason = "such a type has the constant itself")]
            use ::rowcast_schema::__private::Plain as _;
            ::core::assert!(!::rowcast_schema::__private::Written::<#ty>::#question, #message);
        };
    }
}

/// The type as text, without the blanks that tokens are printed with.
pub(crate) fn text(ty: &Type) -> String {
    let printed = ty.to_token_stream().to_string();
    let mut text = String::with_capacity(printed.len());
    let mut characters = printed.chars().peekable();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(character) = characters.next() {
        let separates = character == ' '
            && text.ends_with(is_word)
            && characters
                .peek()
                .is_some_and(|next| is_word(*next) || *next == '\'');
        if character != ' ' || separates {
            text.push(character);
        }
    }
    text
}

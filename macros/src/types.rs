//! What can be told from a type as it is written.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

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
    if without_option(ty).1 {
        return None;
    }
    Some(quote_spanned! {ty.span()=>
        #[allow(deprecated)]
        const _: () = {
            #[allow(unused_imports, reason = "an `Option` has the constant itself")]
            use ::rowcast_schema::__private::Plain as _;
            ::core::assert!(
                !::rowcast_schema::__private::Written::<#ty>::IS_OPTION,
                "the type of a field is an `Option` under another name\nhelp: write `Option<…>` in the field itself",
            );
        };
    })
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

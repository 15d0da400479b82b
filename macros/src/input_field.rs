//! A field that clients can set.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Ident, Token, Type};

use crate::serde_attributes::SerdeField;

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
    pub(crate) fn schema_type(&self) -> Option<String> {
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

pub(crate) use local;

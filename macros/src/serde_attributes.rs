//! What serde's attributes say of names and forms on the wire.

use heck::{ToLowerCamelCase, ToUpperCamelCase};
use proc_macro2::Span;
use quote::quote;
use syn::{Attribute, LitStr, Path, Token};

/// The serde attributes of a field that the macros must know.
#[derive(Default)]
pub(crate) struct SerdeField {
    pub(crate) rename: Option<String>,
    pub(crate) skip: Option<Span>,
    pub(crate) flatten: Option<Span>,
    /// `#[serde(default)]`, or the function of `#[serde(default = "…")]`.
    pub(crate) default: Option<Option<Path>>,
    /// The function that reads the field: of `deserialize_with`, or `deserialize` in the module of `with`.
    pub(crate) read: Option<proc_macro2::TokenStream>,
    /// The type of `with`, which schemars asks for the JSON Schema.
    pub(crate) with: Option<Path>,
    pub(crate) custom: bool,
}

impl SerdeField {
    pub(crate) fn parse(attrs: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            attr.parse_nested_meta(|meta| {
                let span = meta
                    .path
                    .get_ident()
                    .map_or_else(Span::call_site, syn::Ident::span);
                let name = meta
                    .path
                    .get_ident()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let value = if meta.input.peek(Token![=]) {
                    Some(meta.value()?.parse::<LitStr>()?)
                } else {
                    None
                };
                match (name.as_str(), value) {
                    ("rename", Some(value)) => found.rename = Some(value.value()),
                    ("rename", None) => {
                        meta.parse_nested_meta(|inner| {
                            let value: LitStr = inner.value()?.parse()?;
                            if inner.path.is_ident("serialize") || found.rename.is_none() {
                                found.rename = Some(value.value());
                            }
                            Ok(())
                        })?;
                    }
                    ("skip", None) => found.skip = Some(span),
                    ("flatten", None) => found.flatten = Some(span),
                    ("default", None) => found.default = Some(None),
                    ("default", Some(value)) => found.default = Some(Some(value.parse()?)),
                    ("deserialize_with", Some(value)) => {
                        let path: Path = value.parse()?;
                        found.read = Some(quote!(#path));
                        found.custom = true;
                    }
                    ("with", Some(value)) => {
                        let path: Path = value.parse()?;
                        found.read = Some(quote!(#path::deserialize));
                        found.with = Some(path);
                        found.custom = true;
                    }
                    ("serialize_with", Some(_)) => found.custom = true,
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}

/// The `rename_all` of a struct.
pub(crate) fn rename_all(attrs: &[Attribute]) -> syn::Result<Option<String>> {
    let mut found = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        attr.parse_nested_meta(|meta| {
            let is_rule = meta.path.is_ident("rename_all");
            if meta.input.peek(Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                if let (
                    true,
                    syn::Expr::Lit(syn::ExprLit {
                        lit: syn::Lit::Str(text),
                        ..
                    }),
                ) = (is_rule, value)
                {
                    found = Some(text.value());
                }
            } else if meta.input.peek(syn::token::Paren) {
                meta.parse_nested_meta(|inner| {
                    let value: LitStr = inner.value()?.parse()?;
                    if is_rule && (inner.path.is_ident("serialize") || found.is_none()) {
                        found = Some(value.value());
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The name that serde gives a field under a rule. Unknown rules are serde's to report.
pub(crate) fn renamed(field: &str, rule: Option<&str>) -> String {
    match rule {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_uppercase(),
        Some("PascalCase") => field.to_upper_camel_case(),
        Some("camelCase") => field.to_lower_camel_case(),
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

//! What serde's attributes say of names and forms on the wire.
//!
//! serde's own parser tells the names, so that they are serde's in every case. What Rowcast does in serde's place (it reads
//! inputs field by field) follows only some attributes: [`judge`] refuses the others, so that none is ignored in silence.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use serde_derive_internals::{Ctxt, Derive, ast, attr};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Expr, Fields, LitStr, Path, Token};

use crate::serde_support::{Place, Role, judge};

/// The serde attributes of a field that the macros must know.
#[derive(Default)]
pub(crate) struct SerdeField {
    /// The key on the wire, in the direction of the item.
    pub(crate) wire_name: String,
    pub(crate) skip: Option<Span>,
    /// `#[serde(default)]`, or the function of `#[serde(default = "…")]`.
    pub(crate) default: Option<Option<Path>>,
    /// The function that reads the field: of `deserialize_with`, or `deserialize` in the module of `with`.
    pub(crate) read: Option<TokenStream>,
    /// The type of `with`, which schemars asks for the JSON Schema.
    pub(crate) with: Option<Path>,
    pub(crate) custom: bool,
}

/// The named fields of a struct, in the order of declaration.
///
/// # Errors
/// All attributes that items of this role can't have.
pub(crate) fn read_fields(input: &DeriveInput, role: Role) -> syn::Result<Vec<SerdeField>> {
    let mut errors = Vec::new();
    errors.extend(judge_all(&input.attrs, role, Place::Container));
    let mut fields = Vec::new();
    let names = wire_names(input, role);
    if let syn::Data::Struct(data) = &input.data
        && let Fields::Named(named) = &data.fields
    {
        for (field, (name, other)) in named.named.iter().zip(names) {
            errors.extend(judge_all(&field.attrs, role, Place::Field));
            if role == Role::Resource && name != other {
                let message = format!(
                    "a field of a resource has one name, but serde writes this one as `{name}` and reads it as `{other}`\nhelp: give both the same by `#[serde(rename = \"…\")]`"
                );
                errors.push(syn::Error::new(field.ident.span(), message));
            }
            let wire_name = if role == Role::Command { other } else { name };
            match SerdeField::parse(&field.attrs) {
                Ok(parsed) => fields.push(SerdeField {
                    wire_name,
                    ..parsed
                }),
                Err(error) => errors.push(error),
            }
        }
    }
    combined(errors).map(|()| fields)
}

/// Refuses attributes of an item whose fields serde alone writes.
pub(crate) fn check_container(input: &DeriveInput, role: Role) -> syn::Result<()> {
    let of_structs = tag_of_struct(input).map(|span| {
        let message = "`#[serde(tag)]` can't be used on a struct: serde writes the tag, but its JSON Schema lacks it\nhelp: add a field for the tag";
        syn::Error::new(span, message)
    });
    combined(judge_all(&input.attrs, role, Place::Container).chain(of_structs))
}

/// Where a struct has the tag of an enum.
fn tag_of_struct(input: &DeriveInput) -> Option<Span> {
    let is_struct = matches!(input.data, syn::Data::Struct(_));
    let found = mentioned(&input.attrs);
    let tag = found.into_iter().find(|(name, _)| name == "tag")?;
    is_struct.then_some(tag.1)
}

/// All errors as one.
fn combined(errors: impl IntoIterator<Item = syn::Error>) -> syn::Result<()> {
    let all = errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    });
    all.map_or(Ok(()), Err)
}

fn judge_all(attrs: &[Attribute], role: Role, place: Place) -> impl Iterator<Item = syn::Error> {
    let found = mentioned(attrs).into_iter();
    found.filter_map(move |(name, span)| {
        judge(role, place, &name).map(|message| syn::Error::new(span, message))
    })
}

/// How serde writes and reads the name of each field. What is wrong in the attributes, serde's own derive reports.
fn wire_names(input: &DeriveInput, role: Role) -> Vec<(String, String)> {
    let context = Ctxt::new();
    let derive = match role {
        Role::Command => Derive::Deserialize,
        _ => Derive::Serialize,
    };
    let private = format_ident!("__private");
    let container = ast::Container::from_ast(&context, input, derive, &private);
    drop(context.check());
    let Some(ast::Container {
        data: ast::Data::Struct(_, fields),
        ..
    }) = container
    else {
        return Vec::new();
    };
    let names = |field: &attr::Field| {
        let name = field.name();
        (
            name.serialize_name().value.clone(),
            name.deserialize_name().value.clone(),
        )
    };
    fields.iter().map(|field| names(&field.attrs)).collect()
}

/// The attributes by name, with their places.
fn mentioned(attrs: &[Attribute]) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    for attr in serde_attributes(attrs) {
        // What can't be read, serde reports.
        let _ = attr.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string);
            found.push((name.unwrap_or_default(), meta.path.span()));
            skip_value(&meta)
        });
    }
    found
}

fn serde_attributes(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("serde"))
}

fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
}

impl SerdeField {
    fn parse(attrs: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        for attr in serde_attributes(attrs) {
            attr.parse_nested_meta(|meta| found.take(&meta))?;
        }
        Ok(found)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let has_value = meta.input.peek(Token![=]);
        let path = || meta.value()?.parse::<LitStr>()?.parse::<Path>();
        if meta.path.is_ident("skip") {
            self.skip = Some(meta.path.span());
        } else if meta.path.is_ident("default") {
            self.default = Some(has_value.then(path).transpose()?);
        } else if meta.path.is_ident("deserialize_with") {
            let path = path()?;
            self.read = Some(quote!(#path));
            self.custom = true;
        } else if meta.path.is_ident("with") {
            let path = path()?;
            self.read = Some(quote!(#path::deserialize));
            self.with = Some(path);
            self.custom = true;
        } else {
            self.custom |= meta.path.is_ident("serialize_with");
            skip_value(meta)?;
        }
        Ok(())
    }
}

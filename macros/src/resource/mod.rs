//! `derive(Resource)`: what the macro saw, the inputs, and what can be refused by looking at one item.

mod checks;
mod describe;
mod field_types;

use darling::FromDeriveInput;
use darling::util::SpannedValue;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Ident, Type};

use crate::attributes::{FieldItem, PathMeta, ResourceItem};
use crate::docs;
use crate::errors::{compile_errors, refuse_parameters};
use crate::input_field::InputField;
use crate::inputs::Inputs;
use crate::rules::whole_rules;
use crate::serde_attributes::{SerdeField, read_fields};
use crate::serde_support::Role;
use crate::stand_in;
use crate::types::{check_column, check_option, check_string, inner_of, is_string, without_option};
use crate::view::{shown, shown_field};
use checks::{
    check_access, check_field, check_field_access, check_item, check_scope, check_wire_names,
    find_id,
};
use describe::describe;
use field_types::field_types;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let item = match ResourceItem::from_derive_input(input) {
        Ok(item) => item,
        Err(error) => {
            let shape = "a resource is a struct with named fields, one of which is the id";
            return stand_in::resource(input, &compile_errors(error, shape));
        }
    };
    expand_resource(input, &item)
        .unwrap_or_else(|error| stand_in::resource(input, &error.into_compile_error()))
}

/// A field with all that is known of it.
struct Field<'a> {
    item: &'a FieldItem,
    ident: &'a Ident,
    name: String,
    wire_name: String,
    serde: SerdeField,
    relation: Option<(&'static str, &'a SpannedValue<PathMeta>)>,
}

impl Field<'_> {
    /// Whether it is a column that no input fills.
    fn begins_with_default(&self) -> bool {
        let item = self.item;
        let is_stamp = item.created_at.is_present() || item.updated_at.is_present();
        self.relation.is_none() && !item.id.is_present() && !is_stamp && !self.settable()
    }

    fn settable(&self) -> bool {
        let item = self.item;
        !(item.id.is_present()
            || item.hidden.is_present()
            || item.read_only.is_present()
            || item.created_at.is_present()
            || item.updated_at.is_present()
            || item.has_many.is_some())
    }
}

fn expand_resource(input: &DeriveInput, item: &ResourceItem) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let help = "a table has one kind of row; declare a struct for each";
    refuse_parameters(&input.generics, "a resource", help)?;
    let serdes = read_fields(input, Role::Resource)?;
    let fields = fields(item, serdes, &mut errors);
    check_item(item, &mut errors);
    check_scope(item, &fields, &mut errors);
    check_access(item, &fields, &mut errors);
    check_field_access(item, &fields, &mut errors);
    let id = find_id(item, &fields, &mut errors);
    for field in &fields {
        check_field(field, &mut errors);
    }
    check_wire_names(&fields, &mut errors);
    errors.finish()?;
    let Some(id) = id else {
        return Ok(TokenStream::new());
    };
    let inputs = inputs(item, id, &fields);
    let (new, patch, structs) = (inputs.new_ident(), inputs.patch_ident(), inputs.expand());
    let describe = describe(item, &fields);
    let field_types = field_types(item, &fields);
    let (ident, name, id_type) = (&item.ident, item.ident.unraw().to_string(), &id.item.ty);
    let shows: Vec<TokenStream> = fields
        .iter()
        .map(|field| {
            shown_field(
                field.ident,
                &field.item.ty,
                &field.serde.wire_name,
                field.item.hidden.is_present(),
            )
        })
        .collect();
    let shown = shown(ident, &quote!(#name), &docs::text(&item.attrs), &shows);
    let options = fields
        .iter()
        .filter_map(|field| check_option(&field.item.ty));
    let given = id.item.by_client.is_present();
    let columns = fields.iter().filter(|field| field.relation.is_none());
    let columns = columns.map(|field| check_column(&field.item.ty));
    let strings = given.then(|| check_string(&id.item.ty)).flatten();
    let checks = fields
        .iter()
        .filter_map(type_check)
        .chain(options)
        .chain(columns)
        .chain(strings);
    Ok(quote! {
        #structs
        #[automatically_derived]
        #[allow(deprecated, non_snake_case)]
        impl ::rowcast_schema::Resource for #ident {
            type Id = #id_type;
            type New = #new;
            type Patch = #patch;
            const NAME: &'static str = #name;

            fn describe() -> ::rowcast_schema::description::ResourceDescription {
                #describe
            }
        }
        #field_types
        #shown
        #(#checks)*
    })
}

/// Collects errors, so that all of them are shown at once.
#[derive(Default)]
struct Errors(Option<syn::Error>);

impl Errors {
    fn add(&mut self, span: Span, message: &str) {
        let error = syn::Error::new(span, message);
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn finish(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

fn fields<'a>(
    item: &'a ResourceItem,
    serdes: Vec<SerdeField>,
    errors: &mut Errors,
) -> Vec<Field<'a>> {
    let darling::ast::Data::Struct(items) = &item.data else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    for (item, mut serde) in items.fields.iter().zip(serdes) {
        let Some(ident) = &item.ident else { continue };
        if item.number.is_present() && serde.read.is_none() {
            serde.read = Some(match without_option(&item.ty).1 {
                true => quote!(::rowcast_schema::input::optional_safe_integer),
                false => quote!(::rowcast_schema::input::safe_integer),
            });
        }
        let name = ident.unraw().to_string();
        let wire_name = serde.wire_name.clone();
        let relations = [
            ("BelongsTo", &item.belongs_to),
            ("HasMany", &item.has_many),
            ("ManyToMany", &item.many_to_many),
        ];
        let mut found = relations
            .into_iter()
            .filter_map(|(kind, path)| path.as_ref().map(|path| (kind, path)));
        let relation = found.next();
        if let Some((_, second)) = found.next() {
            errors.add(second.span(), "a field can have one relation only\nhelp: keep one, and give the other a field of its own");
        }
        fields.push(Field {
            item,
            ident,
            name,
            wire_name,
            serde,
            relation,
        });
    }
    fields
}

fn rules(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("garde"))
        .collect()
}

fn inputs<'a>(item: &'a ResourceItem, id: &'a Field<'a>, fields: &'a [Field<'a>]) -> Inputs<'a> {
    let input = |field: &'a Field<'a>| InputField {
        ident: field.ident,
        wire_name: field.wire_name.clone(),
        docs: field
            .item
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("doc") || attr.path().is_ident("deprecated"))
            .collect(),
        rules: rules(&field.item.attrs),
        ty: input_type(field),
        serde: &field.serde,
        of_user: false,
        schemars: field
            .item
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("schemars"))
            .collect(),
    };
    Inputs {
        resource: &item.ident,
        vis: &item.vis,
        id: id.ident,
        id_wire_name: &id.wire_name,
        id_type: &id.item.ty,
        given_id: id.item.by_client.is_present().then(|| InputField {
            ty: given_id_type(&id.item.ty),
            ..input(id)
        }),
        fields: fields
            .iter()
            .filter(|field| field.settable())
            .map(input)
            .collect(),
        whole_rules: whole_rules(&item.attrs),
    }
}

/// The server can make any id but a text, so only that is required.
fn given_id_type(ty: &Type) -> Type {
    if is_string(ty) {
        ty.clone()
    } else {
        syn::parse_quote!(::core::option::Option<#ty>)
    }
}

/// What an input has where the row shows another row: a reference.
fn input_type(field: &Field<'_>) -> Type {
    let Some((kind, target)) = &field.relation else {
        return field.item.ty.clone();
    };
    let target = &target.0;
    match (*kind, without_option(&field.item.ty).1) {
        ("BelongsTo", false) => syn::parse_quote!(::rowcast_schema::Ref<#target>),
        ("BelongsTo", true) => {
            syn::parse_quote!(::core::option::Option<::rowcast_schema::Ref<#target>>)
        }
        _ => syn::parse_quote!(::std::vec::Vec<::rowcast_schema::Ref<#target>>),
    }
}

/// The struct that a relation's field shows.
fn shown_type<'a>(field: &'a Field<'_>) -> &'a Type {
    let ty = &field.item.ty;
    inner_of(ty, "Vec").unwrap_or_else(|| without_option(ty).0)
}

/// Makes the compiler point at the type of a hidden or read-only field that has no default. Relations need no such check:
/// what `describe` calls of their types has the user's spans.
fn type_check(field: &Field<'_>) -> Option<TokenStream> {
    let ty = &field.item.ty;
    let begins = match field.item.hidden.is_present() {
        true => quote::format_ident!("_hidden_is_default"),
        false => quote::format_ident!("_read_only_is_default"),
    };
    field.begins_with_default().then(|| {
        quote_spanned! {ty.span()=>
            #[allow(deprecated, non_snake_case)]
            const _: () = {
                fn #begins<T: ::core::default::Default>() {}
                const _: fn() = #begins::<#ty>;
            };
        }
    })
}

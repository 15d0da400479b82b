//! `derive(Resource)`: what the macro saw, the inputs, and what can be refused by looking at one item.

use darling::FromDeriveInput;
use darling::util::SpannedValue;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Ident, Type, Visibility};

use crate::attributes::{FieldItem, PathMeta, ResourceItem};
use crate::docs;
use crate::event::option_string;
use crate::inputs::{InputField, Inputs};
use crate::serde_attributes::{SerdeField, rename_all, renamed};
use crate::types::{inner_of, text, without_option};
use crate::view::{place, shown, shown_field};

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let item = match ResourceItem::from_derive_input(input) {
        Ok(item) => item,
        Err(error) => return error.write_errors(),
    };
    expand_resource(&item).unwrap_or_else(syn::Error::into_compile_error)
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
    fn settable(&self) -> bool {
        let item = self.item;
        !(item.id.is_present()
            || item.hidden.is_present()
            || item.read_only.is_present()
            || item.has_many.is_some())
    }
}

fn expand_resource(item: &ResourceItem) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let rule = rename_all(&item.attrs)?;
    let fields = fields(item, rule.as_deref(), &mut errors);
    check_item(item, &mut errors);
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
    let (ident, name, id_type) = (&item.ident, item.ident.unraw().to_string(), &id.item.ty);
    let shows: Vec<TokenStream> = fields
        .iter()
        .map(|field| {
            shown_field(
                field.ident,
                &field.item.ty,
                &field.serde,
                rule.as_deref(),
                field.item.hidden.is_present(),
            )
        })
        .collect();
    let shown = shown(ident, &quote!(#name), &docs::text(&item.attrs), &shows);
    let checks = fields.iter().filter_map(type_check);
    Ok(quote! {
        #structs
        #[automatically_derived]
        impl ::rowcast_schema::Resource for #ident {
            type Id = #id_type;
            type New = #new;
            type Patch = #patch;
            const NAME: &'static str = #name;

            fn describe() -> ::rowcast_schema::description::ResourceDescription {
                #describe
            }
        }
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

fn fields<'a>(item: &'a ResourceItem, rule: Option<&str>, errors: &mut Errors) -> Vec<Field<'a>> {
    let darling::ast::Data::Struct(items) = &item.data else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    for item in &items.fields {
        let Some(ident) = &item.ident else { continue };
        let serde = SerdeField::parse(&item.attrs).unwrap_or_else(|error| {
            errors.add(error.span(), &error.to_string());
            SerdeField::default()
        });
        let name = ident.unraw().to_string();
        let wire_name = serde.rename.clone().unwrap_or_else(|| renamed(&name, rule));
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

fn check_item(item: &ResourceItem, errors: &mut Errors) {
    if !item.generics.params.is_empty() {
        errors.add(
            item.generics.span(),
            "a resource can't have type or lifetime parameters\nhelp: a table has one kind of row; declare a struct for each",
        );
    }
    if !matches!(item.vis, Visibility::Public(_)) {
        errors.add(
            item.ident.span(),
            "a resource must be `pub`\nhelp: the generated server uses it; write `pub struct`",
        );
    }
    if let Some(plural) = item
        .plural
        .as_ref()
        .filter(|plural| plural.trim().is_empty())
    {
        errors.add(plural.span(), "the plural can't be empty\nhelp: leave it out for the regular one, or write `plural = \"coaches\"`");
    }
    if let Some(events) = item
        .events
        .as_ref()
        .filter(|events| events.chosen().is_empty())
    {
        errors.add(events.span(), "`events` lists no event\nhelp: choose from create, update, delete, get, list; leave it out for all");
    }
}

fn find_id<'a, 'f>(
    item: &ResourceItem,
    fields: &'f [Field<'a>],
    errors: &mut Errors,
) -> Option<&'f Field<'a>> {
    let mut ids = fields.iter().filter(|field| field.item.id.is_present());
    let first = ids.next();
    if first.is_none() {
        errors.add(item.ident.span(), "a resource needs an id\nhelp: mark a field by `#[resource(id)]`, as in `#[resource(id)] pub id: i64`");
    }
    for second in ids {
        errors.add(
            second.item.id.span(),
            "a resource can have one id only\nhelp: use `#[resource(unique)]` for other keys",
        );
        if let Some(first) = first {
            errors.add(first.item.id.span(), "the first id is here");
        }
    }
    first
}

fn check_field(field: &Field<'_>, errors: &mut Errors) {
    let item = field.item;
    if !matches!(item.vis, Visibility::Public(_)) {
        errors.add(
            field.ident.span(),
            "a field of a resource must be `pub`\nhelp: the generated store fills it",
        );
    }
    if let Some(span) = field.serde.flatten {
        errors.add(span, "`flatten` can't be used on a field of a resource\nhelp: a column holds one field; declare the inner fields here, or keep the struct as one field");
    }
    if field.name.starts_with("__rowcast") {
        errors.add(field.ident.span(), "names that begin with `__rowcast` are kept for generated code\nhelp: choose another name");
    }
    check_roles(field, errors);
    check_relation(field, errors);
    check_rules(field, errors);
}

fn check_roles(field: &Field<'_>, errors: &mut Errors) {
    let item = field.item;
    let (_, optional) = without_option(&item.ty);
    if item.id.is_present() {
        if optional {
            errors.add(item.ty.span(), "an id can't be an `Option`\nhelp: write `pub id: i64`; inputs of `create` have no id");
        }
        let others = [
            ("hidden", &item.hidden),
            ("read_only", &item.read_only),
            ("unique", &item.unique),
            ("index", &item.index),
        ];
        for (name, flag) in others.into_iter().filter(|(_, flag)| flag.is_present()) {
            errors.add(flag.span(), &format!("an id can't be `{name}`\nhelp: remove `{name}`; an id is unique, visible and given by the server"));
        }
    }
    match (item.hidden.is_present(), field.serde.skip) {
        (true, None) => errors.add(
            item.hidden.span(),
            "a hidden field must not be serialized\nhelp: add `#[serde(skip)]` to it, so that no code can send it",
        ),
        (false, Some(span)) => errors.add(
            span,
            "a skipped field would be lost: it is no column\nhelp: add `#[resource(hidden)]` to keep it in the database, or remove the field",
        ),
        _ => {}
    }
}

fn check_relation(field: &Field<'_>, errors: &mut Errors) {
    let item = field.item;
    let is_list = inner_of(&item.ty, "Vec").is_some();
    match &field.relation {
        Some(("BelongsTo", path)) if is_list => errors.add(
            path.span(),
            "`belongs_to` leads to one row, but the field is a list\nhelp: use `many_to_many`, or `has_many` for rows that belong to this one",
        ),
        Some((kind @ ("HasMany" | "ManyToMany"), path)) if !is_list => {
            let name = if *kind == "HasMany" { "has_many" } else { "many_to_many" };
            errors.add(path.span(), &format!("`{name}` leads to many rows, but the field is no list\nhelp: make it a `Vec` of a view or of the resource"));
        }
        _ => {}
    }
    if field.relation.is_some() {
        for (name, flag) in [
            ("unique", &item.unique),
            ("index", &item.index),
            ("hidden", &item.hidden),
            ("number", &item.number),
            ("read_only", &item.read_only),
            ("id", &item.id),
        ] {
            if flag.is_present() {
                errors.add(
                    flag.span(),
                    &format!("a relation can't be `{name}`\nhelp: remove `{name}`"),
                );
            }
        }
    }
    if let Some(through) = item
        .through
        .as_ref()
        .filter(|_| item.many_to_many.is_none())
    {
        errors.add(through.span(), "`through` names the join table of a `many_to_many`\nhelp: remove it, or add `many_to_many = …`");
    }
    if let Some(via) = item.via.as_ref().filter(|_| item.has_many.is_none()) {
        errors.add(via.span(), "`via` names the field that leads back from a `has_many`\nhelp: remove it, or add `has_many = …`");
    }
}

fn check_rules(field: &Field<'_>, errors: &mut Errors) {
    let is_single = field
        .relation
        .as_ref()
        .is_some_and(|(kind, _)| *kind == "BelongsTo");
    if !field.settable() || is_single {
        for rule in rules(&field.item.attrs) {
            errors.add(rule.span(), "a rule on a field that no client can set\nhelp: remove it; only fields of inputs are checked");
        }
    }
}

fn check_wire_names(fields: &[Field<'_>], errors: &mut Errors) {
    for (index, field) in fields.iter().enumerate() {
        let same = |other: &&Field<'_>| {
            other.wire_name == field.wire_name && !other.item.hidden.is_present()
        };
        if !field.item.hidden.is_present() && fields[..index].iter().any(|other| same(&other)) {
            errors.add(
                field.ident.span(),
                &format!("two fields are `{}` on the wire\nhelp: rename one by `#[serde(rename = \"…\")]`", field.wire_name),
            );
        }
    }
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
            .filter(|attr| attr.path().is_ident("doc"))
            .collect(),
        rules: rules(&field.item.attrs),
        ty: input_type(field),
        serde: &field.serde,
    };
    Inputs {
        resource: &item.ident,
        vis: &item.vis,
        id: id.ident,
        id_wire_name: &id.wire_name,
        id_type: &id.item.ty,
        fields: fields
            .iter()
            .filter(|field| field.settable())
            .map(input)
            .collect(),
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

/// Makes the compiler point at the type of a hidden field that has no default. Relations need no such check: what
/// `describe` calls of their types has the user's spans.
fn type_check(field: &Field<'_>) -> Option<TokenStream> {
    let ty = &field.item.ty;
    field.item.hidden.is_present().then(|| {
        quote_spanned! {ty.span()=>
            const _: () = {
                fn _hidden_is_default<T: ::core::default::Default>() {}
                const _: fn() = _hidden_is_default::<#ty>;
            };
        }
    })
}

fn describe(item: &ResourceItem, fields: &[Field<'_>]) -> TokenStream {
    let (name, doc, place) = (
        item.ident.unraw().to_string(),
        docs::text(&item.attrs),
        place(),
    );
    let plural = option_string(item.plural.as_ref().map(|plural| plural.as_str()));
    let lenient = item.lenient.is_present();
    let verbs = match &item.events {
        None => quote!(::core::option::Option::None),
        Some(events) => {
            let verbs = events.chosen().into_iter().map(|(verb, event)| {
                let (verb, event) = (
                    Ident::new(verb, Span::call_site()),
                    option_string(event.as_deref()),
                );
                quote!(::rowcast_schema::description::VerbDescription {
                    verb: ::rowcast_schema::description::Verb::#verb,
                    event: #event,
                })
            });
            quote!(::core::option::Option::Some(::std::vec![#(#verbs),*]))
        }
    };
    let fields = fields.iter().map(describe_field);
    let null = quote!(::rowcast_schema::__private::serde_json::Value::Null);
    quote! {
        ::rowcast_schema::description::ResourceDescription {
            name: ::std::string::String::from(#name),
            plural: #plural,
            doc: ::std::string::String::from(#doc),
            declared_at: #place,
            lenient: #lenient,
            verbs: #verbs,
            fields: ::std::vec![#(#fields),*],
            row: #null,
            new: #null,
            patch: #null,
        }
    }
}

fn describe_field(field: &Field<'_>) -> TokenStream {
    let (item, name, wire_name) = (field.item, &field.name, &field.wire_name);
    let (inner, optional) = without_option(&item.ty);
    let (rust_type, doc) = (text(inner), docs::text(&item.attrs));
    let flags = [
        &item.id,
        &item.unique,
        &item.index,
        &item.hidden,
        &item.read_only,
        &item.number,
    ];
    let [id, unique, index, hidden, read_only, number] = flags.map(|flag| flag.is_present());
    let custom_wire = field.serde.custom;
    let relation = match &field.relation {
        None => quote!(::core::option::Option::None),
        Some((kind, target)) => {
            let (kind, target, shows) = (
                Ident::new(kind, Span::call_site()),
                &target.0,
                shown_type(field),
            );
            let via = option_string(item.via.as_ref().map(|via| via.as_str()));
            let through = option_string(item.through.as_ref().map(|through| through.as_str()));
            quote! {
                ::core::option::Option::Some(::rowcast_schema::description::RelationDescription {
                    kind: ::rowcast_schema::description::RelationKind::#kind,
                    target: ::std::string::String::from(<#target as ::rowcast_schema::Resource>::NAME),
                    shows: <#shows as ::rowcast_schema::Shown>::shown(),
                    via: #via,
                    through: #through,
                })
            }
        }
    };
    quote! {
        ::rowcast_schema::description::FieldDescription {
            name: ::std::string::String::from(#name),
            wire_name: ::std::string::String::from(#wire_name),
            doc: ::std::string::String::from(#doc),
            rust_type: ::std::string::String::from(#rust_type),
            optional: #optional,
            id: #id,
            unique: #unique,
            index: #index,
            hidden: #hidden,
            read_only: #read_only,
            number: #number,
            custom_wire: #custom_wire,
            relation: #relation,
        }
    }
}

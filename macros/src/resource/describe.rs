//! The code of `describe()`: what the macro saw, as data.

use darling::util::PathList;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;

use super::{Field, shown_type};
use crate::attributes::ResourceItem;
use crate::docs;
use crate::event::option_string;
use crate::rules::{describe_rules, digit_limits};
use crate::types::without_option;
use crate::view::place;

pub(super) fn describe(item: &ResourceItem, fields: &[Field<'_>]) -> TokenStream {
    let (name, doc, place) = (
        item.ident.unraw().to_string(),
        docs::text(&item.attrs),
        place(),
    );
    let deprecated = docs::deprecated(&item.attrs);
    let plural = option_string(item.plural.as_ref().map(|plural| plural.as_str()));
    let refresh_on_request = item
        .refresh
        .as_ref()
        .is_some_and(|refresh| refresh.as_str() == "on_request");
    let access = item.access.describe();
    let scope = option_string(item.scope.as_ref().map(|scope| scope.0.as_str()));
    let list = option_string(item.list.as_ref().map(|list| list.as_str()));
    let lenient = item.lenient.is_present();
    let verbs = match &item.events {
        None => quote!(::core::option::Option::None),
        Some(events) => {
            let verbs = events.chosen().into_iter().map(|(verb, event)| {
                let (verb, name) = (
                    Ident::new(verb, Span::call_site()),
                    option_string(event.name.as_ref().map(|name| name.0.as_str())),
                );
                let aliases = event.aliases.iter().map(|alias| &alias.0);
                quote!(::rowcast_schema::description::VerbDescription {
                    verb: ::rowcast_schema::description::Verb::#verb,
                    event: #name,
                    aliases: ::std::vec![#(::std::string::String::from(#aliases)),*],
                })
            });
            quote!(::core::option::Option::Some(::std::vec![#(#verbs),*]))
        }
    };
    let fields = fields.iter().map(|field| describe_field(field, fields));
    let unique = item.unique.iter().map(|names| describe_key(names, true));
    let index = item.index.iter().map(|names| describe_key(names, false));
    let keys = unique.chain(index);
    let null = quote!(::rowcast_schema::__private::serde_json::Value::Null);
    quote! {
        ::rowcast_schema::description::ResourceDescription {
            name: ::std::string::String::from(#name),
            plural: #plural,
            list: #list,
            refresh_on_request: #refresh_on_request,
            scope: #scope,
            access: #access,
            doc: ::std::string::String::from(#doc),
            deprecated: #deprecated,
            declared_at: #place,
            lenient: #lenient,
            verbs: #verbs,
            fields: ::std::vec![#(#fields),*],
            keys: ::std::vec![#(#keys),*],
            row: #null,
            new: #null,
            patch: #null,
        }
    }
}

fn describe_key(names: &PathList, unique: bool) -> TokenStream {
    let names = names.iter().map(|path| {
        path.get_ident().map_or_else(
            || quote!(#path).to_string().replace(' ', ""),
            |ident| ident.unraw().to_string(),
        )
    });
    quote! {
        ::rowcast_schema::description::KeyDescription {
            unique: #unique,
            fields: ::std::vec![#(::std::string::String::from(#names)),*],
        }
    }
}

fn describe_field(field: &Field<'_>, fields: &[Field<'_>]) -> TokenStream {
    let (item, name, wire_name) = (field.item, &field.name, &field.wire_name);
    let (inner, optional) = without_option(&item.ty);
    let doc = docs::text(&item.attrs);
    // The line of the field, not of the derive.
    let line = quote_spanned!(field.ident.span()=> ::core::line!());
    let deprecated = docs::deprecated(&item.attrs);
    let flags = [
        &item.id,
        &item.by_client,
        &item.unique,
        &item.index,
        &item.hidden,
        &item.read_only,
        &item.number,
    ];
    let [id, by_client, unique, index, hidden, read_only, number] =
        flags.map(|flag| flag.is_present());
    let stamp = match (item.created_at.is_present(), item.updated_at.is_present()) {
        (false, false) => quote!(::core::option::Option::None),
        (_, true) => quote!(::core::option::Option::Some(
            ::rowcast_schema::description::Stamp::Updated
        )),
        (true, false) => quote!(::core::option::Option::Some(
            ::rowcast_schema::description::Stamp::Created
        )),
    };
    let custom_wire = field.serde.custom;
    let access = item.access.describe(field.settable());
    let wire_name_of = |name: &str| {
        let other = fields.iter().find(|field| field.name == name);
        other.map_or_else(|| name.to_owned(), |field| field.wire_name.clone())
    };
    let rules = describe_rules(
        &item.attrs,
        digit_limits(&item.ty, &field.serde),
        &wire_name_of,
    );
    let relation = describe_relation(field);
    quote! {
        ::rowcast_schema::description::FieldDescription {
            name: ::std::string::String::from(#name),
            wire_name: ::std::string::String::from(#wire_name),
            line: #line,
            doc: ::std::string::String::from(#doc),
            deprecated: #deprecated,
            rust_type: ::rowcast_schema::__private::spelled::<#inner>(),
            optional: #optional,
            id: #id,
            by_client: #by_client,
            unique: #unique,
            index: #index,
            hidden: #hidden,
            read_only: #read_only,
            number: #number,
            stamp: #stamp,
            access: #access,
            custom_wire: #custom_wire,
            rules: #rules,
            relation: #relation,
        }
    }
}

fn describe_relation(field: &Field<'_>) -> TokenStream {
    let Some((kind, target)) = &field.relation else {
        return quote!(::core::option::Option::None);
    };
    let item = field.item;
    let (kind, target) = (Ident::new(kind, Span::call_site()), &target.0);
    let shows = shown_type(field);
    let via = option_string(item.via.as_ref().map(|via| via.as_str()));
    let on_delete = match item.on_delete.as_ref().map(|rule| rule.as_str()) {
        Some("cascade") => quote!(Cascade),
        Some("set_null") => quote!(SetNull),
        Some("remove") => quote!(Remove),
        _ => quote!(Restrict),
    };
    let shown = item.shown.is_present();
    let through = option_string(item.through.as_ref().map(|through| through.as_str()));
    quote! {
        ::core::option::Option::Some(::rowcast_schema::description::RelationDescription {
            kind: ::rowcast_schema::description::RelationKind::#kind,
            target: ::std::string::String::from(<#target as ::rowcast_schema::Resource>::NAME),
            shows: <#shows as ::rowcast_schema::Shown>::shown(),
            shown: #shown,
            via: #via,
            through: #through,
            on_delete: ::rowcast_schema::description::OnDelete::#on_delete,
        })
    }
}

//! The types of columns, by which emitted code declares what looks rows up or sets a column.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::Field;
use crate::attributes::ResourceItem;
use crate::types::without_option;

/// An `impl FieldOf<…>` for each column that emitted functions take alone. The others need none, so their types may stay private.
pub(super) fn field_types(item: &ResourceItem, fields: &[Field<'_>]) -> TokenStream {
    let resource = &item.ident;
    let taken = fields.iter().enumerate().filter(|(_, field)| {
        let is_column = field.relation.is_none() && !field.item.id.is_present();
        is_column && (!field.settable() || is_looked_up(item, field))
    });
    let impls = taken.map(|(index, field)| {
        let (ty, _) = without_option(&field.item.ty);
        quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::rowcast_schema::FieldOf<#index> for #resource {
                type Type = #ty;
            }
        }
    });
    impls.collect()
}

fn is_looked_up(item: &ResourceItem, field: &Field<'_>) -> bool {
    let is_own = |path: &syn::Path| {
        path.get_ident()
            .is_some_and(|ident| ident.unraw() == field.name)
    };
    let mut keys = item.unique.iter().chain(&item.index);
    field.item.unique.is_present()
        || field.item.index.is_present()
        || keys.any(|key| key.iter().any(is_own))
}

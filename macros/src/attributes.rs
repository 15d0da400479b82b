//! `#[resource(…)]` on structs and fields: parsed by darling, which lists the allowed keys for an unknown one.

use darling::FromMeta;
use darling::util::{Flag, PathList, SpannedValue};
use darling::{FromDeriveInput, FromField};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Ident, Path, Type, Visibility};

use crate::access::{AccessItem, FieldAccessItem};
use crate::written::type_of;

#[derive(FromDeriveInput)]
#[darling(
    attributes(resource),
    forward_attrs(serde, garde, doc, deprecated),
    supports(struct_named)
)]
pub(crate) struct ResourceItem {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) data: darling::ast::Data<darling::util::Ignored, FieldItem>,
    #[darling(default)]
    pub(crate) plural: Option<SpannedValue<String>>,
    #[darling(default)]
    pub(crate) lenient: Flag,
    #[darling(default)]
    pub(crate) list: Option<SpannedValue<String>>,
    #[darling(default)]
    pub(crate) refresh: Option<SpannedValue<String>>,
    #[darling(default)]
    pub(crate) scope: Option<SpannedValue<FieldMeta>>,
    #[darling(default)]
    pub(crate) access: AccessItem,
    #[darling(default)]
    pub(crate) events: Option<SpannedValue<Verbs>>,
    #[darling(default, multiple)]
    pub(crate) unique: Vec<PathList>,
    #[darling(default, multiple)]
    pub(crate) index: Vec<PathList>,
}

#[derive(FromField)]
#[darling(
    attributes(resource),
    forward_attrs(serde, garde, doc, deprecated, schemars)
)]
pub(crate) struct FieldItem {
    pub(crate) ident: Option<Ident>,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) id: Flag,
    pub(crate) by_client: Flag,
    pub(crate) unique: Flag,
    pub(crate) index: Flag,
    pub(crate) hidden: Flag,
    pub(crate) read_only: Flag,
    pub(crate) number: Flag,
    pub(crate) created_at: Flag,
    pub(crate) updated_at: Flag,
    #[darling(default)]
    pub(crate) access: FieldAccessItem,
    #[darling(default)]
    pub(crate) belongs_to: Option<SpannedValue<PathMeta>>,
    #[darling(default)]
    pub(crate) many_to_many: Option<SpannedValue<PathMeta>>,
    #[darling(default)]
    pub(crate) has_many: Option<SpannedValue<PathMeta>>,
    #[darling(default)]
    pub(crate) through: Option<SpannedValue<String>>,
    #[darling(default)]
    pub(crate) via: Option<SpannedValue<String>>,
    #[darling(default)]
    pub(crate) on_delete: Option<SpannedValue<String>>,
    pub(crate) shown: Flag,
}

/// A type, written as it is: `belongs_to = Coach`.
pub(crate) struct PathMeta(pub(crate) Path);

impl FromMeta for PathMeta {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        match (type_of(expr), expr) {
            (Some(Type::Path(path)), _) => Ok(Self(path.path.clone())),
            (_, other) => Err(darling::Error::custom(
                "expected a resource, as in `belongs_to = Coach`",
            )
            .with_span(other)),
        }
    }
}

/// A field, written as it is: `scope = gym`.
pub(crate) struct FieldMeta(pub(crate) String);

impl FromMeta for FieldMeta {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        let ident = match expr {
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        };
        ident
            .map(|ident| Self(ident.unraw().to_string()))
            .ok_or_else(|| {
                darling::Error::custom("expected a field, as in `scope = gym`").with_span(expr)
            })
    }
}

/// `events(create, update = "change_coach", …)`.
#[derive(FromMeta)]
pub(crate) struct Verbs {
    #[darling(default)]
    create: Option<EventName>,
    #[darling(default)]
    update: Option<EventName>,
    #[darling(default)]
    delete: Option<EventName>,
    #[darling(default)]
    get: Option<EventName>,
    #[darling(default)]
    list: Option<EventName>,
}

impl Verbs {
    /// The verbs that are listed, by the names of `Verb`'s variants, with their event names.
    pub(crate) fn chosen(&self) -> Vec<(&'static str, &EventName)> {
        let all = [
            ("Create", &self.create),
            ("Update", &self.update),
            ("Delete", &self.delete),
            ("Get", &self.get),
            ("List", &self.list),
        ];
        all.into_iter()
            .filter_map(|(verb, name)| name.as_ref().map(|name| (verb, name)))
            .collect()
    }
}

/// `create`, `create = "add_coach"`, or `create(name = "add_coach", alias = "new_coach")`.
#[derive(Default, FromMeta)]
#[darling(from_word = || Ok(EventName::default()), from_expr = event_name)]
pub(crate) struct EventName {
    #[darling(default)]
    pub(crate) name: Option<WireName>,
    #[darling(default, multiple, rename = "alias")]
    pub(crate) aliases: Vec<WireName>,
}

fn event_name(expr: &Expr) -> darling::Result<EventName> {
    let name = Some(WireName::from_expr(expr)?);
    let aliases = Vec::new();
    Ok(EventName { name, aliases })
}

/// The name of an event, which can't be blank.
pub(crate) struct WireName(pub(crate) String);

impl FromMeta for WireName {
    fn from_string(value: &str) -> darling::Result<Self> {
        if value.trim().is_empty() {
            return Err(darling::Error::custom("an event's name can't be empty"));
        }
        Ok(Self(value.to_owned()))
    }
}

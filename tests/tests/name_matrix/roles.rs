//! The places of a schema where a name can stand, each as a small schema of its own.

use std::sync::LazyLock;

use serde_json::Value;

use super::list::Kind::{self, Globals, Keywords, Members, Texts, Variants};
use super::prototypes;

/// A place where a name can stand.
pub struct Role {
    /// What it is the name of.
    pub name: &'static str,
    /// The schema with a placeholder for the name.
    pub source: &'static str,
    /// The same schema as data.
    pub schema: LazyLock<Value>,
    /// The names that it shares names with: no two of a space are in one schema if they are spelled almost alike.
    pub space: &'static str,
    /// The names that it is tried with.
    pub kinds: &'static [Kind],
}

impl Role {
    /// Whether one copy of the schema has all names.
    pub fn is_shared(&self) -> bool {
        self.source.contains("// {")
    }
}

macro_rules! roles {
    ($($module:ident $space:ident [$($kind:ident),*],)*) => {
        /// All places.
        pub static ROLES: [Role; 17] = [
            $(Role {
                name: stringify!($module),
                source: include_str!(concat!("prototypes/", stringify!($module), ".rs")),
                schema: LazyLock::new(|| serde_json::to_value(prototypes::$module::schema()).unwrap()),
                space: stringify!($space),
                kinds: &[$($kind),*],
            },)*
        ];
    };
}

roles! {
    application apps [Texts],
    call_name items [Texts, Variants],
    command items [Keywords, Globals, Members, Variants],
    command_field inputs [Keywords, Members, Variants],
    event items [Globals, Keywords, Variants],
    event_name items [Keywords, Variants, Texts],
    field fields [Keywords, Members, Variants],
    list lists [Members, Variants],
    plural items [Keywords, Members, Variants],
    relation relations [Keywords, Members, Variants],
    renamed_type items [Keywords, Variants, Texts],
    resource items [Globals, Variants],
    through tables [Members, Variants, Texts],
    types items [Globals, Variants],
    variant variants [Keywords, Globals, Variants],
    view items [Globals, Variants],
    wire_name keys [Keywords, Variants, Texts],
}

/// The schema that every other is put beside.
pub const BASE: &str = include_str!("prototypes/base.rs");

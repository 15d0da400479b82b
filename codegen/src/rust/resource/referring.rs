//! Names of what refers to the rows of a resource.

use rowcast_schema::contract::{Field, Resource};

use crate::rust::names::{constant, ident};

/// The module of a resource.
pub(super) fn module_of(resource: &Resource) -> String {
    ident(&resource.plural)
}

/// The statement that finds the rows of `other` that show a row by this field.
pub(super) fn dependent_constant(other: &Resource, field: &Field) -> String {
    format!("{}_WITH_{}", constant(&other.plural), constant(&field.name))
}

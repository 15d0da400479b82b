//! What is looked at before a hook runs, so that no hook is asked about rows that the caller may not see.

use rowcast_schema::contract::{Contract, Resource};
use rowcast_schema::description::{Allowed, Verb};

use super::accessors::references;
use crate::rust::view::ChecksView;

pub(super) fn view(contract: &Contract, resource: &Resource) -> ChecksView {
    let is_scoped = resource.scope.is_some();
    ChecksView {
        new: is_scoped || !references(contract, resource, "new", false).is_empty(),
        patch: is_scoped || !references(contract, resource, "patch", true).is_empty(),
        exists: exists(resource),
    }
}

/// Whether a call asks if there is a row, where neither the check of its scope nor that of its owner has found out.
pub(super) fn exists(resource: &Resource) -> bool {
    let asks = |verb: Verb| {
        resource.call(verb).is_some()
            && !matches!(resource.access.of(verb), Some(Allowed::Owner(_)))
    };
    resource.scope.is_none() && [Verb::Update, Verb::Delete].into_iter().any(asks)
}

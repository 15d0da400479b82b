//! Who may do what, as the emitted calls say it.

use rowcast_schema::contract::{Contract, Field, FieldKind, FieldRule, IdKind, Resource};
use rowcast_schema::description::{Allowed, Verb};

use crate::rust::ids;
use crate::rust::names::{ident, string_literal};
use crate::rust::view::OwnerView;

/// The `Access::…` of a rule of a resource.
pub(super) fn rule(contract: &Contract, resource: &Resource, allowed: &Allowed) -> String {
    match allowed {
        Allowed::Owner(field) => {
            let of = owner(contract, resource, field).map(|owner| owner.kind);
            format!("Access::Owner({})", of.unwrap_or_default())
        }
        other => plain_rule(other),
    }
}

/// The `Access::…` of a rule that is about no row.
pub(in crate::rust) fn plain_rule(allowed: &Allowed) -> String {
    match allowed {
        Allowed::Anyone => "Access::Anyone".to_owned(),
        Allowed::SignedIn => "Access::SignedIn".to_owned(),
        Allowed::Role(role) => format!("Access::Role({})", string_literal(role)),
        Allowed::Owner(_) | Allowed::Nobody => "Access::Nobody".to_owned(),
    }
}

/// The owner that a call asks for.
pub(super) fn owner_of_call(
    contract: &Contract,
    resource: &Resource,
    verb: Verb,
) -> Option<OwnerView> {
    match resource.access.of(verb)? {
        Allowed::Owner(field) => owner(contract, resource, field),
        _ => None,
    }
}

/// All owners that calls of a resource ask for, each once.
pub(super) fn owners(contract: &Contract, resource: &Resource) -> Vec<OwnerView> {
    let mut owners: Vec<OwnerView> = Vec::new();
    for call in &resource.calls {
        let owner = owner_of_call(contract, resource, call.verb);
        owners.extend(
            owner.filter(|owner| owners.iter().all(|other| other.function != owner.function)),
        );
    }
    owners
}

/// The `FieldRule::new(…)` of fields that only some see, or may set.
pub(in crate::rust) fn field_rules(rules: &[FieldRule]) -> Vec<String> {
    let one = |rule: &FieldRule| {
        let path: Vec<String> = rule.path.iter().map(|key| string_literal(key)).collect();
        format!(
            "FieldRule::new({}, &[{}])",
            plain_rule(&rule.access),
            path.join(", ")
        )
    };
    rules.iter().map(one).collect()
}

fn owner(contract: &Contract, resource: &Resource, name: &str) -> Option<OwnerView> {
    let field: &Field = resource.fields.iter().find(|field| field.name == name)?;
    let place = ident(&field.name);
    let (of, id, of_new, of_patch) = match &field.kind {
        FieldKind::BelongsTo { relation, .. } => {
            let of = &contract.resources()[relation.target];
            let id = match field.optional {
                true => format!(
                    "row.{place}.as_ref().map(|row| {})",
                    ids::row_id(of, "row.id")
                ),
                false => format!("Some({})", ids::row_id(of, &format!("row.{place}.id"))),
            };
            let referred = format!(".map(|row| {})", ids::row_id(of, "row.id"));
            let (of_new, of_patch) = match field.optional {
                true => (
                    format!("new.{place}.as_ref(){referred}"),
                    format!("patch.{place}.as_ref().and_then(Option::as_ref){referred}"),
                ),
                false => (
                    format!("Some({})", ids::row_id(of, &format!("new.{place}.id"))),
                    format!("patch.{place}.as_ref(){referred}"),
                ),
            };
            let given = |id: String| field.settable.then_some(id);
            (of, id, given(of_new), given(of_patch))
        }
        _ => {
            let of_new = match resource.id_kind {
                IdKind::GivenText => Some(format!("Some({})", ids::row_id(resource, "new.id"))),
                IdKind::GivenUuid => Some("new.id.map(RowId::from)".to_owned()),
                IdKind::Counted | IdKind::Uuid => None,
            };
            let id = format!("Some({})", ids::row_id(resource, "row.id"));
            (resource, id, of_new, None)
        }
    };
    Some(OwnerView {
        kind: string_literal(&of.name),
        function: format!("owner_by_{}", field.name),
        id,
        of_new,
        of_patch,
        field: field.name.clone(),
    })
}

//! How the emitted Rust takes, makes and binds ids.

use rowcast_schema::contract::{Contract, IdKind, Relation, Resource};

use super::view::IdView;

pub(super) fn view(resource: &Resource) -> IdView {
    let kind = resource.id_kind;
    let (owned, argument, key, pass) = match kind {
        IdKind::Counted => ("i64", "i64", "id", "id"),
        IdKind::Uuid | IdKind::GivenUuid => (UUID, UUID, "store::Text(id)", "id"),
        IdKind::GivenText => ("String", "&str", "id", "&id"),
    };
    IdView {
        owned,
        argument,
        key,
        pass,
        generic: match kind {
            IdKind::Counted => String::new(),
            _ => format!(", {owned}"),
        },
        of_row: match kind {
            IdKind::GivenText => "row.id.clone()",
            _ => "row.id",
        },
        of_patch: borrowed(kind, "patch.id"),
        group: match kind {
            IdKind::Uuid | IdKind::GivenUuid => "&store::Text(row.id)",
            IdKind::Counted | IdKind::GivenText => "&row.id",
        },
        after: match kind {
            IdKind::Counted => "query.after",
            IdKind::Uuid | IdKind::GivenUuid => "query.after.map(store::Text)",
            IdKind::GivenText => "query.after.as_deref()",
        },
        made: match kind {
            IdKind::Counted => None,
            IdKind::Uuid => Some("rowcast_runtime::Uuid::now_v7()"),
            IdKind::GivenUuid => Some("new.id.unwrap_or_else(rowcast_runtime::Uuid::now_v7)"),
            IdKind::GivenText => Some("new.id.as_str()"),
        },
        maker: match kind {
            IdKind::Counted => "the database gives the id",
            IdKind::Uuid => "the id is made here",
            IdKind::GivenUuid => "the id is made here if none is given",
            IdKind::GivenText => "the id is given",
        },
    }
}

const UUID: &str = "rowcast_runtime::Uuid";

/// Whether a `NewX` has the id.
pub(super) fn is_given(resource: &Resource) -> bool {
    matches!(resource.id_kind, IdKind::GivenUuid | IdKind::GivenText)
}

/// The parameter made of the id of a row that a relation leads to; `place` is the id.
pub(super) fn reference(contract: &Contract, relation: &Relation, place: &str) -> String {
    match contract.resources()[relation.target].id_kind {
        IdKind::Uuid | IdKind::GivenUuid => format!("store::Text({place})"),
        kind => borrowed(kind, place),
    }
}

/// How a function that takes such an id declares it, and the parameter that it makes of it.
pub(super) fn argument(contract: &Contract, relation: &Relation, name: &str) -> (String, String) {
    let target = &contract.resources()[relation.target];
    let value = match target.id_kind {
        IdKind::Uuid | IdKind::GivenUuid => format!("store::Text({name})"),
        IdKind::Counted | IdKind::GivenText => name.to_owned(),
    };
    (view(target).argument.to_owned(), value)
}

/// The `RowId` of an id of a row of this resource.
pub(super) fn row_id(resource: &Resource, place: &str) -> String {
    format!("RowId::from({})", borrowed(resource.id_kind, place))
}

/// An id that is not moved out of its place.
fn borrowed(kind: IdKind, place: &str) -> String {
    match kind {
        IdKind::GivenText => format!("{place}.as_str()"),
        IdKind::Counted | IdKind::Uuid | IdKind::GivenUuid => place.to_owned(),
    }
}

/// An id read from its column.
pub(super) fn read(resource: &Resource, place: &str) -> String {
    match resource.id_kind {
        IdKind::Uuid | IdKind::GivenUuid => format!("row.get::<store::Text<_>>({place})?.0"),
        IdKind::Counted | IdKind::GivenText => format!("row.get({place})?"),
    }
}

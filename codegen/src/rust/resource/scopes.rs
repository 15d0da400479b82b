//! What confines the rows of a resource to those that a caller may see.

use rowcast_schema::contract::{Contract, Field, FieldKind, Resource};

use super::referrers::fields_leading_to;
use crate::english::words;
use crate::rust::names::{constant, ident, string_literal};
use crate::rust::view::{MoveView, ScopeView, Statement};
use crate::rust::{ids, sql};

pub(super) fn view(contract: &Contract, resource: &Resource) -> Option<ScopeView> {
    let scope = resource.scope?;
    let of = &contract.resources()[scope.of];
    let field = resource.scope_field()?;
    let name = ident(&field.name);
    let row_id = |place: &str| ids::row_id(of, place);
    let is_own = field.kind == FieldKind::Id;
    Some(ScopeView {
        kind: string_literal(&of.name),
        words: words(&of.singular),
        is_own,
        of_row: match is_own {
            true => row_id("row.id"),
            false => row_id(&format!("row.{name}.id")),
        },
        of_new: row_id(&format!("new.{name}.id")),
        patched: format!("patch.{name}.as_ref()"),
        of_reference: row_id("row.id"),
        path: string_literal(&format!("{}.id", field.wire_name)),
        what: string_literal(&words(&of.singular)),
        moves: moves(contract, resource)
            .into_iter()
            .map(|moved| moved.view)
            .collect(),
    })
}

/// What keeps a row from moving to another scope.
struct Move {
    view: MoveView,
    sql: sql::Sql,
}

fn moves(contract: &Contract, resource: &Resource) -> Vec<Move> {
    let Some(field) = resource
        .scope_field()
        .filter(|field| field.kind != FieldKind::Id)
    else {
        return Vec::new();
    };
    let scope_path = format!("{}.id", field.wire_name);
    let what = words(&field.name);
    let others_own = resource.fields.iter().filter(|own| own.name != field.name);
    let own = others_own.filter_map(|own| {
        let target = &contract.resources()[own.kind.relation()?.target];
        target.scope?;
        let condition = format!("patch.{}.is_none()", ident(&own.name));
        Some(Move {
            sql: sql::strays(resource, &own.kind, target)?,
            view: MoveView {
                constant: format!("STRAYS_BY_{}", constant(&own.name)),
                condition: Some(condition),
                path: string_literal(&path_of(own)),
                message: string_literal(&format!("is of another {what}")),
            },
        })
    });
    let others = fields_leading_to(contract, resource).into_iter();
    let others = others.filter_map(|(other, theirs)| {
        let rows = words(&other.plural);
        Some(Move {
            sql: sql::left_behind(other, &theirs.kind, resource)?,
            view: MoveView {
                constant: format!(
                    "LEFT_BY_{}_{}",
                    constant(&other.plural),
                    constant(&theirs.name)
                ),
                condition: None,
                path: string_literal(&scope_path),
                message: string_literal(&format!("{rows} of its present {what} refer to it")),
            },
        })
    });
    own.chain(others).collect()
}

fn path_of(field: &Field) -> String {
    match field.kind {
        FieldKind::BelongsTo { .. } => format!("{}.id", field.wire_name),
        _ => field.wire_name.clone(),
    }
}

pub(super) fn statements(contract: &Contract, resource: &Resource) -> Vec<Statement> {
    if resource.scope.is_none() {
        return Vec::new();
    }
    let scope = Statement::new("SCOPE".to_owned(), &sql::scope(resource), true);
    let moves = moves(contract, resource).into_iter();
    let moves = moves.map(|moved| Statement::new(moved.view.constant, &moved.sql, false));
    std::iter::once(scope).chain(moves).collect()
}

//! What can be refused by looking at one item. Every message says what to write instead.

use darling::util::SpannedValue;
use syn::Visibility;
use syn::spanned::Spanned;

use super::{Errors, Field, rules};
use crate::access::Rule;
use crate::attributes::ResourceItem;
use crate::types::{inner_of, text, without_option};

pub(super) fn check_item(item: &ResourceItem, errors: &mut Errors) {
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
    if let Some(list) = item.list.as_ref().filter(|list| list.trim().is_empty()) {
        errors.add(list.span(), "an event's name can't be empty\nhelp: leave it out for the plural, or write `list = \"coaches\"`");
    }
    let modes = ["after_change", "on_request"];
    if let Some(refresh) = item
        .refresh
        .as_ref()
        .filter(|refresh| !modes.contains(&refresh.as_str()))
    {
        errors.add(refresh.span(), "there is no such way to refresh\nhelp: `refresh = \"after_change\"` sends whole lists to plain sockets after each change, `\"on_request\"` only when they ask");
    }
    if let Some(events) = item
        .events
        .as_ref()
        .filter(|events| events.chosen().is_empty())
    {
        errors.add(events.span(), "`events` lists no event\nhelp: choose from create, update, delete, get, list; leave it out for all");
    }
}

/// A row is in one scope at any time, and the input that adds it says in which.
pub(super) fn check_scope(item: &ResourceItem, fields: &[Field<'_>], errors: &mut Errors) {
    let Some(scope) = &item.scope else { return };
    let may_be = |field: &&Field<'_>| {
        let is_required = !without_option(&field.item.ty).1;
        field.item.id.is_present()
            || (field.item.belongs_to.is_some() && is_required && field.settable())
    };
    if fields
        .iter()
        .any(|field| field.name == scope.0 && may_be(&field))
    {
        return;
    }
    let problem = match fields.iter().any(|field| field.name == scope.0) {
        true => format!(
            "`{}` can't be the scope of a row: that is a row of another resource, which each row names",
            scope.0
        ),
        false => format!("there is no field `{}`", scope.0),
    };
    let choices: Vec<String> = fields
        .iter()
        .filter(may_be)
        .map(|field| format!("`{}`", field.name))
        .collect();
    let message = format!(
        "{problem}\nhelp: a scope is a `belongs_to` that clients set and that is no `Option`, or the id for a row that is its own scope; choose from: {}",
        choices.join(", ")
    );
    errors.add(scope.span(), &message);
}

/// The owner of a row is a row too, which this one names.
pub(super) fn check_access(item: &ResourceItem, fields: &[Field<'_>], errors: &mut Errors) {
    for rule in item.access.rules() {
        let Rule::Owner(owner) = &**rule else {
            continue;
        };
        let names_a_row =
            |field: &&Field<'_>| field.item.id.is_present() || field.item.belongs_to.is_some();
        if !fields
            .iter()
            .any(|field| field.name == *owner && names_a_row(&field))
        {
            let choices: Vec<String> = fields
                .iter()
                .filter(names_a_row)
                .map(|field| format!("`{}`", field.name))
                .collect();
            let message = format!(
                "`{owner}` names no owner\nhelp: an owner is whom a `belongs_to` leads to, or the row itself by its id; choose from: {}",
                choices.join(", ")
            );
            errors.add(rule.span(), &message);
        }
    }
    if let Some(read) = item
        .access
        .read
        .as_ref()
        .filter(|rule| matches!(***rule, Rule::Owner(_)))
    {
        errors.add(read.span(), "`owner` can't be a rule for reading: every subscriber of a list sees the same rows\nhelp: to show callers only rows of their own, divide the list by a scope: `#[resource(scope = coach)]`");
    }
}

/// Who sees and sets a field is decided by who they are, before any row is looked at.
pub(super) fn check_field_access(item: &ResourceItem, fields: &[Field<'_>], errors: &mut Errors) {
    for field in fields {
        let access = &field.item.access;
        for rule in access.rules() {
            let message = match &**rule {
                Rule::Owner(_) => {
                    "a field is shown and set by role, not by whose row it is\nhelp: say `signed_in` or `role(\"…\")`, or keep it in a resource of its own with a scope"
                }
                Rule::Nobody => {
                    "a field that nobody may see or set has words of its own\nhelp: `hidden` with `#[serde(skip)]` is seen by nobody, `read_only` is set by no client"
                }
                _ => continue,
            };
            errors.add(rule.span(), message);
        }
        let is_scope = item
            .scope
            .as_ref()
            .is_some_and(|scope| scope.0 == field.name);
        let (is_id, is_hidden) = (field.item.id.is_present(), field.item.hidden.is_present());
        if let Some(rule) = access
            .rules()
            .next()
            .filter(|_| is_id || is_scope || is_hidden)
        {
            let what = match (is_id, is_scope) {
                (true, _) => "everybody who sees a row sees its id, which never changes",
                (_, true) => "everybody who sees a row sees its scope",
                _ => "nobody sees or sets a hidden field",
            };
            errors.add(rule.span(), &format!("{what}\nhelp: remove `access` here"));
        }
        if let Some(write) = access
            .write
            .as_ref()
            .filter(|_| !field.settable() && !is_id && !is_hidden)
        {
            errors.add(write.span(), "no client sets this field\nhelp: remove `write`; `access(read = …)` says who sees it");
        }
    }
}

pub(super) fn find_id<'a, 'f>(
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

pub(super) fn check_field(field: &Field<'_>, errors: &mut Errors) {
    let item = field.item;
    if !matches!(item.vis, Visibility::Public(_)) {
        errors.add(
            field.ident.span(),
            "a field of a resource must be `pub`\nhelp: the generated store fills it",
        );
    }
    if field.name.starts_with("__rowcast") {
        errors.add(field.ident.span(), "names that begin with `__rowcast` are kept for generated code\nhelp: choose another name");
    }
    check_number(field, errors);
    check_roles(field, errors);
    check_relation(field, errors);
    check_rules(field, errors);
    check_default(field, errors);
}

/// What no input fills begins with the default of its type.
fn check_default(field: &Field<'_>, errors: &mut Errors) {
    if !field.begins_with_default() {
        return;
    }
    if let Some(Some(default)) = &field.serde.default {
        errors.add(default.span(), "a field that no client can set begins with the default of its type, not with what a function gives\nhelp: remove the function, and set the field by a hook, or implement `Default` for its type");
    }
    // Of other types, the default may be another one each time.
    const SAME: [&str; 14] = [
        "String", "bool", "char", "i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64",
        "f32", "f64",
    ];
    if field.item.unique.is_present() && SAME.contains(&text(&field.item.ty).as_str()) {
        errors.add(field.item.unique.span(), "each new row begins with the default of this field, so there could never be a second one\nhelp: make it an `Option`; any number of rows may have none");
    }
}

/// `number` says of an integer how it travels; what is no integer, or travels as text, can't have it.
fn check_number(field: &Field<'_>, errors: &mut Errors) {
    let (inner, _) = without_option(&field.item.ty);
    let is_other = ["String", "bool", "char", "f32", "f64"].contains(&text(inner).as_str());
    if field.item.number.is_present() && (is_other || field.serde.with.is_some()) {
        errors.add(field.item.number.span(), "`number` lets an integer of 64 bits travel as a number, and this is none that does\nhelp: remove it");
    }
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
            ("created_at", &item.created_at),
            ("updated_at", &item.updated_at),
        ];
        for (name, flag) in others.into_iter().filter(|(_, flag)| flag.is_present()) {
            errors.add(flag.span(), &format!("an id can't be `{name}`\nhelp: remove `{name}`; an id is unique, visible and never changes"));
        }
    }
    if item.created_at.is_present() && item.updated_at.is_present() {
        errors.add(item.updated_at.span(), "a field can't keep both times\nhelp: keep `created_at` or `updated_at`, and give the other a field of its own");
    }
    if item.by_client.is_present() && !item.id.is_present() {
        errors.add(item.by_client.span(), "`by_client` says who makes an id\nhelp: remove it, or write `#[resource(id, by_client)]`");
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
            errors.add(path.span(), &format!("`{name}` leads to many rows, but the field is no list\nhelp: write it as a `Vec<…>` of a view or of the resource, not by another name"));
        }
        _ => {}
    }
    if field.relation.is_some() {
        for (name, flag) in [
            ("unique", &item.unique),
            ("index", &item.index),
            ("hidden", &item.hidden),
            ("number", &item.number),
            ("created_at", &item.created_at),
            ("updated_at", &item.updated_at),
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
    if let Some(rule) = &item.on_delete {
        check_on_delete(field, rule, errors);
    }
    if item.shown.is_present() && field.relation.is_none() {
        errors.add(item.shown.span(), "`shown` says that every reader of a row may read what a relation shows of another\nhelp: remove it, or write it beside `belongs_to`, `has_many` or `many_to_many`");
    }
    if let Some(via) = item.via.as_ref().filter(|_| item.has_many.is_none()) {
        errors.add(via.span(), "`via` names the field that leads back from a `has_many`\nhelp: remove it, or add `has_many = …`");
    }
}

fn check_on_delete(field: &Field<'_>, rule: &SpannedValue<String>, errors: &mut Errors) {
    let (_, optional) = without_option(&field.item.ty);
    let message = match (
        field.relation.as_ref().map(|(kind, _)| *kind),
        rule.as_str(),
    ) {
        (Some("BelongsTo"), "restrict" | "cascade")
        | (Some("ManyToMany"), "restrict" | "remove") => return,
        (Some("BelongsTo"), "set_null") if optional => return,
        (Some("BelongsTo"), "set_null") => {
            "a field that must have a value can't be `set_null`\nhelp: write it as an `Option<…>`, not by another name, or use `on_delete = \"cascade\"`"
        }
        (Some("BelongsTo"), _) => {
            "a `belongs_to` has the rules `restrict`, `cascade` and `set_null`\nhelp: `restrict` refuses to delete a row that is referred to, `cascade` deletes this row with it, `set_null` leaves it alone"
        }
        (Some("ManyToMany"), _) => {
            "a `many_to_many` has the rules `restrict` and `remove`\nhelp: `restrict` refuses to delete a row that is in a list, `remove` takes it out of the lists"
        }
        _ => {
            "`on_delete` says what becomes of a row that refers to a deleted one\nhelp: write it beside `belongs_to` or `many_to_many`"
        }
    };
    errors.add(rule.span(), message);
}

fn item_is_given(field: &Field<'_>) -> bool {
    field.item.id.is_present() && field.item.by_client.is_present()
}

fn check_rules(field: &Field<'_>, errors: &mut Errors) {
    let is_single = field
        .relation
        .as_ref()
        .is_some_and(|(kind, _)| *kind == "BelongsTo");
    if !(field.settable() || item_is_given(field)) || is_single {
        for rule in rules(&field.item.attrs) {
            errors.add(rule.span(), "a rule on a field that no client can set\nhelp: remove it; only fields of inputs are checked");
        }
    }
}

pub(super) fn check_wire_names(fields: &[Field<'_>], errors: &mut Errors) {
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

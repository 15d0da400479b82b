//! Refuses what would show rows to callers who may not read them: relations, columns, acks of commands, events.
//!
//! A resource says who reads its rows by `access(read = …)`; where it says nothing, only the guard may narrow who does, so it
//! counts as `anyone`. What carries rows of another resource needs readers who may all read that too, or the word `shown`.
//! What a view or a whole row carries has been checked where it is declared.

use std::collections::BTreeMap;

use super::finding::Findings;
use super::shapes::references;
use crate::contract::{
    Field, FieldKind, Property, Relation, Resource, Shape, TypeDefinition, View,
};
use crate::description::{Allowed, CommandDescription, Description, EventDescription, Verb};

/// Whether all these readers are let by a rule; where none is declared they are.
fn lets_all(rule: Option<&Allowed>, readers: Option<&Allowed>) -> bool {
    rule.is_none_or(|rule| rule.lets_all(readers))
}

/// Checks everything that is sent.
pub(super) fn check_readers(
    description: &Description,
    resources: &[Resource],
    views: &[View],
    definitions: &[TypeDefinition],
    findings: &mut Findings,
) {
    let types = Types::of(description, resources, views, definitions);
    for resource in resources {
        for field in &resource.fields {
            match field.kind.relation() {
                Some(relation) => check_relation(resources, resource, field, relation, findings),
                None => check_column(&types, resource, field, findings),
            }
        }
        check_answers(resource, findings);
    }
    for command in &description.commands {
        check_command(&types, command, findings);
    }
    for event in &description.events {
        check_event(&types, event, findings);
    }
}

fn check_relation(
    resources: &[Resource],
    resource: &Resource,
    field: &Field,
    relation: &Relation,
    findings: &mut Findings,
) {
    // One that is not registered has a finding already.
    let Some(target) = resources.get(relation.target) else {
        return;
    };
    let (readers, rule) = (resource.access.read.as_ref(), target.access.read.as_ref());
    let name = format!("{}.{}", resource.name, field.name);
    match (lets_all(rule, readers), relation.shown) {
        (false, false) => findings.add(
            "relation-shows",
            &resource.place_of(field),
            format!(
                "`{name}` shows rows of `{}`, which may be read by {}, but `{}` may be read by {}",
                target.name,
                words(rule),
                resource.name,
                words(readers)
            ),
            format!(
                "if every reader of `{}` may read this `{}`, write `#[resource({} = {}, shown)]`; else let the same read both \
                 by `access(read = …)`, or remove the relation",
                resource.name,
                relation.shows,
                keyword(&field.kind),
                target.name
            ),
        ),
        (true, true) => findings.add(
            "shown-needless",
            &resource.place_of(field),
            format!(
                "`{name}` is declared `shown`, but whoever may read `{}` ({}) may read `{}` ({}) anyway",
                resource.name,
                words(readers),
                target.name,
                words(rule)
            ),
            format!(
                "remove `shown`: it would show rows to everybody unnoticed, should `{}` be restricted some day",
                target.name
            ),
        ),
        _ => {}
    }
}

fn keyword(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::ManyToMany { .. } => "many_to_many",
        FieldKind::HasMany { .. } => "has_many",
        _ => "belongs_to",
    }
}

/// A column can hold a copy of a row of another resource, which every reader of the column would read.
fn check_column(types: &Types<'_>, resource: &Resource, field: &Field, findings: &mut Findings) {
    let readers = resource.access.read.as_ref();
    let Some(shape) = types.property(&resource.name, &field.wire_name) else {
        return;
    };
    for found in types.restricted(&resource.name, shape, readers, false) {
        findings.add(
            "column-shows",
            &resource.place_of(field),
            format!(
                "`{}.{}` holds {found}, but `{}` may be read by {}",
                resource.name,
                field.name,
                resource.name,
                words(readers)
            ),
            "give it a type of its own with what each reader may know, or show the row by a relation",
        );
    }
}

/// A call that answers with a row is only made by callers that may read it, so a row without readers has no such call.
fn check_answers(resource: &Resource, findings: &mut Findings) {
    if resource.access.read != Some(Allowed::Nobody) {
        return;
    }
    for (verb, act) in [(Verb::Create, "create"), (Verb::Update, "update")] {
        let allowed = resource
            .access
            .of(verb)
            .filter(|rule| **rule != Allowed::Nobody);
        let (Some(allowed), Some(call)) = (allowed, resource.call(verb)) else {
            continue;
        };
        findings.add(
            "write-unread",
            &resource.declared_at,
            format!(
                "`{}` lets {allowed} {act} rows, but its rows may be read by {}, and `{}` answers with the row",
                resource.name,
                words(resource.access.read.as_ref()),
                call.event
            ),
            format!("let them read it too, leave `{act}` to `nobody`, or write a command that answers something else"),
        );
    }
}

fn check_command(types: &Types<'_>, command: &CommandDescription, findings: &mut Findings) {
    let readers = command.access.as_ref();
    let shape = types.shape_of(&command.ack);
    let carried = types.restricted(&command.name, &shape, readers, true);
    let name = &command.name;
    if command.shown && carried.is_empty() {
        needless(
            name,
            "whoever may call it may read its answer anyway",
            &command.declared_at,
            findings,
        );
    }
    for found in carried.into_iter().filter(|_| !command.shown) {
        findings.add(
            "ack-shows",
            &command.declared_at,
            format!("`{name}` answers with {found}, but may be called by {}", words(readers)),
            format!(
                "if each caller may read what it answers, write `#[command(ack = {}, shown)]`; else narrow its `access`, or \
                 answer with a type of its own",
                command.ack_type
            ),
        );
    }
}

fn check_event(types: &Types<'_>, event: &EventDescription, findings: &mut Findings) {
    let shape = types.shape_of(&event.payload);
    let carried = types.restricted(&event.name, &shape, None, true);
    let name = &event.name;
    if event.shown && carried.is_empty() {
        needless(
            name,
            "anyone may read what it tells anyway",
            &event.declared_at,
            findings,
        );
    }
    for found in carried.into_iter().filter(|_| !event.shown) {
        findings.add(
            "event-shows",
            &event.declared_at,
            format!("`{name}` is told to everybody, but shows {found}"),
            "tell the id of the row, or a type of its own; if everybody may read this, write `#[event(shown)]`",
        );
    }
}

fn needless(item: &str, why: &str, place: &crate::description::Place, findings: &mut Findings) {
    findings.add(
        "shown-needless",
        place,
        format!("`{item}` is declared `shown`, but {why}"),
        "remove `shown`: it would show rows to everybody unnoticed, should they be restricted some day",
    );
}

/// A rule as the reason of a finding.
fn words(rule: Option<&Allowed>) -> String {
    match rule {
        Some(rule) => rule.to_string(),
        None => "anyone, as it declares nothing".to_owned(),
    }
}

/// The named types that are sent, and which of them are rows or views.
struct Types<'c> {
    resources: &'c [Resource],
    shapes: BTreeMap<&'c str, &'c Shape>,
    /// The indexes of the resources whose rows these types are.
    rows: BTreeMap<&'c str, usize>,
    /// The same of views.
    views: BTreeMap<&'c str, usize>,
}

impl<'c> Types<'c> {
    fn of(
        description: &'c Description,
        resources: &'c [Resource],
        views: &'c [View],
        definitions: &'c [TypeDefinition],
    ) -> Self {
        let rows = description.resources.iter().enumerate();
        let rows = rows.filter_map(|(index, own)| Some((*references(&own.row).first()?, index)));
        let shapes = definitions
            .iter()
            .map(|own| (own.name.as_str(), &own.shape));
        Self {
            resources,
            shapes: shapes.collect(),
            rows: rows.collect(),
            views: views
                .iter()
                .map(|own| (own.name.as_str(), own.of))
                .collect(),
        }
    }

    /// What is sent by the types that a schema of the description names.
    fn shape_of(&self, schema: &serde_json::Value) -> Shape {
        let named = references(schema).into_iter();
        Shape::Tuple(named.map(|name| Shape::Named(name.to_owned())).collect())
    }

    fn property(&self, row: &str, wire_name: &str) -> Option<&'c Shape> {
        let properties = properties(self.shapes.get(row)?);
        let found = properties
            .iter()
            .find(|property| property.name == wire_name);
        found.map(|property| &property.shape)
    }

    /// The rows in something that not all of its readers may read, in words; each resource once. With `copies`, types that
    /// have all fields of a row count too, since a row that is flattened into another leaves no other trace. `item` is what
    /// sends them.
    fn restricted(
        &self,
        item: &str,
        shape: &Shape,
        readers: Option<&Allowed>,
        copies: bool,
    ) -> Vec<String> {
        let mut walk = Walk {
            types: self,
            copies,
            seen: Vec::new(),
            carried: BTreeMap::new(),
        };
        walk.shape(shape, None);
        let restricted = walk.carried.into_iter().filter_map(|(index, within)| {
            let resource = &self.resources[index];
            let rule = resource.access.read.as_ref();
            let within = within.filter(|within| within != item);
            let within = within.map_or_else(String::new, |within| format!(" (in `{within}`)"));
            (!lets_all(rule, readers)).then(|| {
                format!(
                    "rows of `{}`{within}, which may be read by {}",
                    resource.name,
                    words(rule)
                )
            })
        });
        restricted.collect()
    }

    /// The resource all of whose fields are among these, if its readers are restricted: of others it does not matter.
    fn copied_in(&self, fields: &[Property]) -> Option<usize> {
        let is_among = |own: &Property| {
            let mut same = fields.iter().filter(|field| field.name == own.name);
            same.any(|field| field.shape.without_rules() == own.shape.without_rules())
        };
        let mut rows = self.rows.iter();
        let found = rows.find(|(name, index)| {
            let own = self
                .shapes
                .get(*name)
                .map_or(&[][..], |shape| properties(shape));
            let is_restricted = !lets_all(self.resources[**index].access.read.as_ref(), None);
            is_restricted && own.len() > 1 && own.iter().all(is_among)
        });
        found.map(|(_, index)| *index)
    }
}

fn properties(shape: &Shape) -> &[Property] {
    match shape {
        Shape::Object(fields) | Shape::Open(fields, _) => fields,
        Shape::Checked(inner, _) => properties(inner),
        _ => &[],
    }
}

/// Looks for rows and views, and does not look into them: what they show is checked where they are declared.
struct Walk<'t, 'c> {
    types: &'t Types<'c>,
    copies: bool,
    seen: Vec<&'c str>,
    /// The resources whose rows were found, each with the type of its own that has them.
    carried: BTreeMap<usize, Option<String>>,
}

impl Walk<'_, '_> {
    fn shape(&mut self, shape: &Shape, within: Option<&str>) {
        match shape {
            Shape::Named(name) => self.named(name, within),
            Shape::List(inner) | Shape::Checked(inner, _) | Shape::Map(inner) => {
                self.shape(inner, within);
            }
            Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
                parts.iter().for_each(|part| self.shape(part, within));
            }
            Shape::Object(fields) => self.fields(fields, within),
            Shape::Open(fields, rest) => {
                self.fields(fields, within);
                self.shape(rest, within);
            }
            Shape::Any | Shape::Never | Shape::Null | Shape::Scalar(_) | Shape::Literal(_) => {}
        }
    }

    fn named(&mut self, name: &str, within: Option<&str>) {
        let types = self.types;
        if let Some(resource) = types.rows.get(name).or_else(|| types.views.get(name)) {
            self.carry(*resource, within);
            return;
        }
        let Some((&name, shape)) = types.shapes.get_key_value(name) else {
            return;
        };
        if !self.seen.contains(&name) {
            self.seen.push(name);
            self.shape(shape, Some(name));
        }
    }

    fn fields(&mut self, fields: &[Property], within: Option<&str>) {
        if let Some(resource) = self.types.copied_in(fields).filter(|_| self.copies) {
            self.carry(resource, within);
        }
        for field in fields {
            self.shape(&field.shape, within);
        }
    }

    fn carry(&mut self, resource: usize, within: Option<&str>) {
        self.carried
            .entry(resource)
            .or_insert_with(|| within.map(str::to_owned));
    }
}

//! Ids that only their types tell apart: a `CoachId` is a number, but no `RoomId`.

use super::{
    Contract, FieldKind, IdKind, IntegerFormat, Property, Resource, Scalar, Shape, TextFormat,
    TypeDefinition,
};

impl Contract {
    /// The same contract with a type of its own for the ids of each resource: `CoachId`.
    ///
    /// It stands in the rows, in patches, in references and in views; what clients give as an id for a new row is plain.
    /// A resource keeps its plain ids if the schema has a
    /// type of that name already.
    #[must_use]
    pub fn with_branded_ids(&self) -> Self {
        let mut branded = self.clone();
        let mut brands = Vec::new();
        for (index, resource) in self.resources.iter().enumerate() {
            let name = format!("{}Id", resource.name);
            if self.types.iter().any(|definition| definition.name == name) {
                continue;
            }
            let views = self.views.iter().filter(|view| view.of == index);
            let mut places = vec![
                resource.name.clone(),
                format!("{}Ref", resource.name),
                format!("{}RefInput", resource.name),
                format!("{}Patch", resource.name),
            ];
            places.extend(views.map(|view| view.name.clone()));
            for definition in branded
                .types
                .iter_mut()
                .filter(|own| places.contains(&own.name))
            {
                brand(&mut definition.shape, resource, &name);
            }
            brands.push(definition(resource, name));
        }
        branded.types.extend(brands);
        branded
    }
}

fn definition(resource: &Resource, name: String) -> TypeDefinition {
    let own = Shape::Scalar(match resource.id_kind {
        IdKind::Counted => Scalar::Integer(IntegerFormat::Any),
        IdKind::Uuid | IdKind::GivenUuid => Scalar::Text(TextFormat::Uuid),
        IdKind::GivenText => Scalar::Text(TextFormat::Plain),
    });
    let mark = Property {
        name: "~id".to_owned(),
        doc: String::new(),
        deprecated: None,
        shape: Shape::Literal(resource.name.clone().into()),
        optional: false,
        access: None,
    };
    TypeDefinition {
        name,
        doc: format!(
            "Identifies one of the {}; the mark is there for compilers only.",
            resource.plural.replace('_', " ")
        ),
        deprecated: None,
        shape: Shape::Intersection(vec![own.clone(), Shape::Object(vec![mark])]),
        brand_of: Some(own),
    }
}

fn brand(shape: &mut Shape, resource: &Resource, name: &str) {
    let id = resource
        .fields
        .iter()
        .find(|field| field.kind == FieldKind::Id);
    let wire_name = id.map_or("id", |field| field.wire_name.as_str());
    match shape {
        Shape::Checked(inner, _) => brand(inner, resource, name),
        Shape::Object(properties) | Shape::Open(properties, _) => {
            for property in properties.iter_mut().filter(|own| own.name == wire_name) {
                property.shape = named(&property.shape, name);
            }
        }
        _ => {}
    }
}

/// The id under its name; rules and null stay.
fn named(shape: &Shape, name: &str) -> Shape {
    match shape {
        Shape::Union(members) => Shape::Union(
            members
                .iter()
                .map(|member| match member {
                    Shape::Null => Shape::Null,
                    other => named(other, name),
                })
                .collect(),
        ),
        Shape::Checked(inner, rules) => Shape::Checked(Box::new(named(inner, name)), rules.clone()),
        _ => Shape::Named(name.to_owned()),
    }
}

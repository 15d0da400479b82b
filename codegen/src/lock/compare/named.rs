//! Named types, and what stands behind their names.

use std::collections::BTreeMap;

use rowcast_schema::contract::Shape;
use rowcast_schema::rule::Rule;

/// The named types of both contracts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Types<'l> {
    pub(super) older: &'l BTreeMap<String, Shape>,
    pub(super) newer: &'l BTreeMap<String, Shape>,
}

/// What a type is, whatever it is called.
pub(super) struct Resolved {
    /// Neither a name nor a type with rules.
    pub(super) shape: Shape,
    /// The rules that stood around it.
    pub(super) rules: Vec<Rule>,
    /// The last name that it had.
    pub(super) name: Option<String>,
}

pub(super) fn resolved(types: &BTreeMap<String, Shape>, shape: &Shape) -> Resolved {
    let (mut rules, mut last) = (Vec::new(), None);
    let mut current = shape;
    // A name that stands for itself would never end.
    for _ in 0..64 {
        match current {
            Shape::Named(name) => {
                last = Some(name.clone());
                match types.get(name) {
                    Some(shape) => current = shape,
                    None => break,
                }
            }
            Shape::Checked(inner, own) => {
                rules.extend(own.iter().cloned());
                current = inner;
            }
            _ => break,
        }
    }
    Resolved {
        shape: current.clone(),
        rules,
        name: last,
    }
}

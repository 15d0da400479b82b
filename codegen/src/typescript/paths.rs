//! The paths of an input's fields, as errors name them: unions, which compilers would take long to find out from the types.

use std::collections::{BTreeMap, BTreeSet};

use rowcast_schema::Contract;
use rowcast_schema::contract::{Property, Shape, TypeDefinition};

use super::layout::union_type;
use super::names::string_literal;
use super::view::PathsType;

/// How many fields deep a path is followed; below that, and below maps, all names are possible.
const DEPTH: usize = 4;

/// An input with more paths than these has only those of its own fields, and below them all names.
const MAX_PATHS: usize = 500;

/// Each path once; of more than [`MAX_PATHS`] no more than show that there are: types of types have more than can be counted.
fn distinct(paths: impl Iterator<Item = Template>) -> Vec<Template> {
    let mut known = BTreeSet::new();
    let once = paths.filter(|path| known.insert(path.clone()));
    once.take(MAX_PATHS + 1).collect()
}

/// The name of the type that has the paths of an input.
pub(super) fn paths_type(input: &str) -> String {
    format!("{input}Path")
}

/// The paths of the inputs of a contract.
#[derive(Debug)]
pub(super) struct Paths<'a> {
    definitions: BTreeMap<&'a str, &'a TypeDefinition>,
}

/// A path; characters that no text has stand for what is not known beforehand.
type Template = String;

/// Any index, with its brackets.
const ANY_INDEX: char = '\u{fdd0}';

/// Any name of a field.
const ANY_NAME: char = '\u{fdd1}';

impl<'a> Paths<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let types = contract.types().iter();
        Self {
            definitions: types.map(|one| (one.name.as_str(), one)).collect(),
        }
    }

    /// The type of the paths into an input of this name.
    pub(super) fn declare(&self, input: &str) -> PathsType {
        let name = paths_type(input);
        let shape = Shape::Named(input.to_owned());
        PathsType {
            doc: format!("Paths of the fields of {{@link {input}}}, as in errors."),
            text: union_type(&format!("export type {name} ="), &self.members(&shape)),
        }
    }

    /// The literals of which the type is a union.
    pub(super) fn members(&self, input: &Shape) -> Vec<String> {
        let mut paths = self.into(input, DEPTH);
        if paths.len() > MAX_PATHS {
            paths = self.into(input, 1);
        }
        let members: Vec<String> = paths.iter().map(|path| literal(path)).collect();
        match members.is_empty() {
            true => vec!["never".to_owned()],
            false => members,
        }
    }

    /// The paths into a value.
    fn into(&self, shape: &Shape, depth: usize) -> Vec<Template> {
        if depth == 0 {
            return vec![ANY_NAME.to_string()];
        }
        let parts = self.parts(shape).into_iter();
        distinct(parts.flat_map(|part| match part {
            Shape::Object(properties) => self.of_fields(properties, depth),
            Shape::Map(_) | Shape::Open(..) => vec![ANY_NAME.to_string()],
            other => self.below_item(other, depth),
        }))
    }

    fn of_fields(&self, properties: &[Property], depth: usize) -> Vec<Template> {
        distinct(properties.iter().flat_map(|property| {
            let name = property.name.as_str();
            let below = self.below(&property.shape, depth - 1).into_iter();
            std::iter::once(name.to_owned()).chain(below.map(move |path| format!("{name}{path}")))
        }))
    }

    /// What paths through a field go on with.
    fn below(&self, shape: &Shape, depth: usize) -> Vec<Template> {
        let parts = self.parts(shape);
        let (objects, others): (Vec<&Shape>, Vec<&Shape>) = parts
            .into_iter()
            .partition(|part| matches!(part, Shape::Object(_) | Shape::Open(..) | Shape::Map(_)));
        let of_items = others.iter().flat_map(|part| self.below_item(part, depth));
        let of_fields = objects.iter().flat_map(|part| self.into(part, depth));
        distinct(of_items.chain(of_fields.map(|path| format!(".{path}"))))
    }

    fn below_item(&self, shape: &Shape, depth: usize) -> Vec<Template> {
        let items = match shape {
            Shape::List(item) => std::slice::from_ref(&**item),
            Shape::Tuple(places) => places.as_slice(),
            _ => return Vec::new(),
        };
        if depth == 0 {
            return vec![ANY_NAME.to_string()];
        }
        let below = items.iter().flat_map(|item| self.below(item, depth - 1));
        let below = below.map(|path| format!("{ANY_INDEX}{path}"));
        distinct(std::iter::once(ANY_INDEX.to_string()).chain(below))
    }

    /// What a value may be, without names, rules and alternatives around it.
    fn parts<'s>(&'s self, shape: &'s Shape) -> Vec<&'s Shape> {
        let mut parts = Vec::new();
        let mut open = vec![shape];
        // A type may be one of its own alternatives.
        let mut known = BTreeSet::new();
        while let Some(shape) = open.pop() {
            match shape {
                Shape::Named(name) if known.insert(name.as_str()) => {
                    let definition = self.definitions.get(name.as_str());
                    open.extend(definition.map(|one| &one.shape));
                }
                Shape::Checked(inner, _) => open.push(inner),
                Shape::Union(members) | Shape::Intersection(members) => {
                    open.extend(members.iter().rev());
                }
                Shape::Named(_) => {}
                other => parts.push(other),
            }
        }
        parts
    }
}

/// The type of one path.
fn literal(path: &str) -> String {
    if path.chars().eq([ANY_NAME]) {
        return "string".to_owned();
    }
    if !path.contains([ANY_INDEX, ANY_NAME]) {
        return string_literal(path);
    }
    let mut text = String::new();
    for character in path.chars() {
        match character {
            ANY_INDEX => text.push_str("[${number}]"),
            ANY_NAME => text.push_str("${string}"),
            '`' | '\\' | '$' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_are_literals() {
        assert_eq!(literal("name"), r#""name""#);
        assert_eq!(literal(r"a`b\c"), r#""a`b\\c""#);
        assert_eq!(literal("${string}"), r#""${string}""#);
        assert_eq!(literal(&ANY_NAME.to_string()), "string");
        let index = format!("a`b{ANY_INDEX}.$c");
        assert_eq!(literal(&index), r"`a\`b[${number}].\$c`");
    }

    #[test]
    fn a_type_that_is_one_of_its_own_alternatives_ends() {
        let names = vec![Shape::Named("Tree".into()), Shape::Null];
        let shape = Shape::Union(names);
        let tree = serde_json::json!({ "name": "Tree", "doc": "", "shape": shape });
        let tree: TypeDefinition = serde_json::from_value(tree).unwrap();
        let paths = Paths {
            definitions: BTreeMap::from([("Tree", &tree)]),
        };
        assert_eq!(paths.members(&Shape::Named("Tree".into())), ["never"]);
        let list = Shape::List(Box::new(Shape::Named("Tree".into())));
        assert_eq!(paths.members(&list), ["`[${number}]`"]);
    }
}

//! From [`Shape`] to the text of a TypeScript type, laid out as the common formatters lay it out.

use rowcast_schema::contract::{Property, Scalar, Shape, TextFormat};

use super::names::{property_key, string_literal};

/// The longest line that formatters leave alone.
pub(super) const WIDTH: usize = 100;

/// The type on one line.
pub(super) fn one_line(shape: &Shape) -> String {
    match shape {
        Shape::Any => "unknown".to_owned(),
        Shape::Never => "never".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Scalar(scalar) => scalar_name(*scalar).to_owned(),
        Shape::Literal(value) => value
            .as_str()
            .map_or_else(|| value.to_string(), string_literal),
        Shape::Named(name) => name.clone(),
        Shape::Checked(shape, _) => one_line(shape),
        Shape::List(item) => format!("readonly {}[]", item_of_list(item)),
        Shape::Tuple(places) => format!("readonly [{}]", joined(places, ", ", one_line)),
        Shape::Map(value) => format!("{{ {INDEX} {} }}", one_line(value)),
        Shape::Union(members) => joined(members, " | ", union_member),
        Shape::Intersection(parts) => joined(parts, " & ", operand),
        Shape::Object(properties) if properties.is_empty() => "Record<string, never>".to_owned(),
        Shape::Object(properties) => format!("{{ {} }}", joined(properties, "; ", property)),
        Shape::Open(properties, rest) => {
            let known = joined(properties, "; ", property);
            format!(
                "{{ {known}; {INDEX} {} }}",
                one_line(&others(properties, rest))
            )
        }
    }
}

/// The type after something that ends at `column`, with the blank before it; broken into lines where it is too long.
/// `indent` is that of the statement or member it belongs to; `after` is how much follows on the last line.
pub(super) fn fitted(shape: &Shape, column: usize, indent: usize, after: usize) -> String {
    let line = one_line(shape);
    if column + 1 + line.chars().count() + after <= WIDTH {
        return format!(" {line}");
    }
    if let Some(only) = hugged(shape) {
        return format!("{} | null", fitted(only, column, indent, after + 7));
    }
    let blanks = " ".repeat(indent);
    match shape {
        Shape::Union(members) => members
            .iter()
            .map(|member| match member {
                Shape::Intersection(_) => format!("\n{blanks}  | {}", union_member(member)),
                _ => format!("\n{blanks}  |{}", fitted(member, indent + 3, indent + 4, 0)),
            })
            .collect(),
        Shape::Object(properties) if !properties.is_empty() => {
            format!(" {{{}\n{blanks}}}", members_of(properties, indent))
        }
        Shape::Open(properties, rest) => {
            let known = members_of(properties, indent);
            let others = others(properties, rest);
            let text = fitted(&others, indent + 2 + INDEX.len(), indent + 2, 1);
            format!(" {{{known}\n{blanks}  {INDEX}{text};\n{blanks}}}")
        }
        Shape::Tuple(places) => {
            let lines: String = places
                .iter()
                .map(|place| format!("\n{blanks}  {},", on_own_line(place, indent + 2)))
                .collect();
            format!(" readonly [{lines}\n{blanks}]")
        }
        Shape::Map(value) => {
            let text = fitted(value, indent + 2 + INDEX.len(), indent + 2, 1);
            format!(" {{\n{blanks}  {INDEX}{text};\n{blanks}}}")
        }
        Shape::List(item) if matches!(**item, Shape::Tuple(_) | Shape::List(_)) => {
            let column = column + READONLY.len() + 1;
            let item = fitted(item, column, indent, after + 3);
            format!(" readonly ({})[]", item.trim_start())
        }
        Shape::List(item) if item_of_list(item) == one_line(item) => {
            let column = column + READONLY.len();
            format!(" readonly{}[]", fitted(item, column, indent, after + 2))
        }
        _ => format!(" {line}"),
    }
}

/// The members of an object type, each on a line of its own.
fn members_of(properties: &[Property], indent: usize) -> String {
    let blanks = " ".repeat(indent);
    properties
        .iter()
        .map(|property| {
            let key = keyed(property);
            let text = fitted(&property.shape, indent + 2 + key.len(), indent + 2, 1);
            format!("\n{blanks}  {key}{text};")
        })
        .collect()
}

/// Before what must not be changed: rows are shared by all that show them.
pub(super) const READONLY: &str = "readonly ";

/// The key of an index signature.
pub(super) const INDEX: &str = "readonly [key: string]:";

/// What the index signature of an open object says: it speaks for the known keys too.
pub(super) fn others(properties: &[Property], rest: &Shape) -> Shape {
    let absent = properties.iter().any(|property| property.optional);
    let known = properties.iter().map(|property| property.shape.clone());
    let mut members = vec![rest.clone()];
    members.extend(known);
    if absent {
        members.push(Shape::Named("undefined".to_owned()));
    }
    union(members)
}

fn union(members: Vec<Shape>) -> Shape {
    let mut flat: Vec<Shape> = Vec::new();
    let parts = members.into_iter().flat_map(|member| match member {
        Shape::Union(parts) => parts,
        part => vec![part],
    });
    for part in parts {
        let text = one_line(&part);
        if !flat.iter().any(|known| one_line(known) == text) {
            flat.push(part);
        }
    }
    if flat.contains(&Shape::Any) {
        return Shape::Any;
    }
    match flat.len() {
        1 => flat.remove(0),
        _ => Shape::Union(flat),
    }
}

/// The only member beside null, if formatters keep the two together.
fn hugged(shape: &Shape) -> Option<&Shape> {
    let Shape::Union(members) = shape else {
        return None;
    };
    match members.as_slice() {
        [
            only @ (Shape::Named(_) | Shape::Map(_) | Shape::Object(_)),
            Shape::Null,
        ] => Some(only),
        _ => None,
    }
}

/// The type where it begins a line.
pub(super) fn on_own_line(shape: &Shape, indent: usize) -> String {
    // The blank that `fitted` begins with stands for the last one of the indent.
    let text = fitted(shape, indent - 1, indent, 1);
    text.strip_prefix(' ').unwrap_or(&text).to_owned()
}

fn scalar_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Boolean => "boolean",
        Scalar::Integer(_) | Scalar::Number(_) => "number",
        Scalar::Text(TextFormat::BigInt) => "bigint",
        Scalar::Text(_) => "string",
        Scalar::Bytes => "Uint8Array",
    }
}

/// The items of a list: in parentheses where they would bind less tightly.
fn item_of_list(shape: &Shape) -> String {
    match shape {
        Shape::List(_) | Shape::Tuple(_) => format!("({})", one_line(shape)),
        Shape::Checked(shape, _) => item_of_list(shape),
        _ => operand(shape),
    }
}

/// A member of an intersection: in parentheses where it would bind less tightly.
fn operand(shape: &Shape) -> String {
    match shape {
        Shape::Union(_) | Shape::Intersection(_) => format!("({})", one_line(shape)),
        _ => one_line(shape),
    }
}

fn union_member(shape: &Shape) -> String {
    match shape {
        Shape::Intersection(_) => format!("({})", one_line(shape)),
        _ => one_line(shape),
    }
}

fn joined<T>(items: &[T], separator: &str, text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(separator)
}

fn keyed(property: &Property) -> String {
    let optional = if property.optional { "?" } else { "" };
    format!("{READONLY}{}{optional}:", property_key(&property.name))
}

fn property(property: &Property) -> String {
    format!("{} {}", keyed(property), one_line(&property.shape))
}

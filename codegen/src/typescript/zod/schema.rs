//! From [`Shape`] to the expression of its zod schema.

use std::collections::BTreeSet;

use rowcast_schema::contract::{NumberFormat, Property, Scalar, Shape, TextFormat};
use rowcast_schema::rule::{INTEGER_KEYS, LengthUnit, NATURAL_KEYS, Rule, Whole, WholeLimits};
use rowcast_schema::{ExpectedType, FieldCode};
use serde_json::Value;

use super::checks::{call, check, length_limits};
use super::pattern::regular_expression;
use super::plan::Plan;
use crate::typescript::expression::Expression;
use crate::typescript::names::string_literal;

/// Makes expressions for the types that are mentioned in one declaration.
pub(super) struct Builder<'p, 'a> {
    pub(super) plan: &'p Plan<'a>,
    pub(super) lenient: bool,
    /// The constants that can be read already; others can only be mentioned lazily.
    pub(super) declared: &'p BTreeSet<String>,
}

impl Builder<'_, '_> {
    /// The named type `name`, which is the payload of a call or not.
    pub(super) fn declared(&self, name: &str, shape: &Shape, payload: bool) -> Expression {
        match shape {
            Shape::Object(properties) if !properties.is_empty() => {
                // The name spares the compiler from comparing what it would find out for itself.
                let function = if payload { "input" } else { "objectOf" };
                self.object(&format!("is.{function}<{name}>"), properties)
            }
            other => self.schema(other),
        }
    }

    pub(super) fn schema(&self, shape: &Shape) -> Expression {
        match shape {
            Shape::Any => call("anything", Vec::new()),
            Shape::Never => Expression::atom("z.never()"),
            Shape::Null => call("nothing", Vec::new()),
            Shape::Scalar(scalar) => self.scalar(*scalar, Vec::new()),
            Shape::Literal(value) => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), string_literal);
                call("literal", vec![Expression::Atom(text)])
            }
            Shape::List(item) => call("list", vec![self.schema(item)]),
            Shape::Tuple(places) => call("tuple", vec![Expression::Array(self.all(places))]),
            Shape::Map(value) => call("map", vec![self.schema(value)]),
            Shape::Object(properties) => self.object("is.object", properties),
            Shape::Open(properties, rest) => {
                call("open", vec![self.entries(properties), self.schema(rest)])
            }
            Shape::Union(members) => self.union(members),
            Shape::Intersection(parts) => self.intersection(parts),
            Shape::Named(name) => self.named(name),
            Shape::Checked(inner, rules) => self.checked(inner, rules),
        }
    }

    fn all(&self, shapes: &[Shape]) -> Vec<Expression> {
        shapes.iter().map(|shape| self.schema(shape)).collect()
    }

    fn named(&self, name: &str) -> Expression {
        let constant = self.plan.constant(name, self.lenient);
        if self.declared.contains(&constant) {
            Expression::Atom(constant)
        } else {
            call("lazy", vec![Expression::Atom(format!("() => {constant}"))])
        }
    }

    fn object(&self, callee: &str, properties: &[Property]) -> Expression {
        let object = Expression::call(callee, vec![self.entries(properties)]);
        with_checks(object, properties.iter().flat_map(repetitions).collect())
    }

    fn entries(&self, properties: &[Property]) -> Expression {
        let entries = properties.iter().map(|property| {
            let schema = self.schema(&property.shape);
            let schema = if property.optional {
                call("optional", vec![schema])
            } else {
                schema
            };
            (property.name.clone(), schema)
        });
        Expression::Object(entries.collect())
    }

    fn union(&self, members: &[Shape]) -> Expression {
        let (nulls, others): (Vec<&Shape>, Vec<&Shape>) =
            members.iter().partition(|member| **member == Shape::Null);
        let texts: Option<Vec<Expression>> = others
            .iter()
            .map(|member| match member {
                Shape::Literal(value) => value
                    .as_str()
                    .map(|text| Expression::Atom(string_literal(text))),
                _ => None,
            })
            .collect();
        let value = match (texts, others.as_slice()) {
            (Some(texts), _) => call("choice", vec![Expression::Array(texts)]),
            (None, [only]) => self.schema(only),
            (None, several) if several.iter().all(|one| one.is_decimal()) => {
                call("decimalOrNumber", Vec::new())
            }
            (None, several) => {
                let several = several.iter().map(|member| self.schema(member)).collect();
                call("either", vec![Expression::Array(several)])
            }
        };
        if nulls.is_empty() {
            value
        } else {
            call("nullable", vec![value])
        }
    }

    fn intersection(&self, parts: &[Shape]) -> Expression {
        let mut all = self.all(parts).into_iter();
        let first = all.next().unwrap_or_else(|| call("anything", Vec::new()));
        all.fold(first, |left, right| call("both", vec![left, right]))
    }

    fn checked(&self, inner: &Shape, rules: &[Rule]) -> Expression {
        let checks: Vec<Expression> = rules.iter().flat_map(check).collect();
        let value = match inner {
            Shape::Scalar(scalar) => match whole_call(*scalar, rules) {
                Some(whole) => {
                    let is_range = |rule: &&Rule| matches!(rule, Rule::Range { .. });
                    let others = rules.iter().filter(|rule| !is_range(rule));
                    self.call_of_scalar(*scalar, whole, others.flat_map(check).collect())
                }
                None => self.scalar(*scalar, checks),
            },
            Shape::Object(properties) if rules.contains(&Rule::NoOtherKeys) => {
                self.closed(properties, rules)
            }
            Shape::Map(value) => {
                let arguments = [self.schema(value)].into_iter().chain(keys(rules));
                let checks = rules.iter().flat_map(entries_check).collect();
                with_checks(call("map", arguments.collect()), checks)
            }
            other => with_checks(self.schema(other), checks),
        };
        if rules.contains(&Rule::Required) {
            call("present", vec![value])
        } else {
            value
        }
    }

    /// An object without other keys, or a map whose keys are the names of an enum.
    fn closed(&self, properties: &[Property], rules: &[Rule]) -> Expression {
        let names = rules.iter().find_map(|rule| match rule {
            Rule::Key(FieldCode::Choice { options }) => Some(options),
            _ => None,
        });
        match (names, properties) {
            (Some(names), [entry, ..]) => {
                let names = names.iter();
                let names = names.map(|name| Expression::Atom(string_literal(name)));
                let names = Expression::Array(names.collect());
                call("entriesOf", vec![names, self.schema(&entry.shape)])
            }
            _ => self.object("is.closed", properties),
        }
    }

    fn scalar(&self, scalar: Scalar, checks: Vec<Expression>) -> Expression {
        self.call_of_scalar(scalar, scalar_call(scalar), checks)
    }

    fn call_of_scalar(
        &self,
        scalar: Scalar,
        (name, arguments): (&str, Vec<Expression>),
        checks: Vec<Expression>,
    ) -> Expression {
        let value = match scalar {
            Scalar::Boolean | Scalar::Bytes => call(name, arguments),
            _ if self.lenient => call("form", vec![call(name, arguments)]),
            _ => call(name, arguments),
        };
        with_checks(value, checks)
    }
}

/// The checks of a map: it has entries where lists have items.
fn entries_check(rule: &Rule) -> Vec<Expression> {
    match rule {
        Rule::Length {
            unit: LengthUnit::Simple | LengthUnit::Items,
            min,
            max,
        } => vec![call("entries", vec![length_limits(*min, *max)])],
        rule => check(rule),
    }
}

fn with_checks(value: Expression, checks: Vec<Expression>) -> Expression {
    if checks.is_empty() {
        value
    } else {
        let mut arguments = vec![value];
        arguments.extend(checks);
        call("checked", arguments)
    }
}

/// The function of a scalar, and its arguments.
fn scalar_call(scalar: Scalar) -> (&'static str, Vec<Expression>) {
    let name = match scalar {
        Scalar::Boolean => "boolean",
        Scalar::Integer(format) => match whole_call(scalar, &[]) {
            Some(call) => return call,
            None if format.signed() => "integer",
            None => "natural",
        },
        Scalar::Number(NumberFormat::Single) => "single",
        Scalar::Number(NumberFormat::Double) => "number",
        Scalar::Number(NumberFormat::Decimal) => "decimalNumber",
        Scalar::Text(format) => match format {
            TextFormat::Plain => "text",
            TextFormat::Character => "character",
            TextFormat::DateTime => "dateTime",
            TextFormat::LocalDateTime => "localDateTime",
            TextFormat::Date => "date",
            TextFormat::Time => "time",
            TextFormat::Uuid => "uuid",
            TextFormat::Uri => "url",
            TextFormat::Ip => "ip",
            TextFormat::Ipv4 => "ipv4",
            TextFormat::Ipv6 => "ipv6",
            TextFormat::Decimal => "decimal",
            TextFormat::Digits => "digits",
            TextFormat::BigInt => "bigint",
            TextFormat::Base64 => "base64",
        },
        Scalar::Bytes => "binary",
    };
    (name, Vec::new())
}

/// The function of a whole number with the limits of its type, and those that its rules narrow them to; nothing where these
/// are not known.
fn whole_call(scalar: Scalar, rules: &[Rule]) -> Option<(&'static str, Vec<Expression>)> {
    let digits = |digits: Whole| string_literal(&digits.to_string());
    let (function, limits, literal): (_, _, &dyn Fn(Whole) -> String) = match scalar {
        Scalar::Integer(format) => ("integer", format.limits()?, &|limit| limit.to_string()),
        // In digits: a literal such as `1n` does not compile for targets before ES2020.
        Scalar::Text(TextFormat::Digits) => ("digits", WholeLimits::of_digits(rules), &digits),
        Scalar::Text(TextFormat::BigInt) => ("bigint", WholeLimits::of_digits(rules), &digits),
        _ => return None,
    };
    let narrowed = limits.narrowed(rules);
    let mut all = vec![limits.min, limits.max];
    if narrowed != limits {
        all.extend([narrowed.min, narrowed.max]);
    }
    while all.last() == Some(&None) {
        all.pop();
    }
    let limit = |limit: Option<Whole>| limit.map_or_else(|| "undefined".to_owned(), literal);
    Some((
        function,
        all.into_iter()
            .map(|one| Expression::Atom(limit(one)))
            .collect(),
    ))
}

/// The schema of the keys of a map, where some are none.
fn keys(rules: &[Rule]) -> Option<Expression> {
    let codes: Vec<&FieldCode> = rules
        .iter()
        .filter_map(|rule| match rule {
            Rule::Key(code) => Some(code),
            _ => None,
        })
        .collect();
    if let Some(key) = codes.iter().find_map(|code| key_of(code)) {
        let checks = codes
            .contains(&&FieldCode::NotZero)
            .then_some(Rule::NotZero);
        return Some(with_checks(key, checks.iter().flat_map(check).collect()));
    }
    rules.iter().find_map(|rule| match rule {
        Rule::Keys(pattern) => match pattern.as_str() {
            INTEGER_KEYS => Some(call("digits", Vec::new())),
            NATURAL_KEYS => Some(call("digits", vec![Expression::atom("\"0\"")])),
            pattern => {
                let pattern = Expression::Atom(regular_expression(pattern)?);
                Some(call("keyLike", vec![pattern]))
            }
        },
        _ => None,
    })
}

/// The schema of texts of which all others are refused with a code.
fn key_of(code: &FieldCode) -> Option<Expression> {
    Some(match code {
        FieldCode::Integer { min, max } => {
            let limit = |limit: &Option<Value>| {
                let limit: Option<Whole> = serde_json::from_value(limit.clone()?).ok();
                limit.map(|limit| Expression::Atom(string_literal(&limit.to_string())))
            };
            let limits = limit(min).zip(limit(max));
            let limits = limits.map(|(min, max)| vec![min, max]);
            call("digits", limits.unwrap_or_default())
        }
        FieldCode::Choice { options } => {
            let options = options
                .iter()
                .map(|text| Expression::Atom(string_literal(text)));
            call("keyOf", vec![Expression::Array(options.collect())])
        }
        FieldCode::Format { format } => {
            let (name, arguments) = scalar_call(Scalar::Text(*format));
            call(name, arguments)
        }
        FieldCode::Type {
            expected: ExpectedType::Character,
        } => call("character", Vec::new()),
        _ => return None,
    })
}

/// The checks that a field repeats another one.
fn repetitions(property: &Property) -> Vec<Expression> {
    let Shape::Checked(_, rules) = &property.shape else {
        return Vec::new();
    };
    let same = |rule: &Rule| match rule {
        Rule::Matches(other) => Some(call(
            "same",
            vec![
                Expression::Atom(string_literal(&property.name)),
                Expression::Atom(string_literal(other)),
            ],
        )),
        _ => None,
    };
    rules.iter().filter_map(same).collect()
}

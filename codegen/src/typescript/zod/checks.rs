//! What a schema of zod checks for a rule.

use rowcast_schema::FieldCode;
use rowcast_schema::rule::{LengthUnit, Rule};
use serde_json::Number;

use super::pattern::regular_expression;
use crate::typescript::expression::Expression;
use crate::typescript::names::string_literal;

/// The checks for a rule: none where something else says it.
pub(super) fn check(rule: &Rule) -> Vec<Expression> {
    let text = |function: &str, text: &str| {
        vec![call(function, vec![Expression::Atom(string_literal(text))])]
    };
    match rule {
        Rule::Length { unit, min, max } => length(*unit, *min, *max),
        Rule::Range { min, max } => {
            let limit = |function: &str, limit: &Option<Number>| {
                let limit = limit.as_ref()?.to_string();
                Some(call(function, vec![Expression::Atom(limit)]))
            };
            [limit("atLeast", min), limit("atMost", max)]
                .into_iter()
                .flatten()
                .collect()
        }
        Rule::Pattern(pattern) => pattern_check(pattern, rule).into_iter().collect(),
        Rule::Contains(part) => text("contains", part),
        Rule::Prefix(part) => text("prefix", part),
        Rule::Suffix(part) => text("suffix", part),
        Rule::Email => vec![call("email", Vec::new())],
        Rule::Url => vec![call("webAddress", Vec::new())],
        Rule::NotZero => vec![call("notZero", Vec::new())],
        Rule::Ascii => vec![call("ascii", Vec::new())],
        Rule::Alphanumeric => vec![call("alphanumeric", Vec::new())],
        _ => Vec::new(),
    }
}

fn pattern_check(pattern: &str, rule: &Rule) -> Option<Expression> {
    let expression = Expression::Atom(regular_expression(pattern)?);
    Some(match rule.code() {
        Some(FieldCode::Blank) => call("notBlank", vec![expression]),
        _ => call("pattern", vec![expression]),
    })
}

fn length(unit: LengthUnit, min: Option<u64>, max: Option<u64>) -> Vec<Expression> {
    let function = match unit {
        LengthUnit::Simple | LengthUnit::Items => "items",
        LengthUnit::Bytes => "bytes",
        LengthUnit::Characters => "characters",
        LengthUnit::Graphemes => "graphemes",
        LengthUnit::Utf16 => "utf16",
        LengthUnit::Unstated => "textLength",
    };
    vec![call(function, vec![length_limits(min, max)])]
}

pub(super) fn length_limits(min: Option<u64>, max: Option<u64>) -> Expression {
    let limit = |name: &str, limit: Option<u64>| {
        limit.map(|limit| (name.to_owned(), Expression::Atom(limit.to_string())))
    };
    let limits = [limit("min", min), limit("max", max)];
    Expression::Object(limits.into_iter().flatten().collect())
}

pub(super) fn call(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Call(format!("is.{function}"), arguments)
}

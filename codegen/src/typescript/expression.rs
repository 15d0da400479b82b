//! Expressions, laid out as the common formatters do.

use crate::typescript::names::value_key;
use crate::typescript::types::WIDTH;

/// What stands behind `=`, or is an argument of something that does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// Text without a place where a line could be broken.
    Atom(String),
    /// `callee(arguments)`
    Call(String, Vec<Expression>),
    /// `{ key: value }`
    Object(Vec<(String, Expression)>),
    /// `[items]`
    Array(Vec<Expression>),
}

use Expression::{Array, Atom, Call, Object};

impl Expression {
    pub(super) fn call(callee: &str, arguments: Vec<Self>) -> Self {
        Call(callee.to_owned(), arguments)
    }

    pub(super) fn atom(text: impl Into<String>) -> Self {
        Atom(text.into())
    }

    /// The whole on one line.
    fn flat(&self) -> String {
        match self {
            Atom(text) => text.clone(),
            Call(callee, arguments) => format!("{callee}({})", flat_list(arguments)),
            Object(entries) if entries.is_empty() => "{}".to_owned(),
            Object(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", value_key(key), value.flat()))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
            Array(items) => format!("[{}]", flat_list(items)),
        }
    }

    /// The text after what ends at `column`, in a statement or entry `indent` in, with `after` characters behind it.
    pub(super) fn laid_out(&self, column: usize, indent: usize, after: usize) -> String {
        let flat = self.flat();
        if column + flat.chars().count() + after <= WIDTH {
            return flat;
        }
        match self {
            Atom(_) => flat,
            Call(callee, arguments) => {
                let head = format!("{callee}(");
                arguments_laid_out(&head, arguments, column, indent)
            }
            Object(_) => self.expanded(indent),
            Array(items) => {
                let blanks = " ".repeat(indent);
                format!("[\n{}{blanks}]", lines(items, indent + 2))
            }
        }
    }

    /// An object with one entry a line, though it might fit on one.
    fn expanded(&self, indent: usize) -> String {
        let Object(entries) = self else {
            return self.flat();
        };
        let blanks = " ".repeat(indent);
        let lines: String = entries
            .iter()
            .map(|(key, value)| {
                let key = value_key(key);
                let column = indent + 2 + key.chars().count() + 2;
                let value = value.laid_out(column, indent + 2, 1);
                format!("{blanks}  {key}: {value},\n")
            })
            .collect();
        format!("{{\n{lines}{blanks}}}")
    }

    /// The declaration that begins with `head`, which ends with the equals sign.
    pub(super) fn declared(&self, head: &str) -> String {
        let width = head.chars().count() + 1;
        let beside = self.opened(width, 0);
        let first = beside.lines().next().unwrap_or_default();
        if width + first.chars().count() <= WIDTH {
            format!("{head} {beside}")
        } else {
            format!("{head}\n  {}", self.opened(2, 2))
        }
    }

    /// The schema of a declaration: an object in it is always written one entry a line.
    fn opened(&self, column: usize, indent: usize) -> String {
        match self {
            Call(callee, arguments) => match arguments.as_slice() {
                [object @ Object(entries)] if !entries.is_empty() => {
                    format!("{callee}({})", object.expanded(indent))
                }
                _ => self.laid_out(column, indent, 1),
            },
            _ => self.laid_out(column, indent, 1),
        }
    }
}

fn flat_list(items: &[Expression]) -> String {
    items
        .iter()
        .map(Expression::flat)
        .collect::<Vec<_>>()
        .join(", ")
}

fn lines(items: &[Expression], indent: usize) -> String {
    let blanks = " ".repeat(indent);
    items
        .iter()
        .map(|item| format!("{blanks}{},\n", item.laid_out(indent, indent, 1)))
        .collect()
}

/// Arguments that do not fit: the last one opened where it is an object or a list, else one a line.
fn arguments_laid_out(
    head: &str,
    arguments: &[Expression],
    column: usize,
    indent: usize,
) -> String {
    let blanks = " ".repeat(indent);
    match arguments.split_last() {
        Some((last @ (Object(_) | Array(_)), first)) => {
            let first: String = first
                .iter()
                .map(|argument| format!("{}, ", argument.flat()))
                .collect();
            let start = format!("{head}{first}");
            if column + start.chars().count() < WIDTH {
                // The opened last argument stands as deep as the call itself.
                return format!("{start}{})", last.laid_out(WIDTH, indent, 0));
            }
            format!("{head}\n{}{blanks})", lines(arguments, indent + 2))
        }
        Some(_) => format!("{head}\n{}{blanks})", lines(arguments, indent + 2)),
        None => format!("{head})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(text: &str) -> Expression {
        Expression::atom(text)
    }

    #[test]
    fn what_fits_stands_on_one_line() {
        let list = Expression::call("is.list", vec![atom("is.text()")]);
        let checked = Expression::call("is.checked", vec![list, atom("is.items({ max: 3 })")]);
        assert_eq!(
            checked.laid_out(10, 2, 1),
            "is.checked(is.list(is.text()), is.items({ max: 3 }))"
        );
    }

    #[test]
    fn what_does_not_fit_is_broken_where_formatters_break_it() {
        let (a, b) = ("a".repeat(50), "b".repeat(50));
        let checked = Expression::call("is.checked", vec![atom(&a), atom(&b)]);
        assert_eq!(
            checked.laid_out(8, 2, 1),
            format!("is.checked(\n    {a},\n    {b},\n  )")
        );
        let long = Expression::call(
            "is.choice",
            vec![Array(vec![atom(&"a".repeat(50)), atom(&"b".repeat(50))])],
        );
        assert_eq!(
            long.laid_out(8, 0, 1),
            format!("is.choice([\n  {a},\n  {b},\n])")
        );
    }

    #[test]
    fn a_declared_object_has_one_entry_a_line() {
        let object = Object(vec![("a".into(), atom("is.text()"))]);
        let input = Expression::call("is.input", vec![object]);
        assert_eq!(
            input.declared("const a ="),
            "const a = is.input({\n  a: is.text(),\n})"
        );
        let head = format!("const {} =", "a".repeat(90));
        assert_eq!(
            input.declared(&head),
            format!("{head}\n  is.input({{\n    a: is.text(),\n  }})")
        );
    }
}

//! Regular expressions of the crate `regex` as regular expressions of JavaScript.
//!
//! Those that mean the same in both are taken as they are written. Others are written anew from what they mean.

use regex_syntax::ast::parse::Parser as AstParser;
use regex_syntax::ast::{self, AssertionKind, Ast, ClassSetItem, LiteralKind, SpecialLiteralKind};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// A literal of JavaScript that finds the same, if there is one.
pub(super) fn regular_expression(pattern: &str) -> Option<String> {
    let same = AstParser::new()
        .parse(pattern)
        .is_ok_and(|parsed| means_the_same(&parsed));
    let source = if same {
        pattern.to_owned()
    } else {
        let parsed = regex_syntax::parse(pattern).ok()?;
        let mut source = String::new();
        print(&parsed, &mut source)?;
        source
    };
    (!source.is_empty()).then(|| format!("/{source}/u"))
}

fn means_the_same(pattern: &Ast) -> bool {
    match pattern {
        Ast::Empty(_) => true,
        Ast::Literal(literal) => literal_means_the_same(literal, r"^$\.*+?()[]{}|/"),
        Ast::Assertion(assertion) => matches!(
            assertion.kind,
            AssertionKind::StartLine | AssertionKind::EndLine
        ),
        Ast::ClassBracketed(class) => match &class.kind {
            ast::ClassSet::Item(item) => item_means_the_same(item),
            ast::ClassSet::BinaryOp(_) => false,
        },
        Ast::Repetition(repetition) => means_the_same(&repetition.ast),
        Ast::Group(group) => {
            let plain = match &group.kind {
                ast::GroupKind::CaptureIndex(_) => true,
                ast::GroupKind::NonCapturing(flags) => flags.items.is_empty(),
                ast::GroupKind::CaptureName { .. } => false,
            };
            plain && means_the_same(&group.ast)
        }
        Ast::Alternation(alternation) => alternation.asts.iter().all(means_the_same),
        Ast::Concat(concat) => concat.asts.iter().all(means_the_same),
        Ast::Flags(_) | Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => false,
    }
}

fn literal_means_the_same(literal: &ast::Literal, escapable: &str) -> bool {
    match &literal.kind {
        // A bare brace is an error in JavaScript.
        LiteralKind::Verbatim => !matches!(literal.c, '{' | '}' | ']' | '/'),
        LiteralKind::Meta => escapable.contains(literal.c),
        LiteralKind::Special(kind) => matches!(
            kind,
            SpecialLiteralKind::Tab
                | SpecialLiteralKind::LineFeed
                | SpecialLiteralKind::CarriageReturn
        ),
        _ => false,
    }
}

fn item_means_the_same(item: &ClassSetItem) -> bool {
    let literal = |literal: &ast::Literal| literal_means_the_same(literal, r"^$\.*+?()[]{}|/-");
    match item {
        ClassSetItem::Empty(_) => true,
        ClassSetItem::Literal(one) => literal(one),
        ClassSetItem::Range(range) => literal(&range.start) && literal(&range.end),
        ClassSetItem::Union(union) => union.items.iter().all(item_means_the_same),
        _ => false,
    }
}

/// Writes what a pattern means; nothing if JavaScript can't say it.
fn print(pattern: &Hir, out: &mut String) -> Option<()> {
    match pattern.kind() {
        HirKind::Empty => out.push_str("(?:)"),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            text.chars()
                .for_each(|character| out.push_str(&escaped(character)));
        }
        HirKind::Class(class) => print_class(class, out)?,
        HirKind::Look(look) => out.push_str(match look {
            Look::Start => "^",
            Look::End => "$",
            Look::WordAscii => r"\b",
            Look::WordAsciiNegate => r"\B",
            _ => return None,
        }),
        HirKind::Repetition(repetition) => print_repetition(repetition, out)?,
        HirKind::Capture(capture) => {
            out.push_str("(?:");
            print(&capture.sub, out)?;
            out.push(')');
        }
        HirKind::Concat(parts) => {
            for part in parts {
                print(part, out)?;
            }
        }
        HirKind::Alternation(parts) => {
            out.push_str("(?:");
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                print(part, out)?;
            }
            out.push(')');
        }
    }
    Some(())
}

fn print_repetition(repetition: &Repetition, out: &mut String) -> Option<()> {
    out.push_str("(?:");
    print(&repetition.sub, out)?;
    out.push(')');
    out.push_str(&match (repetition.min, repetition.max) {
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (0, Some(1)) => "?".to_owned(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) if min == max => format!("{{{min}}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    });
    if !repetition.greedy {
        out.push('?');
    }
    Some(())
}

fn print_class(class: &Class, out: &mut String) -> Option<()> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| {
                range
                    .end()
                    .is_ascii()
                    .then(|| (range.start().into(), range.end().into()))
            })
            .collect::<Option<_>>()?,
    };
    let (ranges, negated) = match (ranges.first(), ranges.last()) {
        // `.` is all but a line break, and should look like it.
        (Some(&('\0', _)), Some(&(_, char::MAX))) => (gaps(&ranges), true),
        _ => (ranges, false),
    };
    out.push_str(if negated { "[^" } else { "[" });
    for (start, end) in ranges {
        out.push_str(&escaped(start));
        if end > start {
            out.push('-');
            out.push_str(&escaped(end));
        }
    }
    out.push(']');
    Some(())
}

/// What lies between ranges that begin with the first character and end with the last.
fn gaps(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let before = |next: char| ('\0'..next).next_back().unwrap_or(next);
    let after = |last: char| (last..=char::MAX).nth(1).unwrap_or(last);
    ranges
        .windows(2)
        .filter_map(|pair| match pair {
            [left, right] => Some((after(left.1), before(right.0))),
            _ => None,
        })
        .collect()
}

/// A character that stands for itself, inside brackets too.
fn escaped(character: char) -> String {
    match character {
        '\t' => r"\t".to_owned(),
        '\n' => r"\n".to_owned(),
        '\r' => r"\r".to_owned(),
        '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|'
        | '/' => {
            format!("\\{character}")
        }
        '-' => r"\x2d".to_owned(),
        ' '..='~' => character.to_string(),
        other => format!("\\u{{{:x}}}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::regular_expression;

    fn of(pattern: &str) -> String {
        regular_expression(pattern).unwrap()
    }

    #[test]
    fn what_means_the_same_is_taken_as_it_is() {
        assert_eq!(of(r"[^ \t\r\n]"), r"/[^ \t\r\n]/u");
        assert_eq!(of("^([01]?[0-9]|2[0-3])00$"), "/^([01]?[0-9]|2[0-3])00$/u");
        assert_eq!(of(r"^\.[a-z_]{2,3}$"), r"/^\.[a-z_]{2,3}$/u");
    }

    #[test]
    fn what_means_something_else_is_written_anew() {
        assert_eq!(of("a.b"), r"/a[^\n]b/u");
        assert_eq!(of("(?i)k"), r"/[Kk\u{212a}]/u");
        assert_eq!(of(r"^a/b\z"), r"/^a\/b$/u");
        assert_eq!(of("(?P<year>[0-9]+)-"), r"/(?:(?:[0-9])+)\x2d/u");
        assert_eq!(of("[[:digit:]&&[^5]]"), "/[0-46-9]/u");
    }

    #[test]
    fn what_javascript_can_not_say_is_left_to_the_server() {
        assert_eq!(regular_expression(r"\bword\b"), None);
        assert_eq!(regular_expression("(?m)^a"), None);
    }
}

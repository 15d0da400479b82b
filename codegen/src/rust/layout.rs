//! The layout of emitted Rust: that of prettyplease, with blank lines between items.
//!
//! Parsing and printing all of it would take most of the generator's time. The templates print in the same layout, so only
//! those items are parsed where something was too long for its line; a test compares the two ways.

use crate::RenderError;

/// The longest line that prettyplease leaves alone.
pub(super) const WIDTH: usize = 89;

/// What a template printed, laid out.
///
/// # Errors
/// When an item that must be laid out is no Rust.
pub(super) fn laid_out(path: &str, text: &str) -> Result<String, RenderError> {
    let mut lines = String::with_capacity(text.len());
    for item in blocks(text, "") {
        let item = with_broken_heads(&item);
        if is_laid_out(&item) {
            push(&mut lines, &item);
        } else if let Some((head, members, wrapper)) = members(&item) {
            push(&mut lines, head);
            for member in blocks(members, "    ") {
                if is_laid_out(&member) {
                    push(&mut lines, &member);
                } else {
                    let printed = printed(path, &format!("{wrapper} {{\n{member}\n}}"))?;
                    let inner = printed.split_once('\n').unwrap_or_default().1;
                    push(&mut lines, inner.trim_end().trim_end_matches('}'));
                }
            }
            lines.push_str("}\n");
        } else {
            push(&mut lines, &printed(path, &item)?);
        }
    }
    Ok(spaced(&lines))
}

fn printed(path: &str, text: &str) -> Result<String, RenderError> {
    let file = syn::parse_file(text).map_err(|error| RenderError::Syntax {
        path: path.to_owned(),
        message: error.to_string(),
    })?;
    Ok(prettyplease::unparse(&file))
}

/// Adds the lines that are not blank.
fn push(lines: &mut String, text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        lines.push_str(line);
        lines.push('\n');
    }
}

/// The parts of a text that begin at `indent`, behind a blank line.
fn blocks(text: &str, indent: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut is_begun = false;
    let mut raw = Raw::default();
    for line in text.lines() {
        let is_inside = raw.is_inside;
        raw.read(line);
        if line.trim().is_empty() && !is_inside {
            is_begun = false;
            if let Some(block) = blocks.last_mut() {
                block.push('\n');
            }
            continue;
        }
        let begins = !is_inside
            && line
                .strip_prefix(indent)
                .is_some_and(|rest| !rest.starts_with([' ', '}', ']', ')']) && !rest.is_empty());
        match blocks.last_mut() {
            Some(block) if is_begun || !begins => {
                block.push('\n');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
        is_begun = true;
    }
    blocks
}

/// The head of an `impl` or a trait with its brace, its members, and what can stand for the head when they are parsed.
fn members(item: &str) -> Option<(&str, &str, &'static str)> {
    let is_head = |line: &&str| !line.starts_with("///") && !line.starts_with('#');
    let wrapper = match item.lines().find(is_head)? {
        line if line.starts_with("impl") => "impl X",
        line if line.starts_with("pub trait") => "trait X",
        _ => return None,
    };
    let (head, rest) = item.split_once("{\n")?;
    if head.lines().filter(is_head).count() != 1 || !is_laid_out(head) {
        return None;
    }
    let members = rest
        .trim_end()
        .strip_suffix('}')
        .filter(|members| !members.trim().is_empty())?;
    Some((&item[..head.len() + 1], members, wrapper))
}

/// Whether prettyplease would print the text as it stands.
fn is_laid_out(text: &str) -> bool {
    !has_short_list(text) && lines_are_laid_out(text)
}

/// Breaks the heads of functions that are too long for a line.
fn with_broken_heads(text: &str) -> String {
    let mut raw = Raw::default();
    let lines = text.lines().map(|line| {
        let is_inside = raw.is_inside;
        raw.read(line);
        match broken_head(line).filter(|_| !is_inside) {
            Some(broken) => broken,
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The head of a function with one parameter a line, if that is how it fits.
fn broken_head(line: &str) -> Option<String> {
    let code = line.trim_start();
    let is_head = ["fn ", "pub fn ", "pub async fn ", "pub(super) fn "]
        .iter()
        .any(|start| code.starts_with(start));
    if line.len() <= WIDTH || !is_head || !line.ends_with(" {") {
        return None;
    }
    let name = line.find("fn ")?;
    let open = name + line[name..].find('(')?;
    let (parameters, end) = parameters(&line[open + 1..])?;
    let blanks = " ".repeat(line.len() - code.len());
    let tail = format!("{blanks}){}", &line[open + 1 + end + 1..]);
    let mut broken = format!("{}\n", &line[..=open]);
    for parameter in parameters {
        broken.push_str(&format!("{blanks}    {parameter},\n"));
    }
    (tail.len() <= WIDTH).then(|| broken + &tail)
}

/// What stands between commas up to the parenthesis that closes, and where that is.
fn parameters(text: &str) -> Option<(Vec<&str>, usize)> {
    let (mut parameters, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (place, character) in text.char_indices() {
        match character {
            ')' if depth == 0 => {
                parameters.push(text[begin..place].trim());
                return Some((parameters, place));
            }
            ',' if depth == 0 => {
                parameters.push(text[begin..place].trim());
                begin = place + 1;
            }
            '(' | '<' | '[' => depth += 1,
            ')' | '>' | ']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Whether a list that stands one item a line would fit on one line, or has no item at all.
fn has_short_list(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let opening = lines.iter().enumerate();
    let mut opening = opening.filter(|(_, line)| line.ends_with(['[', '{', '(']));
    opening.any(|(index, line)| is_short_list(line, &lines[index + 1..]))
}

/// The same for the list that `line` opens, with the lines behind it.
fn is_short_list(line: &str, rest: &[&str]) -> bool {
    let code = line.trim_start();
    let indent = line.len() - code.len();
    let closes = |line: &&str| {
        let code = line.trim_start();
        line.len() - code.len() == indent && code.starts_with([']', '}', ')'])
    };
    let Some(end) = rest.iter().position(closes) else {
        return false;
    };
    let items = || rest[..end].iter().filter(|item| !item.trim().is_empty());
    let length: usize = items().map(|item| item.trim().len() + 1).sum();
    let whole = line.len() + length + rest[end].trim().len();
    // What is defined stands one field a line.
    let is_definition = ["struct ", "enum ", "fn "]
        .iter()
        .any(|word| code.contains(word));
    whole <= WIDTH && !is_definition && items().all(|item| item.ends_with(','))
}

fn lines_are_laid_out(text: &str) -> bool {
    let mut raw = Raw::default();
    text.lines().all(|line| {
        let is_inside = raw.is_inside;
        raw.read(line);
        let code = line.trim_start();
        // Nothing is broken before a raw string.
        let width = line.find("r#\"").unwrap_or(line.len());
        is_inside || code.starts_with("//") || (width <= WIDTH && !is_untidy(code))
    })
}

/// Whether a line shows by what a loop left behind that its list is not laid out.
fn is_untidy(code: &str) -> bool {
    code.starts_with("use ")
        || code.ends_with("&[")
        || code.ends_with(", ")
        || [", ]", ", }", ", )", ",]", ",}", ",)"]
            .iter()
            .any(|end| code.contains(end))
}

/// Puts a blank line between items, which the printer leaves out.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 20);
    let mut before = "";
    for line in text.lines() {
        if needs_blank_line(before, line) {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        before = line;
    }
    spaced
}

fn needs_blank_line(before: &str, line: &str) -> bool {
    let (last, next) = (before.trim_start(), line.trim_start());
    let indent = |line: &str| line.len() - line.trim_start().len();
    let begins = |text: &str, starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    if last.is_empty() || next.is_empty() || indent(line) > 4 || begins(next, &["}", "]", ")"]) {
        return false;
    }
    let after_item =
        indent(before) == indent(line) && begins(last, &["}"]) && !begins(last, &["} else", "},"]);
    let is_use = |text: &str| begins(text, &["use ", "pub use "]);
    let is_mod = |text: &str| begins(text, &["mod ", "pub mod "]);
    let after_uses = indent(line) == 0
        && (is_use(last) && !is_use(next) && !last.ends_with('{')
            || is_mod(last) && !is_mod(next)
            || last == "};" && !is_use(next));
    let documented = begins(next, &["///", "#["])
        && !begins(last, &["///", "#["])
        && !last.ends_with(['{', ',', '[']);
    let after_head = begins(last, &["//!"]) && !begins(next, &["//!"]);
    after_head || after_item || after_uses || documented
}

/// Whether a line is inside of a raw string that began on an earlier one.
#[derive(Debug, Default)]
struct Raw {
    is_inside: bool,
}

impl Raw {
    fn read(&mut self, line: &str) {
        let mut rest = line;
        loop {
            let mark = if self.is_inside { "\"#" } else { "r#\"" };
            match rest.split_once(mark) {
                Some((_, behind)) => {
                    self.is_inside = !self.is_inside;
                    rest = behind;
                }
                None => return,
            }
        }
    }
}

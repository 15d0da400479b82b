//! Doc comments of the user's, made safe for the language that they are put into.

/// The lines of a doc comment without blank lines around them.
fn lines(text: &str) -> Vec<&str> {
    text.trim().lines().map(str::trim_end).collect()
}

/// A TSDoc comment on lines of its own, with a line break before; nothing for an empty text.
pub(crate) fn typescript(text: &str, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    // `*/` would end the comment, `@` at the start of a line would begin a tag.
    let safe = |line: &str| {
        let line = line.replace("*/", "*\\/");
        let (blanks, text) = line.split_at(line.len() - line.trim_start().len());
        match text.strip_prefix('@') {
            Some(rest) => format!("{blanks}\\@{rest}"),
            None => line,
        }
    };
    match lines(text).as_slice() {
        [] => String::new(),
        [only] => format!("\n{blanks}/** {} */", safe(only)),
        many => {
            let body: String = many
                .iter()
                .map(|line| format!("{blanks} * {}", safe(line)).trim_end().to_owned() + "\n")
                .collect();
            format!("\n{blanks}/**\n{body}{blanks} */")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_can_not_be_ended_from_inside() {
        assert_eq!(typescript("ends */ here", 2), "\n  /** ends *\\/ here */");
        assert_eq!(
            typescript("one\n\n@two\n  @three a@b", 0),
            "\n/**\n * one\n *\n * \\@two\n *   \\@three a@b\n */"
        );
        assert_eq!(typescript("", 2), "");
    }
}

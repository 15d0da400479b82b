//! Doc comments of the user's, made safe for the language that they are put into.

/// The lines of a doc comment without blank lines around them.
fn lines(text: &str) -> Vec<&str> {
    text.trim().lines().map(str::trim_end).collect()
}

/// A doc comment with what TypeScript's editors strike out names for.
pub(crate) fn with_deprecation(doc: &str, deprecated: Option<&str>) -> String {
    match deprecated {
        Some(note) => format!("{}\n\n{DEPRECATED} {note}", doc.trim()),
        None => doc.to_owned(),
    }
}

/// The same in words.
pub(crate) fn with_warning(doc: &str, deprecated: Option<&str>) -> String {
    let warning = match deprecated {
        None => String::new(),
        Some("") => "Deprecated.".to_owned(),
        Some(note) => format!("Deprecated: {note}"),
    };
    format!("{}\n\n{warning}", doc.trim()).trim().to_owned()
}

const DEPRECATED: &str = "@deprecated";

/// A TSDoc comment on lines of its own, with a line break before; nothing for an empty text.
pub(crate) fn typescript(text: &str, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    // `*/` would end the comment, `@` at the start of a line would begin a tag; only one is meant.
    let safe = |line: &str| {
        let line = line.replace("*/", "*\\/");
        let (blanks, text) = line.split_at(line.len() - line.trim_start().len());
        match text.strip_prefix('@') {
            Some(rest) if !text.starts_with(DEPRECATED) => format!("{blanks}\\@{rest}"),
            _ => line,
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

    #[test]
    fn what_is_deprecated_has_a_tag() {
        let noted = with_deprecation("A name.", Some("use `title`"));
        assert_eq!(
            typescript(&noted, 0),
            "\n/**\n * A name.\n *\n * @deprecated use `title`\n */"
        );
        let bare = with_deprecation("", Some(""));
        assert_eq!(typescript(&bare, 0), "\n/** @deprecated */");
        assert_eq!(with_deprecation("A name.", None), "A name.");
    }
}

//! How a file names the files that it imports: the one place that knows the ending, and so how long the line is.
//!
//! Templates and fixed files write `./name.js` and need not break lines. Takes the text of a whole file, gives it with the
//! ending that the options ask for.

use serde::Deserialize;

use super::types::WIDTH;

/// What relative imports of emitted files end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportExtension {
    /// `./coaches`: for bundlers, such as Next.js, Vite, Metro, esbuild and Bun, and for Jest.
    #[default]
    None,
    /// `./coaches.js`: for Node.js after compilation with `"module": "nodenext"`.
    Js,
    /// `./coaches.ts`: for Node.js and Deno, which run TypeScript by leaving out its types.
    Ts,
}

impl ImportExtension {
    fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Js => ".js",
            Self::Ts => ".ts",
        }
    }
}

/// The ending in templates and fixed files.
const WRITTEN: &str = ".js\";";

/// What statements begin with that may name another file. They stand at the beginning of a line, where neither comments nor
/// texts of the schema can stand.
const OPENINGS: [&str; 4] = ["import ", "export {", "export type {", "export * "];

/// The text with its imports and exports of other emitted files as `extension` wants them.
pub(super) fn with_extension(text: &str, extension: ImportExtension) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if !OPENINGS.iter().any(|opening| line.starts_with(opening)) {
            out.push_str(line);
            continue;
        }
        let mut statement = line.to_owned();
        while !statement.trim_end().ends_with(';') {
            match lines.next() {
                Some(line) => statement.push_str(line),
                None => break,
            }
        }
        out.push_str(&rewritten(&statement, extension).unwrap_or(statement));
    }
    out
}

/// The statement laid out anew; none if it does not name an emitted file.
fn rewritten(statement: &str, extension: ImportExtension) -> Option<String> {
    let (clause, module) = statement
        .trim_end()
        .strip_suffix(WRITTEN)?
        .rsplit_once("\"./")?;
    let source = format!("\"./{module}{}\";\n", extension.ending());
    let Some((keyword, names)) = clause.split_once('{') else {
        return Some(format!("{clause}{source}"));
    };
    let (names, from) = names.rsplit_once('}')?;
    let names: Vec<&str> = names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let line = format!("{keyword}{{ {} }}{from}{source}", names.join(", "));
    // Formatters do not break around a single name.
    if line.trim_end().chars().count() <= WIDTH || names.len() == 1 {
        return Some(line);
    }
    let lines: String = names.iter().map(|name| format!("  {name},\n")).collect();
    Some(format!("{keyword}{{\n{lines}}}{from}{source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_emitted_files_is_rewritten() {
        let text = "\
import * as z from \"zod\";
import type * as rowcast from \"./rowcast.js\";

/**
 * import { a } from \"./a.js\";
 */
export { fieldCodes, fieldErrors } from \"./validation.js\";
export const CONTRACT = \"./contract.js\";
";
        let wanted = text
            .replace("./rowcast.js", "./rowcast.ts")
            .replace("./validation.js", "./validation.ts");
        assert_eq!(with_extension(text, ImportExtension::Ts), wanted);
        assert_eq!(with_extension(text, ImportExtension::Js), text);
    }

    /// A clause whose line has `width` characters with the ending `.js`.
    fn clause(width: usize) -> (String, String) {
        let fixed = "import { type A, B } from \"./x.js\";".chars().count();
        let name = "B".repeat(width - fixed + 1);
        (
            format!("import {{ type A, {name} }} from \"./x.js\";\n"),
            format!("import {{\n  type A,\n  {name},\n}} from \"./x.js\";\n"),
        )
    }

    #[test]
    fn lines_are_broken_by_their_length_with_the_real_ending() {
        let js = |text: &str| with_extension(text, ImportExtension::Js);
        let none = |text: &str| with_extension(text, ImportExtension::None);
        let without = |text: &str| text.replace(".js", "");
        let (fits, broken) = clause(WIDTH);
        assert_eq!([js(&fits), js(&broken)], [fits.clone(), fits]);
        let (long, broken) = clause(WIDTH + 3);
        assert_eq!([js(&long), js(&broken)], [broken.clone(), broken.clone()]);
        assert_eq!(
            [none(&long), none(&broken)],
            [without(&long), without(&long)]
        );
        let (long, broken) = clause(WIDTH + 4);
        assert_eq!(
            [none(&long), none(&broken)],
            [without(&broken), without(&broken)]
        );
    }

    #[test]
    fn a_single_name_is_not_broken() {
        let line = format!("import {{ {} }} from \"./x.js\";\n", "A".repeat(WIDTH));
        assert_eq!(with_extension(&line, ImportExtension::Js), line);
    }
}

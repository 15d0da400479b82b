//! How a file names the files that it imports: the one place that knows the ending, and so how long the line is.
//!
//! Templates and fixed files write `./name.js` and need not break lines. Takes the text of a whole file, gives it with the
//! ending that the options ask for.

use serde::Deserialize;

use super::runtime::{ClientRuntime, package_specifier};
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

/// The text with its imports and exports of other emitted files as `extension` wants them, and those of the client runtime
/// from where it is. Packages are named before files.
pub(super) fn with_specifiers(
    text: &str,
    extension: ImportExtension,
    runtime: ClientRuntime,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut block = Vec::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if !OPENINGS.iter().any(|opening| line.starts_with(opening)) {
            append_sorted(&mut out, &mut block);
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
        block.push(rewritten(&statement, extension, runtime).unwrap_or(statement));
    }
    append_sorted(&mut out, &mut block);
    out
}

/// Appends statements that follow each other. They are in order already but for those that name the runtime's package now.
fn append_sorted(out: &mut String, block: &mut Vec<String>) {
    block.sort_by_key(|statement| match statement.rsplit_once(PACKAGE) {
        Some((_, path)) => (false, path.to_owned()),
        None => (true, String::new()),
    });
    out.extend(block.drain(..));
}

/// What the names of the runtime's package begin with.
const PACKAGE: &str = "\"@rowcast/client";

/// The statement laid out anew; none if it does not name an emitted file.
fn rewritten(
    statement: &str,
    extension: ImportExtension,
    runtime: ClientRuntime,
) -> Option<String> {
    let (clause, path) = statement
        .trim_end()
        .strip_suffix(WRITTEN)?
        .rsplit_once('"')?;
    let module = path.strip_prefix("./");
    if module.is_none() && !path.starts_with("../") {
        return None;
    }
    let in_package = match runtime {
        ClientRuntime::Package => module.and_then(package_specifier),
        ClientRuntime::Vendored => None,
    };
    let specifier = in_package.unwrap_or_else(|| format!("{path}{}", extension.ending()));
    let source = format!("\"{specifier}\";\n");
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

    fn with_extension(text: &str, extension: ImportExtension) -> String {
        with_specifiers(text, extension, ClientRuntime::Vendored)
    }

    #[test]
    fn the_package_takes_the_place_of_the_folder_and_goes_first() {
        let text = "\
import * as codec from \"./rowcast/codec.js\";
import type { Codecs } from \"./rowcast/index.js\";
import { a } from \"./a.js\";

import * as z from \"zod\";
import * as is from \"./rowcast/zod/index.js\";
";
        let wanted = "\
import type { Codecs } from \"@rowcast/client\";
import * as codec from \"@rowcast/client/codec\";
import { a } from \"./a\";

import * as is from \"@rowcast/client/zod\";
import * as z from \"zod\";
";
        let package = ClientRuntime::Package;
        assert_eq!(
            with_specifiers(text, ImportExtension::None, package),
            wanted
        );
    }

    #[test]
    fn only_what_names_emitted_files_is_rewritten() {
        let text = "\
import * as z from \"zod\";
import type * as rowcast from \"./rowcast.js\";

/**
 * import { a } from \"./a.js\";
 */
export { fieldCodes, fieldErrors } from \"../errors.js\";
export const CONTRACT = \"./contract.js\";
";
        let wanted = text
            .replace("./rowcast.js", "./rowcast.ts")
            .replace("../errors.js", "../errors.ts");
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

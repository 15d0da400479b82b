//! Errors of the attribute parser, in the words of ours: what is wrong, and what to write.

use proc_macro2::TokenStream;
use syn::Generics;
use syn::spanned::Spanned;

/// The errors as code that does not compile, each at its place.
///
/// `shape` says what the derive can be put on.
pub(crate) fn compile_errors(errors: darling::Error, shape: &str) -> TokenStream {
    let all: Vec<darling::Error> = errors.flatten().into_iter().collect();
    let is_missing = |error: &darling::Error| error.to_string().starts_with("Missing field");
    // A key that is misspelled would be reported as missing too.
    let others = all.iter().any(|error| !is_missing(error));
    all.iter()
        .filter(|error| !(others && is_missing(error)))
        .map(|error| {
            let text = reworded(without_path(&error.to_string()), shape);
            syn::Error::new(error.span(), text).into_compile_error()
        })
        .collect()
}

/// Refuses type and lifetime parameters of an item: a name of the schema stands for one type. `what` is the item with its
/// article, and `help` says what to do.
pub(crate) fn refuse_parameters(generics: &Generics, what: &str, help: &str) -> syn::Result<()> {
    if generics.params.is_empty() {
        return Ok(());
    }
    let message = format!("{what} can't have type or lifetime parameters\nhelp: {help}");
    Err(syn::Error::new(generics.span(), message))
}

/// The place is what the compiler points at; the parser adds its own path to it.
fn without_path(text: &str) -> &str {
    match text.rsplit_once(" at ") {
        Some((message, path)) if !path.contains([' ', '`']) => message,
        _ => text,
    }
}

fn reworded(text: &str, shape: &str) -> String {
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let first = quoted.first().copied().unwrap_or_default();
    let listed = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    if text.starts_with("Unknown field") {
        let others = quoted.get(1..).unwrap_or_default();
        let help = match others {
            [] => "remove it".to_owned(),
            [near] => format!("did you mean `{near}`?"),
            all => format!("there are {}", listed(all)),
        };
        format!("there is no `{first}` here\nhelp: {help}")
    } else if text.starts_with("Missing field") {
        match first {
            "of" => "a view must say what it shows\nhelp: write `#[view(of = Coach)]`".to_owned(),
            other => format!("`{other}` is missing\nhelp: add it"),
        }
    } else if text.starts_with("Duplicate field") {
        format!("`{first}` is said twice\nhelp: keep one")
    } else if text.starts_with("Unsupported shape") {
        format!(
            "this can't be derived for {}\nhelp: {shape}",
            article(first)
        )
    } else if text.starts_with("Unexpected") || text.starts_with("Unknown literal") {
        "this has another form here\nhelp: write `key`, `key = \"text\"` or `key = Type`, as the documentation of the derive has it".to_owned()
    } else {
        text.to_owned()
    }
}

fn article(shape: &str) -> String {
    match shape {
        "enum" => "an enum".to_owned(),
        "union" => "a union".to_owned(),
        other => format!("a struct with {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::reworded;

    #[test]
    fn errors_say_what_to_write() {
        let cases = [
            (
                "Unknown field: `plurl`. Did you mean `plural`?",
                "there is no `plurl` here\nhelp: did you mean `plural`?",
            ),
            (
                "Unknown field: `x`. Available values: `a`, `b`",
                "there is no `x` here\nhelp: there are `a`, `b`",
            ),
            (
                "Duplicate field `plural`",
                "`plural` is said twice\nhelp: keep one",
            ),
            (
                "Unsupported shape `enum`. Expected struct with named fields.",
                "this can't be derived for an enum\nhelp: use a struct",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(reworded(text, "use a struct"), expected);
        }
    }
}

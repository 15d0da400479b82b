//! A name in one place of a schema: as data, and as Rust.

use rowcast_schema::Finding;
use serde_json::Value;

use super::roles::Role;

/// A name in one place.
#[derive(Clone)]
pub struct Case {
    pub role: &'static Role,
    pub name: &'static str,
    /// What stands for `gnu`, and for `Quagga` unless one copy of the schema has all names.
    mark: String,
    number: usize,
}

impl Case {
    pub fn new(role: &'static Role, name: &'static str, number: usize) -> Self {
        let digits = [number / 26 / 26, number / 26, number];
        let mark = digits.map(|digit| char::from(b'a' + (digit % 26) as u8));
        Self {
            role,
            name,
            mark: mark.into_iter().collect(),
            number,
        }
    }

    /// The schema as data.
    pub fn description(&self) -> Value {
        self.renamed(&self.role.schema)
    }

    fn renamed(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text, self.name).into(),
            Value::Array(items) => items.iter().map(|item| self.renamed(item)).collect(),
            Value::Object(entries) => {
                let entries = entries.iter();
                let renamed = entries.map(|(key, value)| match key.as_str() {
                    // The place tells the case.
                    "line" if !self.role.is_shared() => (key.clone(), self.number.into()),
                    _ => (self.text(key, self.name), self.renamed(value)),
                });
                Value::Object(renamed.collect())
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str, name: &str) -> String {
        let own = if self.role.is_shared() {
            self.role.name.replace('_', "")
        } else {
            self.mark.clone()
        };
        text.replace("Quagga", &format!("Quagga{own}"))
            .replace("quagga", &format!("quagga{own}"))
            .replace("gnu", &self.mark)
            .replace("Zebra", name)
    }

    /// A part of the prototype with the names in it.
    fn source(&self, code: &str) -> String {
        let parts = code.split('"').enumerate();
        let parts = parts.map(|(index, part)| match index % 2 {
            0 => self.text(part, &identifier(self.name)),
            _ => self.text(part, &self.name.escape_default().to_string()),
        });
        parts.collect::<Vec<_>>().join("\"")
    }

    /// Whether a schema would likely have both.
    pub fn meets(&self, other: &Self) -> bool {
        let is_item = |case: &Self| ["command", "plural", "resource"].contains(&case.role.name);
        let is_near = self.role.name == other.role.name || is_item(self) && is_item(other);
        self.name != other.name && is_near
    }

    /// Whether findings may be about this case: by their places, or by a name that one schema has with others.
    pub fn is_named_in(&self, findings: &[Finding]) -> bool {
        let line = |finding: &Finding| finding.at.as_ref().map_or(0, |at| at.line);
        findings.iter().any(|finding| match self.role.is_shared() {
            true => finding.message.contains(self.name),
            false => {
                line(finding) == self.number as u32
                    || finding.message.contains(&format!("Quagga{}", self.mark))
                    || finding.message.contains(&format!("`{}`", self.name))
            }
        })
    }

    /// The module that the source stands in.
    pub fn module(&self) -> String {
        match self.role.is_shared() {
            true => format!("places_of_{}", self.role.name),
            false => format!("place_of_{}_{}", self.role.name, self.mark),
        }
    }
}

/// The schema of cases that share one, as Rust.
pub fn source(cases: &[&Case]) -> String {
    let mut code = String::new();
    let mut repeated: Option<String> = None;
    for line in cases[0].role.source.lines() {
        match (line.trim(), &mut repeated) {
            ("// {", _) => repeated = Some(String::new()),
            ("// }", Some(lines)) => {
                code.extend(cases.iter().map(|case| case.source(lines)));
                repeated = None;
            }
            (text, _) if text.starts_with("//!") => {}
            (_, Some(lines)) => lines.extend([line, "\n"]),
            _ => code.extend([&cases[0].source(line), "\n"]),
        }
    }
    code
}

/// The name as an identifier, raw if it is a keyword.
fn identifier(name: &str) -> String {
    match syn::parse_str::<syn::Ident>(name) {
        // A keyword since the edition of 2024, which the parser does not know.
        Ok(_) if name != "gen" => name.to_owned(),
        _ => format!("r#{name}"),
    }
}

/// Whether Rust has identifiers of this name.
pub fn can_be_identifier(name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_bare = matches!(name, "self" | "Self" | "super" | "crate" | "_");
    let is_plain =
        name.chars().all(is_part) && !name.starts_with(|first: char| first.is_ascii_digit());
    !is_bare && is_plain && syn::parse_str::<syn::Ident>(&identifier(name)).is_ok()
}

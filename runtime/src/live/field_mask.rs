//! Fields that a caller may not see, and how they are removed from what is sent.

use rowcast_schema::input::{Entries, Json};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use crate::live::Access;
use crate::store::{Error, view_suffix};

/// The access that seeing or setting a field requires.
///
/// ```
/// use rowcast_runtime::{Access, FieldRule};
///
/// // In `{ "lessons": { "mo": [{ "coach": { "wage": 1 } }] } }`
/// const SEEN_BY: &[FieldRule] =
///     &[FieldRule::new(Access::Role("manager"), &["lessons", "*", "coach", "wage"])];
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    pub(crate) access: Access,
    pub(crate) path: &'static [&'static str],
}

impl FieldRule {
    /// A rule for the field at this path of keys. `*` stands for each key of an object; lists need no step, since the
    /// field is in each of their items.
    pub const fn new(access: Access, path: &'static [&'static str]) -> Self {
        Self { access, path }
    }
}

/// The paths of the fields that a caller may not see, in the order of their declaration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct FieldMask(Vec<Vec<&'static str>>);

impl FieldMask {
    /// The fields that `may` denies. `within` is the path of the rows in what is sent.
    pub(crate) fn of(
        rules: &[FieldRule],
        within: &[&'static str],
        may: impl Fn(Access) -> bool,
    ) -> Self {
        let mask = rules.iter().filter(|rule| !may(rule.access));
        Self(mask.map(|rule| [within, rule.path].concat()).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The suffix of the names of rooms and epochs, as with scopes: empty if all fields are visible.
    pub(crate) fn suffix(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut hash = Sha256::new();
        for key in self.0.iter().flat_map(|path| path.iter().chain([&""])) {
            hash.update((key.len() as u64).to_be_bytes());
            hash.update(key);
        }
        view_suffix('^', hash)
    }

    /// The same JSON without these fields. Everything else is kept byte for byte.
    pub(crate) fn apply(&self, json: Box<RawValue>) -> Result<Box<RawValue>, Error> {
        if self.is_empty() {
            return Ok(json);
        }
        let paths: Vec<_> = self.0.iter().map(Vec::as_slice).collect();
        let whole = MaskedJson {
            json: &json,
            paths: &paths,
        };
        Ok(to_raw_value(&whole)?)
    }
}

/// A JSON value, and the paths to remove from it.
struct MaskedJson<'a> {
    json: &'a RawValue,
    paths: &'a [&'a [&'static str]],
}

impl Serialize for MaskedJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let paths = self.paths;
        match Json::of(self.json) {
            _ if paths.is_empty() => self.json.serialize(serializer),
            Json::List(items) => {
                serializer.collect_seq(items.map(|json| MaskedJson { json, paths }))
            }
            Json::Object(entries) => self.object(entries, serializer),
            _ => self.json.serialize(serializer),
        }
    }
}

impl MaskedJson<'_> {
    fn object<S: Serializer>(
        &self,
        entries: Entries<'_>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (key, json) in entries {
            let key = key.ok_or_else(|| S::Error::custom("a key names no character"))?;
            let paths = self.paths.iter().filter_map(|path| rest(path, &key));
            let paths: Vec<_> = paths.collect();
            if paths.iter().all(|path| !path.is_empty()) {
                let paths = &paths;
                object.serialize_entry(&key, &MaskedJson { json, paths })?;
            }
        }
        object.end()
    }
}

/// The rest of a path after a key, if the path leads there.
fn rest<'p>(path: &'p [&'static str], key: &str) -> Option<&'p [&'static str]> {
    let (first, rest) = path.split_first()?;
    (*first == "*" || *first == key).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &[FieldRule] = &[
        FieldRule::new(Access::Role("a"), &["wage"]),
        FieldRule::new(Access::Role("b"), &["coach", "phone"]),
        FieldRule::new(Access::Role("b"), &["by_day", "*", "notes"]),
    ];

    fn masked(json: &str, within: &[&'static str], may: impl Fn(Access) -> bool) -> String {
        let json = RawValue::from_string(json.to_owned()).unwrap();
        let mask = FieldMask::of(RULES, within, may);
        mask.apply(json).unwrap().get().to_owned()
    }

    #[test]
    fn fields_are_left_out_wherever_they_stand_and_nothing_else_is_touched() {
        let rows = r#"[{"z":1.50,"wage":3,"a":18446744073709551615,"coach":{"phone":"1","wage":7}},{"coach":null,"by_day":{"mo":[{"notes":1,"n":2}],"tu":[]}}]"#;
        assert_eq!(
            masked(rows, &[], |_| false),
            r#"[{"z":1.50,"a":18446744073709551615,"coach":{"wage":7}},{"coach":null,"by_day":{"mo":[{"n":2}],"tu":[]}}]"#
        );
        assert_eq!(masked(rows, &[], |_| true), rows);
        assert_eq!(
            masked(rows, &[], |access| access == Access::Role("b")),
            rows.replace(r#""wage":3,"#, "")
        );
    }

    #[test]
    fn rows_of_a_page_are_found_within_it() {
        let page = r#"{"rows":[{"wage":1,"id":2}],"next":null,"wage":5}"#;
        assert_eq!(
            masked(page, &["rows"], |_| false),
            r#"{"rows":[{"id":2}],"next":null,"wage":5}"#
        );
    }

    #[test]
    fn keys_are_found_however_they_are_written() {
        assert_eq!(
            masked(r#"{"w\u0061ge":1,"b\"":2}"#, &[], |_| false),
            r#"{"b\"":2}"#
        );
    }

    #[test]
    fn another_mask_has_another_suffix() {
        let suffix = |may: fn(Access) -> bool| FieldMask::of(RULES, &[], may).suffix();
        assert_eq!(suffix(|_| true), "");
        assert_ne!(
            suffix(|_| false),
            suffix(|access| access == Access::Role("a"))
        );
    }
}

//! Fields that somebody does not see, and how they are left out of what is sent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::pipeline::Access;
use crate::scopes::part_name;

/// Who sees a field, or may set it.
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
    /// A rule for the field that these keys lead to. `*` stands for each key of an object; lists need no step, since the
    /// field is in each of their items.
    pub const fn new(access: Access, path: &'static [&'static str]) -> Self {
        Self { access, path }
    }
}

/// The paths of fields that somebody does not see, in the order in which they are declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Unseen(Vec<Vec<&'static str>>);

impl Unseen {
    /// The fields of those that `may` does not let somebody see. `within` is where rows stand in what is sent.
    pub(crate) fn of(
        rules: &[FieldRule],
        within: &[&'static str],
        may: impl Fn(Access) -> bool,
    ) -> Self {
        let unseen = rules.iter().filter(|rule| !may(rule.access));
        Self(unseen.map(|rule| [within, rule.path].concat()).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is added to the names of rooms and epochs, as with scopes: nothing for those who see all fields.
    pub(crate) fn suffix(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut hash = Sha256::new();
        for key in self.0.iter().flat_map(|path| path.iter().chain([&""])) {
            hash.update((key.len() as u64).to_be_bytes());
            hash.update(key);
        }
        part_name('^', hash)
    }

    /// The same JSON without these fields. Everything else stays as it is written.
    pub(crate) fn left_out(&self, json: Box<RawValue>) -> Result<Box<RawValue>, StoreError> {
        if self.is_empty() {
            return Ok(json);
        }
        let paths: Vec<_> = self.0.iter().map(Vec::as_slice).collect();
        let whole = Part {
            json: &json,
            paths: &paths,
        };
        Ok(to_raw_value(&whole)?)
    }
}

/// A part of some JSON, and what is to be left out of it.
struct Part<'a> {
    json: &'a RawValue,
    paths: &'a [&'a [&'static str]],
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.json.get();
        match text.bytes().find(|byte| !byte.is_ascii_whitespace()) {
            _ if self.paths.is_empty() => self.json.serialize(serializer),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(S::Error::custom)?;
                let paths = self.paths;
                serializer.collect_seq(items.into_iter().map(|json| Part { json, paths }))
            }
            Some(b'{') => {
                let entries: Entries<'_> = serde_json::from_str(text).map_err(S::Error::custom)?;
                self.object(&entries, serializer)
            }
            _ => self.json.serialize(serializer),
        }
    }
}

impl Part<'_> {
    fn object<S: Serializer>(
        &self,
        entries: &Entries<'_>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (key, json) in &entries.0 {
            let paths: Vec<_> = self
                .paths
                .iter()
                .filter_map(|path| key.rest(path))
                .collect();
            if paths.iter().all(|path| !path.is_empty()) {
                let paths = &paths;
                object.serialize_entry(&key.0, &Part { json, paths })?;
            }
        }
        object.end()
    }
}

/// An object with its keys in their order.
struct Entries<'a>(Vec<(Key<'a>, &'a RawValue)>);

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Key<'_> {
    /// Where a path goes on from here, if it leads here.
    fn rest<'p>(&self, path: &'p [&'static str]) -> Option<&'p [&'static str]> {
        let (first, rest) = path.split_first()?;
        (*first == "*" || *first == self.0).then_some(rest)
    }
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &[FieldRule] = &[
        FieldRule::new(Access::Role("a"), &["wage"]),
        FieldRule::new(Access::Role("b"), &["coach", "phone"]),
        FieldRule::new(Access::Role("b"), &["by_day", "*", "notes"]),
    ];

    fn left_out(json: &str, within: &[&'static str], may: impl Fn(Access) -> bool) -> String {
        let json = RawValue::from_string(json.to_owned()).unwrap();
        let unseen = Unseen::of(RULES, within, may);
        unseen.left_out(json).unwrap().get().to_owned()
    }

    #[test]
    fn fields_are_left_out_wherever_they_stand_and_nothing_else_is_touched() {
        let rows = r#"[{"z":1.50,"wage":3,"a":18446744073709551615,"coach":{"phone":"1","wage":7}},{"coach":null,"by_day":{"mo":[{"notes":1,"n":2}],"tu":[]}}]"#;
        assert_eq!(
            left_out(rows, &[], |_| false),
            r#"[{"z":1.50,"a":18446744073709551615,"coach":{"wage":7}},{"coach":null,"by_day":{"mo":[{"n":2}],"tu":[]}}]"#
        );
        assert_eq!(left_out(rows, &[], |_| true), rows);
        assert_eq!(
            left_out(rows, &[], |access| access == Access::Role("b")),
            rows.replace(r#""wage":3,"#, "")
        );
    }

    #[test]
    fn rows_of_a_page_are_found_within_it() {
        let page = r#"{"rows":[{"wage":1,"id":2}],"next":null,"wage":5}"#;
        assert_eq!(
            left_out(page, &["rows"], |_| false),
            r#"{"rows":[{"id":2}],"next":null,"wage":5}"#
        );
    }

    #[test]
    fn keys_are_found_however_they_are_written() {
        assert_eq!(
            left_out(r#"{"w\u0061ge":1,"b\"":2}"#, &[], |_| false),
            r#"{"b\"":2}"#
        );
    }

    #[test]
    fn who_sees_other_fields_has_another_suffix() {
        let suffix = |may: fn(Access) -> bool| Unseen::of(RULES, &[], may).suffix();
        assert_eq!(suffix(|_| true), "");
        assert_ne!(
            suffix(|_| false),
            suffix(|access| access == Access::Role("a"))
        );
    }
}

//! Steps through JSON text one level at a time, without building anything of it.
//!
//! A tree of [`serde_json::Value`] takes up to sixty times the memory of its text. What a client has sent is therefore kept
//! as text, and only the parts that an input has fields for are read from it. Each step looks at one level and skips what is
//! below; it takes text that is known to be JSON, which a [`RawValue`] always is.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A JSON value, one level of it read.
#[derive(Debug, Clone)]
pub enum Json<'j> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The digits of a number.
    Number(&'j str),
    /// A text with its quotation marks and escapes; see [`Json::text`].
    Text(&'j str),
    /// A list.
    List(Items<'j>),
    /// An object.
    Object(Entries<'j>),
}

impl<'j> Json<'j> {
    /// The value that begins with this text.
    pub fn of(raw: &'j RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => Self::Object(Entries(rest_of(text))),
            Some(b'[') => Self::List(Items(rest_of(text))),
            Some(b'"') => Self::Text(text),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text),
        }
    }

    /// The text that a value is, its escapes resolved; nothing for other values, and for escapes that name no character.
    pub fn text(raw: &'j RawValue) -> Option<Cow<'j, str>> {
        let Text(text) = serde_json::from_str(raw.get()).ok()?;
        Some(text)
    }
}

/// The items of a list, in their order.
#[derive(Debug, Clone)]
pub struct Items<'j>(&'j str);

/// The keys and values of an object, in their order. A key may occur more than once; the last one counts, as in JavaScript.
#[derive(Debug, Clone)]
pub struct Entries<'j>(&'j str);

impl<'j> Iterator for Items<'j> {
    type Item = &'j RawValue;

    fn next(&mut self) -> Option<&'j RawValue> {
        next_value(&mut self.0)
    }
}

impl<'j> Iterator for Entries<'j> {
    /// No key if its escapes name no character.
    type Item = (Option<Cow<'j, str>>, &'j RawValue);

    fn next(&mut self) -> Option<Self::Item> {
        let key = next_value(&mut self.0)?;
        let value = next_value(&mut self.0)?;
        Some((Json::text(key), value))
    }
}

impl<'j> Entries<'j> {
    /// The value of a key.
    pub fn find(self, key: &str) -> Option<&'j RawValue> {
        let mut found = self.filter(|(other, _)| other.as_deref() == Some(key));
        let (_, value) = found.by_ref().last()?;
        Some(value)
    }
}

#[derive(Deserialize)]
struct Text<'j>(#[serde(borrow)] Cow<'j, str>);

/// What follows an opening bracket.
fn rest_of(text: &str) -> &str {
    text.get(1..).unwrap_or_default()
}

/// The next value of a list or object, and what follows it.
fn next_value<'j>(rest: &mut &'j str) -> Option<&'j RawValue> {
    let text = rest.trim_start_matches([' ', '\t', '\r', '\n', ',', ':']);
    // At the closing bracket this fails.
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = <&RawValue>::deserialize(&mut parser).ok()?;
    *rest = text.get(value.get().len()..)?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Builds a value of the steps.
    fn built(raw: &RawValue) -> Value {
        match Json::of(raw) {
            Json::Null => Value::Null,
            Json::Bool(value) => value.into(),
            Json::Number(digits) => serde_json::from_str(digits).unwrap(),
            Json::Text(_) => Json::text(raw).unwrap().into(),
            Json::List(items) => items.map(built).collect(),
            Json::Object(entries) => entries
                .map(|(key, value)| (key.unwrap().into_owned(), built(value)))
                .collect(),
        }
    }

    #[test]
    fn the_steps_lead_to_what_a_parser_reads() {
        for text in [
            "null",
            " true ",
            "-0.5e-3",
            r#""a\"b\\\u00e9,]}""#,
            "[]",
            "[ ]",
            "{}",
            "{ }",
            r#"[1, [2,[]] ,{"a":null},"],[",true,-1.5]"#,
            r#"{"a": {"b" :[{"c":"}"}] } , "\u0064":false,"":0}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            "\n[\t1\r,\n2 ]\n",
        ] {
            let raw: &RawValue = serde_json::from_str(text).unwrap();
            assert_eq!(
                built(raw),
                serde_json::from_str::<Value>(text).unwrap(),
                "{text}"
            );
        }
    }

    #[test]
    fn of_a_key_that_occurs_more_than_once_the_last_counts() {
        let raw: &RawValue = serde_json::from_str(r#"{"a":1,"\u0061":2,"b":3}"#).unwrap();
        let Json::Object(entries) = Json::of(raw) else {
            panic!("it is an object");
        };
        assert_eq!(entries.clone().find("a").map(RawValue::get), Some("2"));
        assert!(entries.find("c").is_none());
    }

    #[test]
    fn a_text_that_names_no_character_is_none() {
        let raw: &RawValue = serde_json::from_str(r#"{"\ud800":"\ud800"}"#).unwrap();
        let Json::Object(mut entries) = Json::of(raw) else {
            panic!("it is an object");
        };
        let (key, value) = entries.next().unwrap();
        assert!(key.is_none() && Json::text(value).is_none());
    }
}

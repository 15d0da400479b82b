use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use socketioxide_core::parser::Parse;
use socketioxide_core::{Str, Value as Packet};
use socketioxide_parser_common::CommonParser;

use super::*;

fn sent(value: &impl Serialize) -> (Str, Vec<Vec<u8>>) {
    let raw = to_raw_value(value).unwrap();
    match CommonParser
        .encode_value(&Outgoing(&raw), Some("event"))
        .unwrap()
    {
        Packet::Str(text, attachments) => {
            let attachments = attachments.unwrap_or_default();
            (text, attachments.iter().map(|one| one.to_vec()).collect())
        }
        Packet::Bytes(_) => panic!("text is expected"),
    }
}

#[test]
fn bytes_leave_as_attachments_in_their_order() {
    let rows = json!([
        { "id": 1, "photo": Bytes::from(vec![1, 2]), "more": [Bytes::default(), null] },
        { "id": 18_446_744_073_709_551_615_u64, "photo": null, "text": r#"{"_placeholder":true,"base64":"AA=="}"# },
    ]);
    let (text, attachments) = sent(&json!({ "put": rows }));
    let expected = r#"["event",{"put":[{"id":1,"photo":{"_placeholder":true,"num":0},"more":[{"_placeholder":true,"num":1},null]},{"id":18446744073709551615,"photo":null,"text":"{\"_placeholder\":true,\"base64\":\"AA==\"}"}]}]"#;
    assert_eq!(text.as_str(), expected);
    assert_eq!(attachments, [vec![1, 2], vec![]]);
}

#[test]
fn more_bytes_than_clients_take_stay_in_the_text() {
    let list = |count: u8| -> Vec<Bytes> { (0..count).map(|one| vec![one].into()).collect() };
    assert_eq!(sent(&list(10)).1.len(), 10);
    let (text, attachments) = sent(&list(11));
    assert!(attachments.is_empty());
    assert_eq!(text.as_str(), format!(r#"["event",{}]"#, json!(list(11))));
}

#[test]
fn what_has_no_bytes_leaves_as_it_is() {
    let value = json!({ "a": [1.5, "_placeholder"], "_placeholder": false });
    let (text, attachments) = sent(&value);
    assert_eq!(text.as_str(), format!(r#"["event",{value}]"#));
    assert!(attachments.is_empty());
}

#[test]
fn a_payload_is_one_argument() {
    let (text, attachments) = {
        let raw = CommonParser.encode_value(&Payload(&(1, Bytes::from(vec![9]))), Some("event"));
        match raw.unwrap() {
            Packet::Str(text, attachments) => (text, attachments.unwrap_or_default()),
            Packet::Bytes(_) => panic!("text is expected"),
        }
    };
    assert_eq!(
        text.as_str(),
        r#"["event",[1,{"_placeholder":true,"num":0}]]"#
    );
    assert_eq!(attachments.len(), 1);
}

fn filled(value: &Value, attachments: &[&[u8]]) -> Result<Value, Mismatch> {
    let json = to_raw_value(value).unwrap();
    let filled = put_in(&json, &attachments.iter().copied().collect(), 100)?;
    Ok(serde_json::from_str(filled.as_ref().unwrap_or(&json).get()).unwrap())
}

#[test]
fn attachments_take_the_place_of_their_placeholders() {
    let value = json!({ "a": [{ "_placeholder": true, "num": 1 }, 1.50], "b": { "_placeholder": true, "num": 0 } });
    assert_eq!(
        filled(&value, &[&[1], &[2, 3]]),
        Ok(json!({ "a": [Bytes::from(vec![2, 3]), 1.50], "b": Bytes::from(vec![1]) }))
    );
    let none = json!({ "_placeholder": false, "a": "_placeholder" });
    assert_eq!(filled(&none, &[]), Ok(none));
}

#[test]
fn placeholders_without_attachments_are_rejected() {
    for value in [
        json!({ "_placeholder": true, "num": 1 }),
        json!([{ "_placeholder": true, "num": -1 }]),
        json!({ "deep": { "_placeholder": true, "base64": "AA==" } }),
        json!({ "_placeholder": true }),
    ] {
        assert_eq!(filled(&value, &[&[1]]), Err(Mismatch::Missing), "{value}");
    }
    let escaped = RawValue::from_string(r#"{"\u005fplaceholder":true,"num":7}"#.to_owned());
    let attachments = VecDeque::from([vec![1]]);
    assert_eq!(
        put_in(&escaped.unwrap(), &attachments, 100).unwrap_err(),
        Mismatch::Missing
    );
}

#[test]
fn an_attachment_is_used_once_and_is_no_longer_than_a_text() {
    let placeholder = json!({ "_placeholder": true, "num": 0 });
    let twice = json!([placeholder, placeholder]);
    assert_eq!(filled(&twice, &[&[1]]), Err(Mismatch::Repeated));
    assert!(filled(&placeholder, &[&[1; 75]]).is_ok());
    assert_eq!(filled(&placeholder, &[&[1; 76]]), Err(Mismatch::TooLarge));
}

/// The same, by what a parser makes of it.
fn filled_tree(value: &Value, attachments: &[&[u8]], used: &mut [bool]) -> Option<Value> {
    Some(match value {
        Value::Object(entries) if entries.get("_placeholder") == Some(&Value::Bool(true)) => {
            let number = usize::try_from(entries.get("num")?.as_u64()?).ok()?;
            let attachment = attachments.get(number)?;
            if std::mem::replace(used.get_mut(number)?, true) {
                return None;
            }
            json!(Bytes::from(*attachment))
        }
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Some((key.clone(), filled_tree(value, attachments, used)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
        Value::Array(items) => {
            let items = items
                .iter()
                .map(|item| filled_tree(item, attachments, used));
            Value::Array(items.collect::<Option<_>>()?)
        }
        other => other.clone(),
    })
}

#[test]
fn placeholders_are_found_where_a_parser_finds_them() {
    const PARTS: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "true",
        "false",
        "null",
        "0",
        "1",
        "-2.5e3",
        r#""_placeholder":true"#,
        r#""num":0"#,
        r#""num" : 1"#,
        r#""_placeholder" : false"#,
        r#""\u005fplaceholder":true"#,
        r#""_placeholder""#,
        r#""a\"b""#,
        r#""\\":"#,
        r#""a":"#,
        r#"{"_placeholder":true,"num":0}"#,
    ];
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let (attachments, mut compared) = ([&[1_u8][..], &[2, 3]], 0);
    for _ in 0..400_000 {
        let text: String = (0..1 + random(9))
            .map(|_| PARTS[random(PARTS.len())])
            .collect();
        for text in [format!("[{text}]"), format!("{{{text}}}")] {
            let Ok(json) = RawValue::from_string(text.clone()) else {
                continue;
            };
            let Ok(tree) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            // The parser drops the first value of a key that occurs twice.
            if tree.to_string().matches('{').count() < text.matches('{').count() {
                continue;
            }
            let filled = put_in(&json, &attachments.into(), 100).ok();
            let filled = filled
                .map(|whole| serde_json::from_str(whole.as_ref().unwrap_or(&json).get()).unwrap());
            assert_eq!(
                filled,
                filled_tree(&tree, &attachments, &mut [false; 2]),
                "{text}"
            );
            compared += 1;
        }
    }
    assert!(compared > 10_000, "{compared}");
}

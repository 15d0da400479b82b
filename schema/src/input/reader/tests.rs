//! What is read, and how it is said that it can't be.

use serde::Deserialize;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::*;

fn read<T: for<'de> Deserialize<'de>>(value: Value, reading: Reading) -> Result<T, String> {
    let value = to_raw_value(&value).unwrap();
    T::deserialize(Reader::new(&value, reading)).map_err(|error| error.to_string())
}

#[test]
fn lenient_reads_numbers_from_text_and_text_from_numbers() {
    assert_eq!(read::<u8>(json!("41"), Reading::Lenient), Ok(41));
    assert_eq!(
        read::<Option<i64>>(json!("-3"), Reading::Lenient),
        Ok(Some(-3))
    );
    assert_eq!(
        read::<String>(json!(1600), Reading::Lenient),
        Ok("1600".into())
    );
    assert_eq!(read::<f64>(json!("1.5"), Reading::Lenient), Ok(1.5));
}

#[test]
fn lenient_refuses_what_is_not_plain() {
    for text in ["", " ", "4x", "0x10", "NaN", "1e", "--1"] {
        assert_eq!(
            read::<u8>(json!(text), Reading::Lenient),
            Err("must be a whole number from 0 to 255".into()),
            "{text:?}"
        );
    }
    assert_eq!(
        read::<String>(json!(true), Reading::Lenient),
        Err("must be text".into())
    );
}

#[test]
fn strict_takes_types_literally() {
    assert!(read::<u8>(json!("41"), Reading::Strict).is_err());
    assert!(read::<String>(json!(1600), Reading::Strict).is_err());
}

#[test]
fn messages_name_no_rust_types() {
    assert_eq!(
        read::<f32>(json!(1e300), Reading::Strict),
        Err("must be a number".into())
    );
    assert_eq!(
        read::<i64>(json!(1.5), Reading::Strict),
        Err("must be a whole number".into())
    );
    assert_eq!(
        read::<Vec<u8>>(json!({}), Reading::Strict),
        Err("must be a list".into())
    );
    for list in [json!([1]), json!([1, 2, 3])] {
        assert_eq!(
            read::<(u8, u8)>(list, Reading::Strict),
            Err("must be a list of the right length".into())
        );
    }
    assert_eq!(
        read::<bool>(json!("yes"), Reading::Strict),
        Err("must be true or false".into())
    );
}

const LOCALHOST: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Takes a text that is no address, though its visitor gives one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Host(std::net::IpAddr);

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HostVisitor;

        impl Visitor<'_> for HostVisitor {
            type Value = std::net::IpAddr;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("here")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<std::net::IpAddr, E> {
                Ok(LOCALHOST)
            }
        }

        deserializer.deserialize_str(HostVisitor).map(Self)
    }
}

#[test]
fn keys_of_maps_are_read_as_what_they_say() {
    use std::collections::BTreeMap;

    let numbered = read::<BTreeMap<u8, String>>(json!({ "7": "seven" }), Reading::Strict);
    assert_eq!(numbered, Ok(BTreeMap::from([(7, "seven".into())])));
    let truths = read::<BTreeMap<bool, u8>>(json!({ "true": 1 }), Reading::Strict);
    assert_eq!(truths, Ok(BTreeMap::from([(true, 1)])));
    let hosts = read::<BTreeMap<Host, u8>>(json!({ "here": 1 }), Reading::Strict);
    assert_eq!(hosts.unwrap().into_keys().next(), Some(Host(LOCALHOST)));
    for key in ["256", "-1", "x", "", "01", "+1", "1.0", "1e0", "-0", " 1"] {
        assert_eq!(
            read::<BTreeMap<u8, u8>>(json!({ key: 1 }), Reading::Strict),
            Err("must be a whole number from 0 to 255".into()),
            "{key:?}"
        );
    }
}

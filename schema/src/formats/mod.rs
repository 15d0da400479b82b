//! What texts of a format look like: one rule per format, stated in `docs/types.md` and implemented here for the server
//! and in `client/src/zod` for the client.
//!
//! The parsers behind the types (chrono, uuid, rust_decimal) take more forms than their documentation says, and change
//! from one version to the next. A text is therefore checked here first, and given to them in the one form that all of
//! them read.

mod decimals;
mod times;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

pub(crate) use decimals::of_number;

/// Gives a text in the form that a type's own parser reads; nothing if it is not of the format.
pub(crate) type FormatRule = for<'t> fn(&'t str) -> Option<Cow<'t, str>>;

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Anything.
    Plain,
    /// One character (Unicode scalar value).
    Character,
    /// A moment with its offset from UTC, as in RFC 3339: `2026-05-01T09:00:00Z`.
    DateTime,
    /// A date and a time of day without an offset: `2026-05-01T09:00:00`.
    LocalDateTime,
    /// A date: `2026-05-01`.
    Date,
    /// A time of day: `09:00:00`.
    Time,
    /// A UUID: `67e55044-10b1-426f-9247-bb680e5fe0c8`.
    Uuid,
    /// A URL with its scheme.
    Uri,
    /// An IP address of either version.
    Ip,
    /// An IP address of version 4.
    Ipv4,
    /// An IP address of version 6.
    Ipv6,
    /// A decimal number, exact: `12.50`.
    Decimal,
    /// A whole number in decimal digits, of any length.
    Digits,
    /// The same, for clients that calculate with it.
    BigInt,
    /// Bytes as base64.
    Base64,
}

impl TextFormat {
    /// The format that a JSON Schema names.
    pub(crate) fn of_keyword(format: &str) -> Option<Self> {
        Some(match format {
            "date-time" => Self::DateTime,
            "partial-date-time" => Self::LocalDateTime,
            "date" => Self::Date,
            "partial-time" | "time" => Self::Time,
            "uuid" => Self::Uuid,
            "uri" => Self::Uri,
            "ip" => Self::Ip,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "digits" => Self::Digits,
            "bigint" => Self::BigInt,
            "base64" => Self::Base64,
            _ => return None,
        })
    }

    /// A text of the format.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::DateTime => "2026-05-01T09:00:00Z",
            Self::LocalDateTime => "2026-05-01T09:00:00",
            Self::Date => "2026-05-01",
            Self::Time => "09:00:00",
            Self::Uuid => "67e55044-10b1-426f-9247-bb680e5fe0c8",
            Self::Uri => "https://example.com/",
            Self::Ip | Self::Ipv4 => "127.0.0.1",
            Self::Ipv6 => "::1",
            Self::Decimal | Self::Digits | Self::BigInt => "1",
            Self::Base64 => "AQID",
            Self::Plain | Self::Character => "a",
        }
    }

    /// The rule of the format; none where the type itself takes one form only.
    pub(crate) fn rule(self) -> Option<FormatRule> {
        Some(match self {
            Self::DateTime => |text| times::date_time(text).map(Cow::Owned),
            Self::LocalDateTime => |text| times::local_date_time(text).map(Cow::Owned),
            Self::Date => |text| as_it_is(text, times::is_date),
            Self::Time => |text| times::time(text).map(Cow::Owned),
            Self::Uuid => |text| as_it_is(text, is_uuid),
            Self::Decimal => |text| as_it_is(text, decimals::is_decimal),
            Self::Ip => |text| as_it_is(text, |text| text.parse::<IpAddr>().is_ok()),
            Self::Ipv4 => |text| as_it_is(text, |text| text.parse::<Ipv4Addr>().is_ok()),
            Self::Ipv6 => |text| as_it_is(text, |text| text.parse::<Ipv6Addr>().is_ok()),
            Self::Plain
            | Self::Character
            | Self::Uri
            | Self::Digits
            | Self::BigInt
            | Self::Base64 => return None,
        })
    }

    /// Whether a text that is not of this format has a message of its own, whichever parser has refused it.
    pub(crate) fn has_message(self) -> bool {
        self.rule().is_some() || matches!(self, Self::Uri | Self::Base64)
    }
}

fn as_it_is(text: &str, is_of_format: fn(&str) -> bool) -> Option<Cow<'_, str>> {
    is_of_format(text).then_some(Cow::Borrowed(text))
}

/// 32 hexadecimal digits in groups: `67e55044-10b1-426f-9247-bb680e5fe0c8`.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: TextFormat, text: &str) -> Option<String> {
        format.rule().unwrap()(text).map(Cow::into_owned)
    }

    #[test]
    fn uuids_have_hyphens() {
        let uuid = "67E55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(read(TextFormat::Uuid, uuid).as_deref(), Some(uuid));
        for text in [
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67e55044-10b1-426f-9247-bb680e5fe0cg",
            "67e55044-10b1-426f-9247-bb680e5fe0c",
            "",
        ] {
            assert_eq!(read(TextFormat::Uuid, text), None, "{text}");
        }
    }
}

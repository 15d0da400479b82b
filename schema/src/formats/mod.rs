//! What texts of a format look like: one rule per format, stated in `docs/types.md` and implemented here for the server
//! and in `validation.ts` for the client.
//!
//! The parsers behind the types (chrono, uuid, rust_decimal) take more forms than their documentation says, and change
//! from one version to the next. A text is therefore checked here first, and given to them in the one form that all of
//! them read.

mod decimals;
mod times;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::contract::TextFormat;

pub(crate) use decimals::of_number;

impl TextFormat {
    /// The text in the form that the type's own parser reads; nothing if it is not of this format.
    ///
    /// Formats whose types have one form only are left to those types.
    pub(crate) fn read(self, text: &str) -> Option<Cow<'_, str>> {
        let is_of_format = match self {
            Self::DateTime => return times::date_time(text).map(Cow::Owned),
            Self::LocalDateTime => return times::local_date_time(text).map(Cow::Owned),
            Self::Date => times::is_date(text),
            Self::Time => return times::time(text).map(Cow::Owned),
            Self::Uuid => is_uuid(text),
            Self::Decimal => decimals::is_decimal(text),
            Self::Ip => text.parse::<IpAddr>().is_ok(),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Plain
            | Self::Character
            | Self::Uri
            | Self::Digits
            | Self::BigInt
            | Self::Base64 => true,
        };
        is_of_format.then_some(Cow::Borrowed(text))
    }

    /// Whether a text of this format has a message of its own, where its type's parser refuses it.
    pub(crate) fn is_told_apart(self) -> bool {
        self.is_checked() || matches!(self, Self::Uri | Self::Base64)
    }

    /// Whether [`TextFormat::read`] refuses or changes any text.
    pub(crate) fn is_checked(self) -> bool {
        match self {
            Self::DateTime
            | Self::LocalDateTime
            | Self::Date
            | Self::Time
            | Self::Uuid
            | Self::Decimal
            | Self::Ip
            | Self::Ipv4
            | Self::Ipv6 => true,
            Self::Plain
            | Self::Character
            | Self::Uri
            | Self::Digits
            | Self::BigInt
            | Self::Base64 => false,
        }
    }
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
        format.read(text).map(Cow::into_owned)
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

//! Limits of what clients may request.

use std::cell::Cell;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use rowcast_schema::FieldErrors;
use rowcast_schema::input::Json;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Limits of what clients may request. What exceeds them is rejected as `busy` or `invalid`, or ends the connection.
///
/// The size of a message is limited by [`SocketOptions`](crate::serve::SocketOptions), before it is read.
///
/// ```
/// use std::time::Duration;
/// use rowcast_runtime::Limits;
///
/// let limits = Limits { idle_time: Some(Duration::from_secs(3600)), ..Limits::default() };
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls of one socket that may wait; more are rejected as `busy`. A client that continues to send after ten
    /// thousand rejections in a few seconds is disconnected.
    pub max_in_flight: usize,
    /// Bytes of payload of one socket that may wait, however few the calls; a call is always accepted if none waits.
    pub max_waiting_bytes: usize,
    /// Bytes of messages of more than 64 KiB, of all clients together, that have begun and not ended, and of packets
    /// whose attachments were not all received: memory is reserved for the length that a client announces. A client
    /// that exceeds it loses its connection, as does one whose message or packet takes more than a minute. Needs
    /// [`Sockets::serve`](crate::serve::Sockets::serve).
    pub max_unfinished_bytes: usize,
    /// Bytes that may wait until a socket's client reads them: acks, lists and changes. More waits where it is stored
    /// once for all sockets: a whole list, of which at most one copy waits, and changes, which the socket is sent when
    /// it has read. Calls of a socket whose acks have no room wait too. One packet is always sent, however large. Needs
    /// [`Sockets::serve`](crate::serve::Sockets::serve); otherwise only the number of packets is limited, by
    /// [`SocketOptions`](crate::serve::SocketOptions).
    pub max_unsent_bytes: usize,
    /// Calls of one socket that are answered per second, so that one that sends at full speed leaves time for the
    /// others. The rest waits.
    pub calls_per_second: NonZeroU32,
    /// Calls that are answered at once after a while without any.
    pub burst: NonZeroU32,
    /// Packets of one connection, websocket or not, that are read per second, and a quarter of them at once after a
    /// while without any: calls, and all other packets. The rest waits in the network. Needs
    /// [`Sockets::serve`](crate::serve::Sockets::serve), as the next does.
    pub packets_per_second: NonZeroU32,
    /// Bytes of these packets that are read per second, and at once.
    pub bytes_per_second: NonZeroU32,
    /// Connections that are open at a time, whatever they are for; more are closed. Never more than the limit of open
    /// files of the process, less 128 for other uses, which [`Sockets::serve`](crate::serve::Sockets::serve) raises as
    /// far as the system allows (`ulimit -Hn`).
    ///
    /// One that is no websocket is closed a minute after it was opened if no request was received, 75 seconds after the
    /// last answer (11 minutes if there are [`proxies`](Self::proxies), which keep theirs for longer), and when its
    /// client reads nothing of an answer for a minute. Needs [`Sockets::serve`](crate::serve::Sockets::serve).
    pub max_connections: usize,
    /// Sockets that are connected from one address, or from one network of 64 bits with IPv6; more are rejected
    /// (`busy`). With [`Sockets::serve`](crate::serve::Sockets::serve), twice as many connections of an address may be
    /// open that are or may become sockets; more are answered with the status 429. And as many connections as sockets,
    /// and some, may be open for any use, unless there are [`proxies`](Self::proxies), and never more than there is
    /// room left for other addresses; more are closed.
    ///
    /// Connections from this machine are not counted as long as there are no [`proxies`](Self::proxies). Where the
    /// addresses of clients are unknown (a server that is run without `serve`, and without axum's `ConnectInfo`), all
    /// clients count as one address, which is logged.
    pub sockets_per_address: usize,
    /// Calls of all sockets of one address that are answered per second, with the attempts to connect. The rest waits.
    pub calls_per_second_per_address: NonZeroU32,
    /// Calls of all sockets of one address that may wait or be answered at a time. Beyond that, further calls of
    /// sockets that have some waiting are rejected as `busy`.
    pub max_in_flight_per_address: usize,
    /// Bytes of the payloads of these calls. Beyond that, calls with more than 64 kB are rejected as `busy`, and other
    /// calls of sockets that have some waiting; a call that is the only one of its address is always accepted.
    pub max_waiting_bytes_per_address: usize,
    /// The number of proxies before the server that report the address of the client in `X-Forwarded-For`. None by
    /// default: then that header, which any client can send, is ignored.
    ///
    /// The entry that the outermost of them has added is used. If there is none or it is no address, the address of the
    /// connection is used, which is that of the nearest proxy.
    pub proxies: usize,
    /// Bytes of one text in a payload.
    pub max_text: usize,
    /// Elements of one list, or fields of one object, in a payload.
    pub max_elements: usize,
    /// Nested lists and objects in a payload. Each level is scanned when it is parsed, so that a payload of more than
    /// 256 KiB may be nested less deep: 8 MiB divided by its size, and eight at least.
    pub max_depth: usize,
    /// How long a socket may stay connected without signing in; unlimited by default, as for visitors.
    pub unauthenticated_time: Option<Duration>,
    /// How long a socket may stay connected without a call that waits or is being answered; unlimited by default, as
    /// for clients that only watch.
    pub idle_time: Option<Duration>,
}

const CALLS_PER_SECOND: NonZeroU32 = NonZeroU32::new(5000).unwrap();
const BURST: NonZeroU32 = NonZeroU32::new(5000).unwrap();
const PACKETS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10_000).unwrap();
const BYTES_PER_SECOND: NonZeroU32 = NonZeroU32::new(16 * 1024 * 1024).unwrap();
const CALLS_PER_SECOND_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(20_000).unwrap();

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_in_flight: 4096,
            max_waiting_bytes: 16 * 1024 * 1024,
            max_unfinished_bytes: 64 * 1024 * 1024,
            max_unsent_bytes: 1024 * 1024,
            calls_per_second: CALLS_PER_SECOND,
            burst: BURST,
            packets_per_second: PACKETS_PER_SECOND,
            bytes_per_second: BYTES_PER_SECOND,
            max_connections: 65_536,
            sockets_per_address: 1000,
            calls_per_second_per_address: CALLS_PER_SECOND_PER_ADDRESS,
            max_in_flight_per_address: 16_384,
            max_waiting_bytes_per_address: 64 * 1024 * 1024,
            proxies: 0,
            max_text: 1024 * 1024,
            max_elements: 10_000,
            max_depth: 32,
            unauthenticated_time: None,
            idle_time: None,
        }
    }
}

impl Limits {
    /// Rejects payloads that exceed a limit, with an error for each field that does.
    ///
    /// It scans the text once and builds nothing. `beside` is the number of bytes that were received as attachments.
    pub(crate) fn check(&self, payload: &RawValue, beside: usize) -> Result<(), FieldErrors> {
        // As base64, they are part of what is parsed.
        let bytes = payload
            .get()
            .len()
            .saturating_add(beside.div_ceil(3).saturating_mul(4));
        let max_depth = self.max_depth_of(bytes);
        let Json::Object(entries) = Json::of(payload) else {
            let checked = self.check_value(payload, (max_depth, max_depth));
            return checked.map_err(FieldErrors::general);
        };
        let mut errors = FieldErrors::default();
        for (count, (name, value)) in entries.enumerate() {
            self.check_count(count + 1).map_err(FieldErrors::general)?;
            let name = name.ok_or_else(|| FieldErrors::general(UNREADABLE))?;
            self.check_text(&name).map_err(FieldErrors::general)?;
            let deeper = (max_depth.saturating_sub(1), max_depth);
            if let Err(error) = self.check_value(value, deeper) {
                errors.add(name, error);
            }
        }
        errors.is_empty().then_some(()).ok_or(errors)
    }

    fn max_depth_of(&self, bytes: usize) -> usize {
        let max = MAX_BYTES_TIMES_DEPTH / bytes.max(1);
        self.max_depth.min(max.max(MIN_DEPTH))
    }

    /// `depth` is how deep the value may be nested, and the limit that the error states.
    fn check_value(&self, value: &RawValue, depth: (usize, usize)) -> Result<(), String> {
        let check = Check {
            limits: self,
            depth: depth.0,
            max_depth: depth.1,
            found: &Cell::new(None),
        };
        let checked = check.deserialize(&mut serde_json::Deserializer::from_str(value.get()));
        checked.map_err(|_| check.found.take().unwrap_or_else(|| UNREADABLE.to_owned()))
    }

    fn check_count(&self, count: usize) -> Result<(), String> {
        let max = self.max_elements;
        match count > max {
            true => Err(format!("must not have a list of more than {max} elements")),
            false => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        match text.len() > self.max_text {
            true => Err(self.text_too_long()),
            false => Ok(()),
        }
    }

    pub(crate) fn text_too_long(&self) -> String {
        let max = self.max_text;
        format!("must not have a text of more than {max} bytes")
    }
}

/// Each level of a payload is scanned when it is parsed, so that this bounds the time it takes.
const MAX_BYTES_TIMES_DEPTH: usize = 8 * 1024 * 1024;
/// A payload of any size may be nested this deep.
const MIN_DEPTH: usize = 8;

/// For JSON with numbers or characters that do not exist.
const UNREADABLE: &str = "is not JSON that the server can read";

/// Visits a value as it is parsed, and stops at what is too large.
#[derive(Clone, Copy)]
struct Check<'c> {
    limits: &'c Limits,
    /// Levels of lists and objects that are allowed from here on.
    depth: usize,
    max_depth: usize,
    /// What was too large, since the parser's own error would not contain it.
    found: &'c Cell<Option<String>>,
}

impl Check<'_> {
    fn record<T, E: de::Error>(&self, checked: Result<T, String>) -> Result<T, E> {
        checked.map_err(|error| {
            self.found.set(Some(error));
            E::custom("too large")
        })
    }

    /// The same check one level deeper.
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let max = self.max_depth;
        let left = self.depth.checked_sub(1);
        let left = left.ok_or_else(|| format!("must not be nested more than {max} deep"));
        let depth = self.record(left)?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value within the limits")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.record(self.limits.check_text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut count = 0;
        while items.next_element_seed(inner)?.is_some() {
            count += 1;
            self.record(self.limits.check_count(count))?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut count = 0;
        while entries.next_key_seed(inner)?.is_some() {
            entries.next_value_seed(inner)?;
            count += 1;
            self.record(self.limits.check_count(count))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rowcast_schema::FieldError;
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;

    fn checked(payload: &Value) -> String {
        let limits = Limits {
            max_text: 4,
            max_elements: 3,
            max_depth: 2,
            ..Limits::default()
        };
        let payload = to_raw_value(payload).unwrap();
        let errors = limits.check(&payload, 0).err().unwrap_or_default();
        let said = errors.iter();
        let said = said.map(|(field, errors)| {
            let messages: Vec<&str> = errors.iter().map(FieldError::message).collect();
            format!("{field}: {}", messages.join(" "))
        });
        said.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_is_as_large_as_allowed_is_accepted() {
        for payload in [
            json!(null),
            json!("abcd"),
            json!([1, 2, 3]),
            json!({ "a": { "b": "abcd" } }),
            json!([["abcd"]]),
        ] {
            assert_eq!(checked(&payload), "", "{payload}");
        }
    }

    #[test]
    fn what_is_larger_is_named() {
        let (text, list, deep) = (
            "must not have a text of more than 4 bytes",
            "must not have a list of more than 3 elements",
            "must not be nested more than 2 deep",
        );
        for (payload, field, error) in [
            (json!("abcde"), "_", text),
            (json!({ "a": ["abcde"] }), "a", text),
            (json!({ "abcde": 1 }), "_", text),
            (json!([1, 2, 3, 4]), "_", list),
            (json!({ "a": 1, "b": 2, "c": 3, "d": 4 }), "_", list),
            (json!({ "a": [1, 2, 3, 4], "b": 1 }), "a", list),
            (json!([[[]]]), "_", deep),
            (json!({ "a": { "b": {} } }), "a", deep),
        ] {
            assert_eq!(checked(&payload), format!("{field}: {error}"), "{payload}");
        }
        for (bytes, depth) in [(200_000, 32), (500_000, 16), (4_000_000, 8)] {
            let text = "x".repeat(100_000);
            let texts = vec![text; bytes / 100_000];
            let nested = |depth: usize| {
                let texts = serde_json::to_string(&texts).unwrap();
                let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
                let nested = RawValue::from_string(format!("{open}{texts}{close}"));
                Limits::default().check(&nested.unwrap(), 0)
            };
            assert_eq!(nested(depth), Ok(()));
            let errors = nested(depth + 1).unwrap_err();
            let error = format!("must not be nested more than {depth} deep");
            assert_eq!(errors.get("_"), [error]);
        }
        let both = checked(&json!({ "a": "abcde", "b": 1, "c": [1, 2, 3, 4] }));
        assert_eq!(both, format!("a: {text}; c: {list}"));
    }
}

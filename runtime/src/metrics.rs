//! The metrics of the server, for the recorder that the program installs.
//!
//! Metrics are recorded by the facade of the [`metrics`](https://docs.rs/metrics) crate: without a recorder they cost
//! next to nothing, with one they are passed to it. Install it before the store is opened and the server attached,
//! since some metrics stay with the recorder that was installed then.
//!
//! | name | kind | labels | what it measures |
//! |---|---|---|---|
//! | [`rowcast_calls_total`](CALLS) | counter | `event`, `outcome` | calls that were answered |
//! | [`rowcast_call_duration_seconds`](CALL_DURATION) | histogram | `event` | from the arrival of a call until its ack was handed to its socket |
//! | [`rowcast_call_wait_seconds`](CALL_WAIT) | histogram | `event` | the part of it in which earlier calls of the same socket were answered |
//! | [`rowcast_calls_in_flight`](CALLS_IN_FLIGHT) | gauge | | calls that were received and are not answered yet |
//! | [`rowcast_sockets`](SOCKETS) | gauge | | sockets that are connected |
//! | [`rowcast_connections_total`](CONNECTIONS) | counter | `outcome` | sockets that tried to connect |
//! | [`rowcast_writer_queue_depth`](WRITER_QUEUE_DEPTH) | gauge | | jobs that wait for the store's writer |
//! | [`rowcast_reader_queue_depth`](READER_QUEUE_DEPTH) | gauge | | jobs that wait for one of the store's readers |
//! | [`rowcast_list_loads_total`](LIST_LOADS) | counter | `list`, `kind`, `outcome` | queries for a live list |
//! | [`rowcast_list_load_duration_seconds`](LIST_LOAD_DURATION) | histogram | `list`, `kind` | how long these took, waiting for a reader included |
//! | [`rowcast_publish_lag_seconds`](PUBLISH_LAG) | histogram | `list` | from a commit until its changes were handed to all sockets of this server |
//!
//! `outcome` is `ok` or the [code](rowcast_schema::ErrorCode) of the rejection, and for connections `outdated` too.
//! `event` is one that the server has: calls of other events count as [`unknown`](UNKNOWN), and those that were
//! rejected before they were parsed, since their socket had too many calls waiting, as [`unread`](UNREAD). `kind` is
//! `whole` for a list as a whole, and `rows` for those that changed. So no client can invent labels.
//!
//! Times are in seconds; for a recorder that needs explicit histogram buckets, there are [`DURATION_BUCKETS`]:
//!
//! ```
//! use rowcast_runtime::metrics::DURATION_BUCKETS;
//!
//! assert!(DURATION_BUCKETS.is_sorted());
//! ```

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Calls that were answered, by `event` and `outcome`.
pub const CALLS: &str = "rowcast_calls_total";
/// Seconds from the arrival of a call until its ack was handed to its socket, by `event`.
pub const CALL_DURATION: &str = "rowcast_call_duration_seconds";
/// Seconds from the arrival of a call until it is processed, by `event`: the calls of a socket are answered in
/// sequence.
pub const CALL_WAIT: &str = "rowcast_call_wait_seconds";
/// Calls that were received and are not answered yet.
pub const CALLS_IN_FLIGHT: &str = "rowcast_calls_in_flight";
/// Sockets that are connected to this server.
pub const SOCKETS: &str = "rowcast_sockets";
/// Sockets that tried to connect, by `outcome`.
pub const CONNECTIONS: &str = "rowcast_connections_total";
/// Jobs that wait for the store's writer.
pub const WRITER_QUEUE_DEPTH: &str = "rowcast_writer_queue_depth";
/// Jobs that wait for one of the store's readers.
pub const READER_QUEUE_DEPTH: &str = "rowcast_reader_queue_depth";
/// Queries for a live list, by `list`, `kind` and `outcome`.
pub const LIST_LOADS: &str = "rowcast_list_loads_total";
/// Seconds that queries for a live list took, by `list` and `kind`.
pub const LIST_LOAD_DURATION: &str = "rowcast_list_load_duration_seconds";
/// Seconds from a commit until its changes were handed to all sockets of this server, by `list`.
///
/// A failed round is not over: its time continues until the next one succeeds.
pub const PUBLISH_LAG: &str = "rowcast_publish_lag_seconds";

/// The `event` of calls to events that the server does not have.
pub const UNKNOWN: &str = "unknown";
/// The `event` of calls that were rejected as busy before their event was parsed.
pub const UNREAD: &str = "unread";
/// The `outcome` of what was not rejected.
pub const OK: &str = "ok";

/// Upper bounds in seconds for the histograms: from a tenth of a millisecond, in which a small read is answered, to the ten
/// seconds after which clients give up.
pub const DURATION_BUCKETS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// Describes the names and their units to the recorder. A server does so when it is attached.
pub fn describe() {
    describe_counter!(CALLS, Unit::Count, "Calls that were answered.");
    describe_histogram!(
        CALL_DURATION,
        Unit::Seconds,
        "Time from the arrival of a call until its ack was handed to its socket."
    );
    describe_histogram!(
        CALL_WAIT,
        Unit::Seconds,
        "Time from the arrival of a call until earlier calls of its socket were answered."
    );
    describe_gauge!(
        CALLS_IN_FLIGHT,
        Unit::Count,
        "Calls that have come and are not answered yet."
    );
    describe_gauge!(SOCKETS, Unit::Count, "Sockets that are connected.");
    describe_counter!(CONNECTIONS, Unit::Count, "Sockets that asked to be let in.");
    describe_gauge!(
        WRITER_QUEUE_DEPTH,
        Unit::Count,
        "Jobs that wait for the writer of the store."
    );
    describe_gauge!(
        READER_QUEUE_DEPTH,
        Unit::Count,
        "Jobs that wait for a reader of the store."
    );
    describe_counter!(LIST_LOADS, Unit::Count, "Queries for a live list.");
    describe_histogram!(
        LIST_LOAD_DURATION,
        Unit::Seconds,
        "Time that a query for a live list took."
    );
    describe_histogram!(
        PUBLISH_LAG,
        Unit::Seconds,
        "Time from a commit until what it changed was handed to all sockets."
    );
}

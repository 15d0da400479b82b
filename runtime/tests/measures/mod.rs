//! What was measured on the test's own thread, and the lines that were traced.

// Not every test binary uses all of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tracing_subscriber::fmt::MakeWriter;

/// Reads a recorder, which forgets what it has when it is read.
///
/// Gauges are added up: the runtime only counts them up and down.
pub(crate) struct Measures {
    snapshots: Snapshotter,
    counted: BTreeMap<String, u64>,
    gauges: BTreeMap<String, f64>,
    times: BTreeMap<String, Vec<f64>>,
}

impl Measures {
    pub(crate) fn of(recorder: &DebuggingRecorder) -> Self {
        Self {
            snapshots: recorder.snapshotter(),
            counted: BTreeMap::new(),
            gauges: BTreeMap::new(),
            times: BTreeMap::new(),
        }
    }

    fn read(&mut self) {
        for (key, _, _, value) in self.snapshots.snapshot().into_vec() {
            let key = key.key();
            let labels: Vec<_> = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let name = format!("{}{{{}}}", key.name(), labels.join(","));
            match value {
                DebugValue::Counter(more) => *self.counted.entry(name).or_default() += more,
                DebugValue::Gauge(more) => {
                    *self.gauges.entry(name).or_default() += more.into_inner()
                }
                DebugValue::Histogram(more) => {
                    let times = self.times.entry(name).or_default();
                    times.extend(more.into_iter().map(|time| time.into_inner()));
                }
            }
        }
    }

    /// The counters whose name begins so.
    pub(crate) fn counted(&mut self, name: &str) -> Vec<(String, u64)> {
        self.read();
        let counted = self.counted.iter().filter(|(key, _)| key.starts_with(name));
        counted.map(|(key, count)| (key.clone(), *count)).collect()
    }

    pub(crate) fn gauge(&mut self, name: &str) -> Option<f64> {
        self.read();
        self.gauges.get(&format!("{name}{{}}")).copied()
    }

    pub(crate) fn times(&mut self, name: &str) -> Vec<f64> {
        self.read();
        self.times.get(name).cloned().unwrap_or_default()
    }

    /// All labels of all measures.
    pub(crate) fn names(&mut self) -> Vec<String> {
        self.read();
        let counted = self.counted.keys().chain(self.gauges.keys());
        counted.chain(self.times.keys()).cloned().collect()
    }

    /// Waits until a gauge has a value.
    pub(crate) async fn until_gauge(&mut self, name: &str, value: f64) {
        let begun = std::time::Instant::now();
        while self.gauge(name) != Some(value) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{name} is {:?} and not {value}",
                self.gauge(name)
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Takes what a subscriber writes.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

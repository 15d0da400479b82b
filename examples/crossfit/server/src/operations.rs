//! What those see who run the planner: its log and its measures.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rowcast_runtime::metrics::DURATION_BUCKETS;
use tracing_subscriber::EnvFilter;

/// How often samples are put into their buckets, so that they do not pile up while nobody asks for them.
const UPKEEP: Duration = Duration::from_secs(5);
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is logged: warnings, or what `RUST_LOG` says.
pub fn log_filter(wanted: Option<&str>) -> EnvFilter {
    let wanted = wanted.and_then(|wanted| wanted.parse().ok());
    let filter: EnvFilter = wanted.unwrap_or_else(|| "warn".into());
    // Below that it logs whole messages, and so the passwords in them.
    let quiet = ["tungstenite=info", "tokio_tungstenite=info"];
    let quiet = quiet.into_iter().flat_map(str::parse);
    quiet.fold(filter, EnvFilter::add_directive)
}

/// Where all measures of this process go.
pub fn measure() -> Result<PrometheusHandle, Box<dyn Error>> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let measures = PrometheusBuilder::new()
        .set_buckets_for_metric(seconds, DURATION_BUCKETS)?
        .install_recorder()?;
    let kept = measures.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(measures)
}

/// `/metrics`, in the text that Prometheus reads.
pub fn metrics_route(measures: PrometheusHandle) -> Router {
    let render = move || async move { ([(CONTENT_TYPE, PROMETHEUS_TEXT)], measures.render()) };
    Router::new().route("/metrics", get(render))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged_with(wanted: Option<&str>) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(log_filter(wanted))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "tungstenite::protocol", "a message with a password");
            tracing::trace!(target: "rowcast_runtime", "a trace");
            tracing::warn!(target: "rowcast_runtime", "a warning");
        });
        let written = lines.0.lock().unwrap().clone();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn messages_are_not_logged_whatever_is_asked_for() {
        for everything in ["trace", "tungstenite=trace,trace"] {
            let logged = logged_with(Some(everything));
            assert!(
                logged.contains("a trace") && !logged.contains("password"),
                "{logged}"
            );
        }
        for little in [None, Some("rowcast_runtime=warn"), Some("=no filter=")] {
            let logged = logged_with(little);
            assert!(
                logged.contains("a warning") && !logged.contains("a trace"),
                "{logged}"
            );
        }
    }
}

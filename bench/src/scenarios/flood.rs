//! One socket sends as fast as it can: what that costs another one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Bench;
use crate::client::Client;
use crate::frames::{self, Frame};
use crate::report::{self, Table};
use crate::server::Subject;
use crate::{Outcome, coaches};

/// Rows of the list.
const ROWS: usize = 100;
/// Between two calls of the one that is measured.
const PAUSE: Duration = Duration::from_millis(2);
/// Calls that the flood has under way: more than a socket may have waiting.
const UNDER_WAY: usize = 5000;

/// What the flood consists of. Without an event nothing is sent: a thread is busy, as that of a flood would be, which shows
/// what the machine makes of that.
const FLOODS: [(&str, &str, &str); 4] = [
    ("none, a busy thread", "", ""),
    ("pages of 100 rows", "list_coaches", r#"{"limit":100}"#),
    (
        "durable updates",
        "update_coach",
        r#"{"id":1,"name":"Flood"}"#,
    ),
    ("unknown events", "nonsense", "null"),
];

pub async fn run(bench: &Bench) -> Outcome {
    report::heading("flood: the answers to one socket while another sends as fast as it can");
    let mut table = Table::new(&[
        "the flood",
        "call",
        "median, idle",
        "p99, idle",
        "median, flooded",
        "p99, flooded",
        "p99, ratio",
        "flood, calls a second",
    ]);
    for (name, event, payload) in FLOODS {
        for (call, own, input) in [
            ("get", "get_coach", "2"),
            ("update", "update_coach", r#"{"id":2,"name":"Measured"}"#),
        ] {
            let cells = measure(bench, (event, payload), (own, input)).await?;
            table.row([name.to_owned(), call.to_owned()].into_iter().chain(cells));
        }
    }
    table.print();
    Ok(())
}

async fn measure(
    bench: &Bench,
    flood: (&'static str, &'static str),
    own: (&str, &str),
) -> Outcome<Vec<String>> {
    let running = bench.start(Subject::Planner)?;
    let address = running.server.address;
    coaches::fill(Subject::Planner, address, ROWS).await?;
    let mut measured = Client::connect(address).await?;
    coaches::follow_nothing(Subject::Planner, &mut measured).await?;
    let (mut idle, mut flooded, mut answered) = (Vec::new(), Vec::new(), 0.0);
    // In turns, so that a slow minute of the machine is in both.
    let rounds = bench.sizes.rounds.max(3);
    for _ in 0..rounds {
        latencies(&mut measured, own, bench.sizes.turn, &mut idle).await?;
        let flooding = Flooding::begin(address, flood);
        // Until the flood has used up what it is let send at once.
        sleep(bench.sizes.turn).await;
        latencies(&mut measured, own, bench.sizes.turn, &mut flooded).await?;
        answered += flooding.end();
        // What the flood has left behind is worked off.
        sleep(bench.sizes.turn).await;
    }
    idle.sort_unstable();
    flooded.sort_unstable();
    let millis = |times: &[Duration], share| report::quantile(times, share);
    let (before, during) = (millis(&idle, 0.99), millis(&flooded, 0.99));
    Ok(vec![
        format!("{} ms", report::number(millis(&idle, 0.5))),
        format!("{} ms", report::number(before)),
        format!("{} ms", report::number(millis(&flooded, 0.5))),
        format!("{} ms", report::number(during)),
        report::ratio(during / before),
        report::number(answered / rounds as f64),
    ])
}

async fn latencies(
    client: &mut Client,
    (event, payload): (&str, &str),
    turn: Duration,
    times: &mut Vec<Duration>,
) -> Outcome {
    let end = Instant::now() + turn;
    while Instant::now() < end {
        let begun = Instant::now();
        client.call(event, payload, None).await?;
        times.push(begun.elapsed());
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Sends and reads without end, in a thread of its own: what is measured must not wait for that. When it is sent away, it
/// comes again.
struct Flooding {
    begun: Instant,
    ends: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Flooding {
    fn begin(address: SocketAddr, (event, payload): (&'static str, &'static str)) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let is_over = ends.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let mut answered = 0;
            let Ok(runtime) = runtime else { return 0 };
            while !is_over.load(Ordering::Relaxed) {
                if event.is_empty() {
                    std::hint::spin_loop();
                    continue;
                }
                // How it was sent away does not matter.
                let _ = runtime.block_on(pour(address, event, payload, &is_over, &mut answered));
            }
            answered
        });
        Self {
            begun: Instant::now(),
            ends,
            thread,
        }
    }

    /// The answers that it got, a second.
    fn end(self) -> f64 {
        self.ends.store(true, Ordering::Relaxed);
        let answered = self.thread.join().unwrap_or_default();
        answered as f64 / self.begun.elapsed().as_secs_f64()
    }
}

async fn pour(
    address: SocketAddr,
    event: &str,
    payload: &str,
    is_over: &AtomicBool,
    answered: &mut usize,
) -> Outcome {
    let mut client = Client::connect(address).await?;
    coaches::follow_nothing(Subject::Planner, &mut client).await?;
    let mut under_way = 0;
    while !is_over.load(Ordering::Relaxed) {
        while under_way < UNDER_WAY {
            client.feed_call(event, payload, None).await?;
            under_way += 1;
        }
        client.flush().await?;
        let next = tokio::time::timeout(Duration::from_millis(200), client.next());
        let Ok(frame) = next.await else { continue };
        if matches!(frames::parse(&frame?), Frame::Ack { .. }) {
            under_way -= 1;
            *answered += 1;
        }
    }
    Ok(())
}

//! One socket sends as fast as it can: what that costs another one.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Bench;
use crate::client::Client;
use crate::report::{self, Table};
use crate::server::Subject;
use crate::{Outcome, coaches};

/// Rows of the list.
const ROWS: usize = 100;
/// Between two calls of the one that is measured.
const PAUSE: Duration = Duration::from_millis(2);
/// Calls that the flood has under way: more than a socket may have waiting.
const UNDER_WAY: usize = 5000;

/// What the flood consists of.
const FLOODS: [(&str, &str, &str); 3] = [
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
    for _ in 0..bench.sizes.rounds.max(3) {
        latencies(&mut measured, own, bench.sizes.turn, &mut idle).await?;
        let mut sender = Client::connect(address).await?;
        coaches::follow_nothing(Subject::Planner, &mut sender).await?;
        let flooding = pour(sender, flood);
        // Until the flood has used up what it is let send at once.
        sleep(bench.sizes.turn).await;
        latencies(&mut measured, own, bench.sizes.turn, &mut flooded).await?;
        flooding.0.abort();
        let seconds = flooding.1.elapsed().as_secs_f64();
        answered += *flooding.2.borrow() as f64 / seconds;
        sleep(Duration::from_millis(300)).await;
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
        report::number(answered / bench.sizes.rounds.max(3) as f64),
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

/// Sends and reads without end; gives the task, when it began, and how many answers it has had.
fn pour(
    mut client: Client,
    (event, payload): (&'static str, &'static str),
) -> (JoinHandle<()>, Instant, tokio::sync::watch::Receiver<usize>) {
    let (count, counted) = tokio::sync::watch::channel(0);
    let task = tokio::spawn(async move {
        let mut under_way = 0;
        loop {
            while under_way < UNDER_WAY {
                if client.feed_call(event, payload, None).await.is_err() {
                    return;
                }
                under_way += 1;
            }
            if client.flush().await.is_err() || client.next().await.is_err() {
                return;
            }
            under_way -= 1;
            count.send_modify(|count| *count += 1);
        }
    });
    (task, Instant::now(), counted)
}

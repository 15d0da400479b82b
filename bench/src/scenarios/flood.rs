//! One socket sends as fast as it can: what that costs another one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Bench;
use super::flooding::{Flood, Flooding};
use crate::client::Client;
use crate::report::{self, Table};
use crate::server::Subject;
use crate::{Outcome, coaches};

/// Rows of the list.
const ROWS: usize = 100;
/// Between two calls of the one that is measured.
const PAUSE: Duration = Duration::from_millis(1);
/// The share of calls that may take longer.
const P99: f64 = 0.99;

const FLOODS: [(&str, Flood); 7] = [
    ("none, a busy thread", Flood::Nothing),
    (
        "pages of 100 rows",
        Flood::Calls("list_coaches", r#"{"limit":100}"#),
    ),
    (
        "durable updates",
        Flood::Calls("update_coach", r#"{"id":1,"name":"Flood"}"#),
    ),
    ("unknown events", Flood::Calls("nonsense", "null")),
    ("pongs", Flood::Packets("3")),
    (
        "events without a callback",
        Flood::Packets(r#"42["nonsense"]"#),
    ),
    ("websocket pings", Flood::Pings),
];

/// The calls that are measured, in turns.
const CALLS: [(&str, &str, &str); 2] = [
    ("get", "get_coach", "2"),
    ("update", "update_coach", r#"{"id":2,"name":"Measured"}"#),
];

pub async fn run(bench: &Bench) -> Outcome {
    report::heading("flood: the answers to one socket while another sends as fast as it can");
    let mut table = Table::new(&[
        "the flood",
        "call",
        "p99 ms, idle",
        "flood elsewhere",
        "its first second",
        "later",
        "first / idle",
        "later / idle",
        "of each round",
        "flood, a second",
    ]);
    for (name, flood) in FLOODS {
        let measured = measure(bench, flood).await?;
        for (index, (call, ..)) in CALLS.iter().enumerate() {
            let cells = measured.cells(index);
            table.row(
                [name.to_owned(), (*call).to_owned()]
                    .into_iter()
                    .chain(cells),
            );
        }
    }
    table.print();
    Ok(())
}

/// The latencies of each call.
type Latencies = [Vec<Duration>; CALLS.len()];

#[derive(Default)]
struct Round {
    idle: Latencies,
    elsewhere: Latencies,
    first: Latencies,
    later: Latencies,
}

struct Measured {
    rounds: Vec<Round>,
    taken: f64,
}

impl Measured {
    fn cells(&self, call: usize) -> Vec<String> {
        let p99 = |of: fn(&Round) -> &Latencies| {
            let all = self.rounds.iter().flat_map(|round| &of(round)[call]);
            quantile(all)
        };
        let idle = p99(|round| &round.idle);
        let (first, later) = (p99(|round| &round.first), p99(|round| &round.later));
        let ratios = self
            .rounds
            .iter()
            .map(|round| quantile(&round.later[call]) / quantile(&round.idle[call]));
        vec![
            report::number(idle),
            report::number(p99(|round| &round.elsewhere)),
            report::number(first),
            report::number(later),
            report::ratio(first / idle),
            report::ratio(later / idle),
            ratios.map(report::number).collect::<Vec<_>>().join(", "),
            report::number(self.taken),
        ]
    }
}

fn quantile<'a>(latencies: impl IntoIterator<Item = &'a Duration>) -> f64 {
    let mut sorted: Vec<Duration> = latencies.into_iter().copied().collect();
    sorted.sort_unstable();
    report::quantile(&sorted, P99)
}

async fn measure(bench: &Bench, flood: Flood) -> Outcome<Measured> {
    let running = bench.start(Subject::Planner)?;
    let address = running.server.address;
    coaches::fill(Subject::Planner, address, ROWS).await?;
    // Floods that only take their share of the machine.
    let elsewhere = bench.start(Subject::Planner)?;
    coaches::fill(Subject::Planner, elsewhere.server.address, ROWS).await?;
    let mut client = Client::connect(address).await?;
    coaches::follow_nothing(Subject::Planner, &mut client).await?;
    let turn = bench.sizes.turn;
    let (mut rounds, mut taken) = (Vec::new(), 0.0);
    // In turns, so that a slow minute of the machine is in all.
    for _ in 0..bench.sizes.rounds.max(3) {
        let mut round = Round::default();
        latencies(&mut client, turn, &mut round.idle).await?;
        let flooding = begin(elsewhere.server.address, flood, turn).await;
        latencies(&mut client, turn, &mut round.elsewhere).await?;
        end(flooding, turn).await;
        let flooding = Flooding::begin(address, flood);
        latencies(&mut client, Duration::from_secs(1), &mut round.first).await?;
        sleep(turn).await;
        latencies(&mut client, turn, &mut round.later).await?;
        taken += end(flooding, turn).await;
        rounds.push(round);
    }
    taken /= rounds.len() as f64;
    Ok(Measured { rounds, taken })
}

/// A flood that has used up what it is let send at once.
async fn begin(address: SocketAddr, flood: Flood, turn: Duration) -> Flooding {
    let flooding = Flooding::begin(address, flood);
    sleep(Duration::from_secs(1) + turn).await;
    flooding
}

/// Waits until what the flood has left behind is worked off, too.
async fn end(flooding: Flooding, turn: Duration) -> f64 {
    let taken = flooding.end();
    sleep(turn).await;
    taken
}

async fn latencies(client: &mut Client, turn: Duration, times: &mut Latencies) -> Outcome {
    let end = Instant::now() + turn;
    while Instant::now() < end {
        for ((_, event, payload), times) in CALLS.iter().zip(times.iter_mut()) {
            let begun = Instant::now();
            client.call(event, payload, None).await?;
            times.push(begun.elapsed());
            sleep(PAUSE).await;
        }
    }
    Ok(())
}

//! Acknowledged durable writes: how many a second, how soon each is answered, and what one costs the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Bench;
use super::keys::Keys;
use super::listeners::Listeners;
use crate::Outcome;
use crate::client::Client;
use crate::coaches::{self, id_in, join_all, new_coach};
use crate::report::{self, Table, median, micros_each, number, quantile, ratio};
use crate::server::{Server, Subject, own_processor_time};

/// How long writers run before anything counts.
const WARM_UP: Duration = Duration::from_millis(300);
/// Writers that write at once.
const MANY: usize = 50;

#[derive(Debug, Clone, Copy)]
enum Work {
    /// Changes one column of a row that nobody else changes.
    Update,
    Create,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Update => "update of one column",
            Self::Create => "create",
        }
    }
}

/// One way to write that both servers go through.
#[derive(Debug, Clone, Copy)]
struct Case {
    work: Work,
    writers: usize,
    listeners: usize,
}

/// What one turn of one server gives.
#[derive(Debug)]
struct Figures {
    per_second: f64,
    p50: f64,
    p99: f64,
    processor_micros: f64,
    bytes: f64,
    disk_bytes: f64,
    /// Share of one processor that this process used.
    own_load: f64,
}

pub async fn run(bench: &Bench) -> Outcome {
    report::heading("writes: each acked when it is durable, one call in flight a writer");
    report::note(&format!(
        "Medians of {} turns of {} s each, taken in alternation. Keys of the planner's writes: {}.\n\
         The server that is written by hand takes no keys, and has a pool of {}.\n",
        bench.sizes.rounds,
        number(bench.sizes.turn.as_secs_f64()),
        bench.keys.name(),
        bench.programs.connections
    ));
    for work in [Work::Update, Work::Create] {
        for (writers, listeners) in [(MANY, 0), (MANY, MANY), (1, 0), (1, MANY)] {
            let case = Case {
                work,
                writers,
                listeners,
            };
            compare(bench, case).await?;
        }
    }
    Ok(())
}

async fn compare(bench: &Bench, case: Case) -> Outcome {
    let mut turns = Subject::BOTH.map(|subject| (subject, Vec::new()));
    for _ in 0..bench.sizes.rounds {
        for (subject, figures) in &mut turns {
            figures.push(turn(bench, *subject, case).await?);
        }
    }
    report::note(&format!(
        "{}, {} writers, {} listeners",
        case.work.name(),
        case.writers,
        case.listeners
    ));
    print(&turns);
    Ok(())
}

/// A figure: its heading, and where it is found.
type Column = (&'static str, fn(&Figures) -> f64);

const COLUMNS: [Column; 7] = [
    ("ops/s", |turn| turn.per_second),
    ("p50 ms", |turn| turn.p50),
    ("p99 ms", |turn| turn.p99),
    ("server CPU-µs an op", |turn| turn.processor_micros),
    ("bytes sent an op", |turn| turn.bytes),
    ("to disk", |turn| turn.disk_bytes),
    ("load generator %", |turn| turn.own_load * 100.0),
];

fn print(turns: &[(Subject, Vec<Figures>); 2]) {
    let mut headings = vec![""];
    headings.extend(COLUMNS.map(|(heading, _)| heading));
    let mut table = Table::new(&headings);
    let middles = |turns: &[Figures]| COLUMNS.map(|(_, of)| median(turns.iter().map(of)));
    for (subject, turns) in turns {
        let cells = middles(turns).map(number);
        table.row(std::iter::once(subject.name().to_owned()).chain(cells));
    }
    let (planner, by_hand) = (middles(&turns[0].1), middles(&turns[1].1));
    let ratios = planner
        .iter()
        .zip(by_hand)
        .map(|(one, other)| ratio(one / other));
    table.row(std::iter::once("ratio".to_owned()).chain(ratios));
    table.print();
    let all = |turns: &[Figures]| {
        let all: Vec<String> = turns.iter().map(|turn| number(turn.per_second)).collect();
        all.join(", ")
    };
    report::note(&format!(
        "ops/s of the turns: planner {}; by hand {}\n",
        all(&turns[0].1),
        all(&turns[1].1)
    ));
}

/// What writers share.
#[derive(Debug, Default)]
struct Shared {
    done: AtomicUsize,
    stop: AtomicBool,
}

/// A writer's calls: when each began, and how long it took; and the bytes it received.
struct Written {
    calls: Vec<(Instant, Duration)>,
    bytes: usize,
}

async fn turn(bench: &Bench, subject: Subject, case: Case) -> Outcome<Figures> {
    let running = bench.start(subject)?;
    let server = &running.server;
    let writers = connect_writers(bench, subject, server.address, case).await?;
    let listeners = listen(subject, server.address, case.listeners).await?;
    let shared = Arc::<Shared>::default();
    let mut tasks = JoinSet::new();
    for writer in writers {
        tasks.spawn(writer.run(case.work, shared.clone()));
    }
    sleep(WARM_UP).await;
    let begun = Reading::take(server, &shared)?;
    sleep(bench.sizes.turn).await;
    let ended = Reading::take(server, &shared)?;
    shared.stop.store(true, Ordering::Relaxed);
    let written = join_all(tasks).await?;
    let all = shared.done.load(Ordering::Relaxed);
    let bytes = listeners.bytes() + written.iter().map(|writer| writer.bytes).sum::<usize>();
    Ok(figures(&begun, &ended, &written, bytes as f64 / all as f64))
}

/// Where everything stands at a moment.
struct Reading {
    at: Instant,
    done: usize,
    processor_time: Duration,
    own: Duration,
    disk_bytes: u64,
}

impl Reading {
    fn take(server: &Server, shared: &Shared) -> Outcome<Self> {
        Ok(Self {
            at: Instant::now(),
            done: shared.done.load(Ordering::Relaxed),
            processor_time: server.processor_time()?,
            own: own_processor_time()?,
            disk_bytes: server.bytes_written()?,
        })
    }
}

fn figures(begun: &Reading, ended: &Reading, written: &[Written], bytes: f64) -> Figures {
    let (done, seconds) = (ended.done - begun.done, (ended.at - begun.at).as_secs_f64());
    let calls = written.iter().flat_map(|writer| &writer.calls);
    let mut latencies: Vec<Duration> = calls
        .filter(|(at, _)| (begun.at..ended.at).contains(at))
        .map(|(_, took)| *took)
        .collect();
    latencies.sort_unstable();
    Figures {
        per_second: done as f64 / seconds,
        p50: quantile(&latencies, 0.5),
        p99: quantile(&latencies, 0.99),
        processor_micros: micros_each(ended.processor_time - begun.processor_time, done),
        bytes,
        disk_bytes: (ended.disk_bytes - begun.disk_bytes) as f64 / done as f64,
        own_load: (ended.own - begun.own).as_secs_f64() / seconds,
    }
}

struct Writer {
    client: Client,
    /// The row that it changes.
    row: u64,
    /// Of those it creates; no two writers have the same numbers.
    next_number: usize,
    keys: Option<Keys>,
}

async fn connect_writers(
    bench: &Bench,
    subject: Subject,
    address: SocketAddr,
    case: Case,
) -> Outcome<Vec<Writer>> {
    let mut writers = Vec::new();
    for index in 0..case.writers {
        let mut client = Client::connect(address).await?;
        coaches::follow_nothing(subject, &mut client).await?;
        let first = new_coach(index);
        writers.push(Writer {
            row: id_in(&client.call_ok("new_coach", &first, None).await?)?,
            client,
            next_number: (index + 1) * 10_000_000,
            keys: (subject == Subject::Planner)
                .then(|| Keys::of(bench.keys))
                .flatten(),
        });
    }
    Ok(writers)
}

async fn listen(subject: Subject, address: SocketAddr, count: usize) -> Outcome<Listeners> {
    match subject {
        Subject::Planner => {
            let call = ("sync", r#"{"coaches":null}"#);
            Listeners::connect(address, count, "coaches:changes", call).await
        }
        Subject::ByHand => {
            Listeners::connect(address, count, "coach", ("watch", r#"{"room":"rows"}"#)).await
        }
    }
}

impl Writer {
    async fn run(mut self, work: Work, shared: Arc<Shared>) -> Outcome<Written> {
        let mut calls = Vec::new();
        let received_before = self.client.received.framed;
        while !shared.stop.load(Ordering::Relaxed) {
            self.next_number += 1;
            let number = self.next_number;
            let (event, payload) = match work {
                Work::Update => (
                    "update_coach",
                    format!(r#"{{"id":{},"age":{}}}"#, self.row, 18 + number % 80),
                ),
                Work::Create => ("new_coach", coaches::new_coach(number)),
            };
            let key = self.keys.as_mut().map(Keys::next);
            let begun = Instant::now();
            self.client.call_ok(event, &payload, key.as_deref()).await?;
            calls.push((begun, begun.elapsed()));
            shared.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Written {
            calls,
            bytes: self.client.received.framed - received_before,
        })
    }
}

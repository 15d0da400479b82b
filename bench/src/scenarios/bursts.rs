//! Ten updates of one row from one socket, without waiting: whether they are acked in order, and whether everybody ends
//! with the last one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Bench;
use crate::client::Client;
use crate::frames::{self, Frame};
use crate::report::{self, Table};
use crate::server::Subject;
use crate::{Outcome, coaches};

/// Updates of a burst.
const UPDATES: usize = 10;
const OBSERVERS: usize = 3;
/// Rows of the list.
const ROWS: usize = 100;
/// A burst is over when nobody has heard anything for so long.
const QUIET: Duration = Duration::from_millis(60);

/// Who observes: the server, how observers listen there, and what they hear then.
struct Case {
    name: &'static str,
    subject: Subject,
    call: (&'static str, &'static str),
    event: &'static str,
}

const CASES: [Case; 3] = [
    Case {
        name: "planner, synced",
        subject: Subject::Planner,
        call: ("sync", r#"{"coaches":null}"#),
        event: "coaches:changes",
    },
    Case {
        name: "planner, whole lists",
        subject: Subject::Planner,
        call: ("refresh", "null"),
        event: "coaches",
    },
    Case {
        name: "by hand, whole lists",
        subject: Subject::ByHand,
        call: ("watch", r#"{"room":"lists"}"#),
        event: "coaches",
    },
];

/// Of how many bursts something is true.
#[derive(Debug, Default)]
struct Figures {
    acked_in_order: usize,
    stored_last: usize,
    all_saw_last: usize,
    all_saw_stored: usize,
}

pub async fn run(bench: &Bench) -> Outcome {
    let bursts = bench.sizes.bursts;
    report::heading(&format!(
        "bursts: {bursts} times {UPDATES} updates of one row from one socket, {OBSERVERS} others observe"
    ));
    let mut table = Table::new(&[
        "",
        "acks in order",
        "stored is the last sent",
        "all saw the last sent last",
        "all saw what is stored last",
    ]);
    for case in &CASES {
        let figures = measure(bench, case).await?;
        let counts = [
            figures.acked_in_order,
            figures.stored_last,
            figures.all_saw_last,
            figures.all_saw_stored,
        ];
        let cells = counts.map(|count| format!("{count} of {bursts}"));
        table.row(std::iter::once(case.name.to_owned()).chain(cells));
    }
    table.print();
    Ok(())
}

async fn measure(bench: &Bench, case: &Case) -> Outcome<Figures> {
    let running = bench.start(case.subject)?;
    let address = running.server.address;
    coaches::fill(case.subject, address, ROWS).await?;
    let mut caller = Client::connect(address).await?;
    let mut seen = Vec::new();
    // Dropped at the end, which ends the observers.
    let mut observers = JoinSet::new();
    for _ in 0..OBSERVERS {
        let last = Arc::new(Mutex::new(Seen::nothing()));
        seen.push(last.clone());
        observers.spawn(observe(connect(address, case).await?, case.event, last));
    }
    let mut figures = Figures::default();
    for number in 0..bench.sizes.bursts {
        let names: Vec<String> = (0..UPDATES)
            .map(|update| format!("Burst {number}.{update}"))
            .collect();
        figures.acked_in_order += usize::from(burst(&mut caller, &names).await?);
        wait_for_quiet(&seen).await;
        let stored = stored_name(&mut caller).await?;
        let sent = names.last();
        let all_saw =
            |name: Option<&String>| seen.iter().all(|seen| lock(seen).name.as_ref() == name);
        figures.stored_last += usize::from(Some(&stored) == sent);
        figures.all_saw_last += usize::from(all_saw(sent));
        figures.all_saw_stored += usize::from(all_saw(Some(&stored)));
    }
    Ok(figures)
}

async fn connect(address: SocketAddr, case: &Case) -> Outcome<Client> {
    let mut client = Client::connect(address).await?;
    client.call(case.call.0, case.call.1, None).await?;
    Ok(client)
}

/// What an observer saw last, and when.
#[derive(Debug)]
struct Seen {
    name: Option<String>,
    at: Instant,
}

impl Seen {
    fn nothing() -> Self {
        Self {
            name: None,
            at: Instant::now(),
        }
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn observe(mut client: Client, wanted: &str, seen: Arc<Mutex<Seen>>) -> Outcome {
    loop {
        let frame = client.next().await?;
        let Frame::Event { name, arguments } = frames::parse(&frame) else {
            continue;
        };
        if name == wanted
            && let Some(name) = name_of_first(arguments)
        {
            *lock(&seen) = Seen {
                name: Some(name.to_owned()),
                at: Instant::now(),
            };
        }
    }
}

/// Sends all updates at once; tells whether the acks came in the same order.
async fn burst(caller: &mut Client, names: &[String]) -> Outcome<bool> {
    let mut sent = Vec::new();
    for name in names {
        let payload = format!(r#"{{"id":1,"name":"{name}"}}"#);
        sent.push(caller.feed_call("update_coach", &payload, None).await?);
    }
    caller.flush().await?;
    let mut acked = Vec::new();
    while acked.len() < sent.len() {
        if let Frame::Ack { call, .. } = frames::parse(&caller.next().await?) {
            acked.push(call);
        }
    }
    Ok(acked == sent)
}

async fn wait_for_quiet(seen: &[Arc<Mutex<Seen>>]) {
    let acked = Instant::now();
    loop {
        let last = seen
            .iter()
            .map(|seen| lock(seen).at)
            .fold(acked, Instant::max);
        let quiet = last.elapsed();
        if quiet >= QUIET {
            return;
        }
        sleep(QUIET - quiet).await;
    }
}

/// The name of the row, as a list that is asked for now tells it.
async fn stored_name(caller: &mut Client) -> Outcome<String> {
    let asked = caller.feed_call("refresh", "null", None).await?;
    caller.flush().await?;
    let mut name = None;
    loop {
        let frame = caller.next().await?;
        match frames::parse(&frame) {
            Frame::Event { arguments, .. } => name = name_of_first(arguments).map(str::to_owned),
            Frame::Ack { call, .. } if call == asked => break,
            _ => {}
        }
    }
    name.ok_or_else(|| "the list has no row 1".into())
}

/// The name in the row with id 1, wherever that stands.
fn name_of_first(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(r#"{"id":1,"name":""#)?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_row_is_found() {
        let list = r#"[{"id":11,"name":"no"},{"id":1,"name":"yes","age":3}]"#;
        assert_eq!(name_of_first(list), Some("yes"));
        assert_eq!(name_of_first("[]"), None);
    }
}

//! Everybody reconnects at once after the server was killed: how long until all have their lists, and what it costs.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::positions::{self, ALL, Answer};
use super::{Bench, Sizes};
use crate::client::{Client, Received};
use crate::report::{self, Table, number};
use crate::server::Subject;
use crate::{Outcome, coaches};

/// How long a client waits before it tries again to connect.
const PAUSE: Duration = Duration::from_millis(25);

/// Much longer than it takes until a line of the log is read.
const LOG_DELAY: Duration = Duration::from_millis(300);

/// What the clients know when they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// All that there is.
    Everything,
    /// Nothing: each gets the whole lists.
    Nothing,
}

/// All that is counted until the last client has its lists.
struct Figures {
    converged: usize,
    took: Duration,
    processor_time: Duration,
    peak_memory: u64,
    lists_loaded: usize,
    /// Of all clients together.
    received: Received,
}

/// What a client has when it is back.
struct Returned {
    received: Received,
    /// Its answer is the same as everybody's.
    same: bool,
}

pub async fn run(bench: &Bench) -> Outcome {
    let Sizes { clients, rows, .. } = bench.sizes;
    report::heading(&format!(
        "reconnect: the planner is killed and started again, {} clients come back, {} coaches",
        number(clients as f64),
        number(rows as f64)
    ));
    let mut table = Table::new(&[
        "clients know",
        "converged",
        "all within s",
        "server CPU s",
        "CPU-µs a client",
        "bytes a client",
        "and of HTTP upgrade",
        "lists loaded",
        "peak memory MB",
    ]);
    for (name, known) in [("all", Known::Everything), ("nothing", Known::Nothing)] {
        let figures = measure(bench, known).await?;
        let seconds = figures.processor_time.as_secs_f64();
        table.row([
            name.into(),
            format!("{} of {clients}", figures.converged),
            number(figures.took.as_secs_f64()),
            number(seconds),
            number(seconds * 1e6 / clients as f64),
            number(figures.received.payload as f64 / clients as f64),
            number(figures.received.upgrade as f64 / clients as f64),
            figures.lists_loaded.to_string(),
            number(figures.peak_memory as f64 / 1e6),
        ]);
    }
    table.print();
    report::note(&format!(
        "\nBytes are payloads of websocket messages to a client: handshakes, greeting, and the ack of one `sync` of {} lists.\n\
         Time and CPU count from when the new server listens. Lists loaded is what the server logs; 0 if it does not.",
        ALL.len()
    ));
    Ok(())
}

async fn measure(bench: &Bench, known: Known) -> Outcome<Figures> {
    let folder = tempfile::tempdir_in(&bench.programs.data)?;
    let file = folder.path().join("coaches.sqlite3");
    let server = bench.programs.start(Subject::Planner, &file, 0)?;
    let address = server.address;
    coaches::fill(Subject::Planner, address, bench.sizes.rows).await?;
    let before = positions::whole(&mut Client::connect(address).await?, &ALL).await?;
    let request = match known {
        Known::Everything => before.as_request(),
        Known::Nothing => positions::from_nothing(&ALL),
    };
    let answer = Arc::<OnceLock<Utf8Bytes>>::default();
    let clients = connect(bench, address, &before.as_request()).await?;

    server.kill()?;
    let server = bench
        .programs
        .start(Subject::Planner, &file, address.port())?;
    let listening = Instant::now();
    let started = server.processor_time()?;
    let mut coming = JoinSet::new();
    for client in clients {
        coming.spawn(come_back(client, address, request.clone(), answer.clone()));
    }
    let returned = coaches::join_all(coming).await?;
    let mut figures = Figures {
        converged: 0,
        took: listening.elapsed(),
        processor_time: server.processor_time()? - started,
        peak_memory: server.peak_memory()?,
        lists_loaded: 0,
        received: Received::default(),
    };
    sleep(LOG_DELAY).await;
    figures.lists_loaded = server.lists_loaded();
    let now = positions::whole(&mut Client::connect(address).await?, &ALL).await?;
    let answer = Answer::read(answer.get().map_or("", Utf8Bytes::as_str))?;
    let right = answer.leads_from(&before, &now);
    for client in returned {
        figures.converged += usize::from(right && client.same);
        figures.received.payload += client.received.payload;
        figures.received.upgrade += client.received.upgrade;
    }
    Ok(figures)
}

/// Connects all clients; each syncs from where it is.
async fn connect(bench: &Bench, address: SocketAddr, position: &str) -> Outcome<Vec<Client>> {
    let mut connecting = JoinSet::new();
    for _ in 0..bench.sizes.clients {
        let position = position.to_owned();
        connecting.spawn(async move {
            let mut client = Client::connect(address).await?;
            client.call("sync", &position, None).await?;
            Ok(client)
        });
    }
    coaches::join_all(connecting).await
}

/// Notices that the connection is gone, connects again, and syncs.
async fn come_back(
    mut client: Client,
    address: SocketAddr,
    request: String,
    answer: Arc<OnceLock<Utf8Bytes>>,
) -> Outcome<Returned> {
    while client.next().await.is_ok() {}
    let mut client = loop {
        match Client::connect(address).await {
            Ok(client) => break client,
            Err(_) => sleep(PAUSE).await,
        }
    };
    let frame = client.call("sync", &request, None).await?;
    Ok(Returned {
        received: client.received,
        same: *answer.get_or_init(|| frame.clone()) == frame,
    })
}

//! One row changes, and everybody hears of it: the bytes to each client, and what a delivery costs the server beside a
//! bare `io.emit` of the same bytes to as many sockets.

use std::time::Duration;

use super::listeners::Listeners;
use super::{Bench, positions};
use crate::client::{Client, argument_of};
use crate::report::{self, Table, micros_each, number, ratio};
use crate::server::{Server, Subject};
use crate::{Outcome, coaches, frames};

const EVENT: &str = "coaches:changes";

/// A server with its listeners, and somebody who makes them hear something.
struct Side {
    server: Server,
    listeners: Listeners,
    caller: Client,
}

pub async fn run(bench: &Bench) -> Outcome {
    let sizes = bench.sizes;
    report::heading(&format!(
        "fan-out: one row of {} changes, {} clients hear of it",
        number(sizes.rows as f64),
        number(sizes.clients as f64)
    ));
    let planner = bench.start(Subject::Planner)?;
    let by_hand = bench.start(Subject::ByHand)?;
    let mut planner_side = planner_side(bench, planner.server).await?;
    let (row, change) = sample_change(&mut planner_side).await?;
    let mut bare_side = bare_side(bench, by_hand.server).await?;
    let mut counter = 0;
    let bytes = planner_side.listeners.bytes();
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..sizes.fan_out_rounds {
        let mut payloads = Vec::new();
        for _ in 0..sizes.changes {
            counter += 1;
            payloads.push(format!(
                r#"{{"id":{},"age":{}}}"#,
                row.id,
                18 + counter % 80
            ));
        }
        rounds[0].push(round(&mut planner_side, "update_coach", &payloads).await?);
        let bare = serde_json::json!({ "event": EVENT, "text": argument_of(&change) }).to_string();
        let bare = vec![bare; sizes.changes];
        rounds[1].push(round(&mut bare_side, "broadcast", &bare).await?);
    }
    let bytes = planner_side.listeners.bytes() - bytes;
    let deliveries = sizes.clients * sizes.changes;
    print_bytes(
        &row.json,
        &change,
        bytes as f64 / (deliveries * sizes.fan_out_rounds) as f64,
    );
    print_processor_time(&rounds, deliveries);
    Ok(())
}

async fn planner_side(bench: &Bench, server: Server) -> Outcome<Side> {
    let mut caller = Client::connect(server.address).await?;
    coaches::fill(Subject::Planner, server.address, bench.sizes.rows).await?;
    // They know all but the position already, so that the list is not sent so often.
    let position = positions::whole(&mut caller, &["coaches"])
        .await?
        .as_request();
    let call = ("sync", position.as_str());
    let listeners = Listeners::connect(server.address, bench.sizes.clients, EVENT, call).await?;
    Ok(Side {
        server,
        listeners,
        caller,
    })
}

async fn bare_side(bench: &Bench, server: Server) -> Outcome<Side> {
    let caller = Client::connect(server.address).await?;
    let call = ("watch", r#"{"room":"everybody"}"#);
    let listeners = Listeners::connect(server.address, bench.sizes.clients, EVENT, call).await?;
    Ok(Side {
        server,
        listeners,
        caller,
    })
}

struct Row {
    id: u64,
    json: String,
}

/// Adds a row; gives it, and the frame by which others hear of it.
async fn sample_change(side: &mut Side) -> Outcome<(Row, String)> {
    // What is left to be told of the rows before would come in the same frame.
    side.listeners.settle().await;
    let mut observer = Client::connect(side.server.address).await?;
    positions::whole(&mut observer, &["coaches"]).await?;
    let created = coaches::new_coach(5000).replace(r#""username":""#, r#""username":"the_"#);
    let ack = side.caller.call_ok("new_coach", &created, None).await?;
    let ack: serde_json::Value = serde_json::from_str(&ack)?;
    let id = coaches::id_in(&ack.to_string())?;
    let mut change = observer.event(EVENT).await?;
    // What a new observer is told first is what came before.
    while !change.contains("the_rose5000") {
        change = observer.event(EVENT).await?;
    }
    side.listeners.all_hear_one_more().await?;
    let json = ack["data"].to_string();
    Ok((Row { id, json }, change.to_string()))
}

/// Calls once for each payload, and waits each time until everybody has heard of it.
async fn round(side: &mut Side, event: &str, payloads: &[String]) -> Outcome<Duration> {
    let begun = side.server.processor_time()?;
    for payload in payloads {
        side.caller.call(event, payload, None).await?;
        side.listeners.all_hear_one_more().await?;
    }
    Ok(side.server.processor_time()? - begun)
}

fn print_bytes(row: &str, change: &str, on_wire: f64) {
    let mut table = Table::new(&["bytes", "", "of the row"]);
    let mut line = |name: &str, bytes: f64| {
        let share = ratio(bytes / row.len() as f64);
        table.row([name.to_owned(), number(bytes), share]);
    };
    line("the row's JSON", row.len() as f64);
    line("payload of the message to each client", change.len() as f64);
    line(
        "with its websocket header",
        frames::framed(change.len()) as f64,
    );
    line("mean of all that were received", on_wire);
    table.print();
    report::note(&format!("\nThe message: {change}\n"));
}

fn print_processor_time(rounds: &[Vec<Duration>; 2], deliveries: usize) {
    let mean = |times: &[Duration]| micros_each(times.iter().sum(), deliveries * times.len());
    let (planner, bare) = (mean(&rounds[0]), mean(&rounds[1]));
    let pairs = rounds[0].iter().zip(&rounds[1]);
    let mut ratios: Vec<f64> = pairs
        .map(|(planner, bare)| planner.as_secs_f64() / bare.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let mut table = Table::new(&["server", "CPU-µs a delivery"]);
    table.row(["planner, the write included".into(), number(planner)]);
    table.row(["bare io.emit of the same bytes".into(), number(bare)]);
    table.row(["ratio".into(), ratio(planner / bare)]);
    table.print();
    let at = |share: usize| {
        number(
            ratios
                .get(ratios.len() * share / 4)
                .copied()
                .unwrap_or(f64::NAN),
        )
    };
    report::note(&format!(
        "\nMeans of {} turns of each in alternation. Half of the ratios of single turns are between {} and {}.",
        ratios.len(),
        at(1),
        at(3)
    ));
}

//! Sample coaches, and how they get into a server.

use std::net::SocketAddr;

use tokio::task::JoinSet;

use crate::Outcome;
use crate::client::Client;
use crate::server::Subject;

/// How many fill a list at once.
const FILLERS: usize = 50;

const FIRST: [&str; 8] = [
    "Rose", "Chris", "Felipe", "Dana", "Ingrid", "Tomasz", "Aiko", "Mbali",
];
const LAST: [&str; 7] = [
    "Smith",
    "Garcia",
    "Serrano",
    "Whitfield",
    "Lindqvist",
    "Kowalczyk",
    "Tanaka",
];

/// What a front end sends to create a coach; user names differ as their numbers do.
pub fn new_coach(number: usize) -> String {
    let first = FIRST[number % FIRST.len()];
    let last = LAST[number % LAST.len()];
    let age = 18 + number % 60;
    let user = format!("{}{number}", first.to_lowercase());
    format!(
        r#"{{"name":"{first} {last}","age":{age},"picture":"https://images.example.com/coaches/{user}.jpg","username":"{user}"}}"#
    )
}

/// Creates so many coaches, through as many calls.
pub async fn fill(subject: Subject, address: SocketAddr, count: usize) -> Outcome {
    let mut fillers = JoinSet::new();
    for filler in 0..FILLERS {
        fillers.spawn(async move {
            let mut client = Client::connect(address).await?;
            follow_nothing(subject, &mut client).await?;
            for number in (filler..count).step_by(FILLERS) {
                client
                    .call_ok("new_coach", &new_coach(number), None)
                    .await?;
            }
            Ok(())
        });
    }
    join_all(fillers).await.map(|_| ())
}

/// Has the planner send no lists; by hand, those get none who do not ask.
pub async fn follow_nothing(subject: Subject, client: &mut Client) -> Outcome {
    if subject == Subject::Planner {
        client.call_ok("sync", "{}", None).await?;
    }
    Ok(())
}

/// Waits for all tasks; the first failure counts.
pub async fn join_all<T: 'static>(mut tasks: JoinSet<Outcome<T>>) -> Outcome<Vec<T>> {
    let mut results = Vec::with_capacity(tasks.len());
    while let Some(done) = tasks.join_next().await {
        results.push(done??);
    }
    Ok(results)
}

/// The id in the ack of a write.
pub fn id_in(ack: &str) -> Outcome<u64> {
    let digits = ack.split_once(r#""id":"#).map(|(_, rest)| rest);
    let end = digits.and_then(|rest| rest.find(|digit: char| !digit.is_ascii_digit()));
    digits
        .zip(end)
        .and_then(|(rest, end)| rest[..end].parse().ok())
        .ok_or_else(|| format!("there is no id in {ack}").into())
}

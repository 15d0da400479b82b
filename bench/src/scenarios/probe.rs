//! Finds out what the planner that is measured can do.

use super::keys::{Keys, Kind};
use super::start;
use crate::Outcome;
use crate::client::Client;
use crate::coaches::id_in;
use crate::server::{Programs, Subject};

/// Whether a write that is sent twice with one key happens once.
pub async fn takes_keys(programs: &Programs) -> Outcome<bool> {
    let running = start(programs, Subject::Planner)?;
    let mut client = Client::connect(running.server.address).await?;
    let key = Keys::of(Kind::Random).map(|mut keys| keys.next());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let payload = r#"{"name":"Once"}"#;
        let ack = client.call("new_coach", payload, key.as_deref()).await?;
        ids.push(id_in(&ack));
    }
    // A planner without keys refuses the second argument, or does not look at it.
    Ok(matches!(ids.as_slice(), [Ok(first), Ok(second)] if first == second))
}

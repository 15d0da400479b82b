//! What hostile clients do, for as long as they are let.

use std::net::SocketAddr;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::time::{Duration, timeout_at};

use crate::client::{Client, Ended};

/// How many messages of each attack left their client.
#[derive(Debug)]
pub(crate) struct Sent {
    unread: usize,
    calls: usize,
    attachments: usize,
    sign_ins: usize,
}

impl Sent {
    pub(crate) fn assert_all_were_sent(&self) {
        let Self {
            unread,
            calls,
            attachments,
            sign_ins,
        } = *self;
        assert!(
            unread > 10 && calls > 1000 && attachments > 5 && sign_ins > 10,
            "{self:?}"
        );
    }
}

/// Four clients at once, on a thread of their own: they leave the clients beside them the other processor.
pub(crate) fn all(address: SocketAddr, until: Instant) -> Sent {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all();
    let attacks = async {
        tokio::join!(
            never_reads(address, until),
            floods(address, until),
            sends_attachments(address, until),
            signs_in_wrongly(address, until),
        )
    };
    let (unread, calls, attachments, sign_ins) = runtime.build().unwrap().block_on(attacks);
    Sent {
        unread,
        calls,
        attachments,
        sign_ins,
    }
}

/// Runs `send` again and again, with a new connection each time that the server has ended the last one. Gives how often it
/// ran to its end.
async fn again_and_again(
    address: SocketAddr,
    until: Instant,
    mut send: impl AsyncFnMut(&mut Client, usize) -> Result<(), Ended>,
) -> usize {
    let mut sent = 0;
    while Instant::now() < until {
        let Ok(Some(mut client)) = timeout_at(until.into(), Client::try_connect(address)).await
        else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        while Instant::now() < until
            && let Ok(Ok(())) = timeout_at(until.into(), send(&mut client, sent)).await
        {
            sent += 1;
        }
    }
    sent
}

/// Asks for all lists, and for itself to be sent what changes, and reads nothing of it.
async fn never_reads(address: SocketAddr, until: Instant) -> usize {
    again_and_again(address, until, async |client, turn| {
        client.try_emit(&format!("42{turn}[\"refresh\"]")).await?;
        let sync = json!(["sync", { "coaches": null, "schedules": null, "exercise_moves": null }]);
        client.try_emit(&format!("42{turn}{sync}")).await
    })
    .await
}

/// Sends calls of all kinds, and reads what it is answered only to go on.
async fn floods(address: SocketAddr, until: Instant) -> usize {
    let page = json!(["list_exercise_moves", { "limit": 1000 }]).to_string();
    let deep = format!(
        "[\"list_coaches\",{}{}]",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let long = json!(["update_coach", { "id": 1, "name": "x".repeat(100_000) }]).to_string();
    let many = json!(["new_workout_plan", { "name": "a", "exercise_moves": vec![0; 50_000] }]);
    let many = many.to_string();
    let positions = |turn: usize| {
        let known = json!({ "epoch": "00000000", "at": turn });
        json!(["sync", { "coaches": known, "exercise_moves": known }]).to_string()
    };
    again_and_again(address, until, async |client, turn| {
        let call = match turn % 64 {
            0 => many.clone(),
            1 => long.clone(),
            2 => deep.clone(),
            3..8 => positions(turn),
            8..16 => page.clone(),
            _ => json!([format!("nowhere {turn}"), turn]).to_string(),
        };
        client.try_emit(&format!("42{turn}{call}")).await?;
        client.skip().await?;
        tokio::task::yield_now().await;
        Ok(())
    })
    .await
}

/// Sends attachments to events that exist and that don't, used many times, not at all, or never sent to their end.
async fn sends_attachments(address: SocketAddr, until: Instant) -> usize {
    let placeholder = json!({ "_placeholder": true, "num": 0 });
    let repeated = Value::from(vec![placeholder.clone(); 500]);
    again_and_again(address, until, async |client, turn| {
        let bytes = vec![7; 1_000_000];
        let event = ["nowhere", "new_coach", "login", "sync", "refresh"][turn % 5];
        let payload = match turn % 3 {
            0 => repeated.clone(),
            1 => json!({ "username": placeholder, "password": placeholder }),
            _ => json!({ "name": placeholder }),
        };
        let count = if turn % 7 == 6 { 3 } else { 1 };
        let packet = json!([event, payload]);
        client
            .try_emit(&format!("45{count}-{turn}{packet}"))
            .await?;
        for _ in 0..count {
            client.try_send_binary(bytes.clone()).await?;
        }
        if turn % 11 == 10 {
            // The rest never comes.
            client.try_emit(&format!("459-{packet}")).await?;
            return Err(Ended);
        }
        client.skip().await
    })
    .await
}

/// Guesses passwords, of names that exist and that don't.
async fn signs_in_wrongly(address: SocketAddr, until: Instant) -> usize {
    again_and_again(address, until, async |client, turn| {
        let username = match turn % 2 {
            0 => "chrisgarcia".to_owned(),
            _ => format!("nobody {turn}"),
        };
        let login = json!(["login", { "username": username, "password": format!("{turn}") }]);
        client.try_emit(&format!("42{turn}{login}")).await?;
        client.skip().await
    })
    .await
}

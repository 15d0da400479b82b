//! The coaches of the planner as one would write them by hand: a handler an event, a statement a call, a commit a write.
//!
//! Settings that make a server fast and that everybody can know are set: write-ahead log, no waiting for small packets to
//! fill up. As durable as the planner: `synchronous = FULL`.

mod store;

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, State};
use tokio::net::TcpListener;

use store::{CoachPatch, NewCoach, Store};

/// Sockets that asked for the whole list after each change.
const LISTS: &str = "lists";
/// Sockets that asked for each row that changes.
const ROWS: &str = "rows";

/// Packets that may wait for a client to read them; as many as the planner lets wait.
const MAX_BUFFER: usize = 1024;

#[derive(Debug, Serialize)]
struct Ack<T> {
    ok: bool,
    data: Option<T>,
    errors: Errors,
    code: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
struct Errors {
    #[serde(rename = "_", skip_serializing_if = "Vec::is_empty")]
    general: Vec<String>,
}

impl<T> Ack<T> {
    fn of(result: Result<T, sqlx::Error>) -> Self {
        match result {
            Ok(data) => Self {
                ok: true,
                data: Some(data),
                errors: Errors::default(),
                code: None,
            },
            Err(error) => Self {
                ok: false,
                data: None,
                errors: Errors {
                    general: vec![error.to_string()],
                },
                code: Some("internal"),
            },
        }
    }
}

#[derive(Debug, Deserialize)]
struct Watch {
    room: String,
}

/// Some JSON for everybody.
#[derive(Debug, Deserialize)]
struct Broadcast {
    event: String,
    text: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, database, connections] = arguments.as_slice() else {
        return Err("give the port, the database file, and how many connections to it".into());
    };
    let store = Store::open(database, connections.parse()?).await?;
    let (layer, io) = SocketIo::builder()
        .max_buffer_size(MAX_BUFFER)
        .with_state(store)
        .build_layer();
    io.ns("/", connected);

    let address = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
    let listener = TcpListener::bind(address).await?;
    println!("It runs at http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(listener, Router::new().layer(layer)).await?;
    Ok(())
}

async fn connected(socket: SocketRef) {
    let greeting = serde_json::json!({ "data": format!("id: {} is connected", socket.id) });
    let _ = socket.emit("connected", &greeting);
    socket.on("refresh", refresh);
    socket.on("new_coach", new_coach);
    socket.on("update_coach", update_coach);
    socket.on("watch", watch);
    socket.on("broadcast", broadcast);
}

async fn refresh(socket: SocketRef, ack: AckSender, State(store): State<Store>) {
    if let Ok(list) = store.list().await {
        let _ = socket.emit("coaches", &list);
    }
    let _ = ack.send(&Value::Null);
}

async fn watch(socket: SocketRef, Data(Watch { room }): Data<Watch>, ack: AckSender) {
    socket.join(room);
    let _ = ack.send(&Value::Null);
}

async fn new_coach(
    socket: SocketRef,
    Data(new): Data<NewCoach>,
    ack: AckSender,
    State(store): State<Store>,
) {
    let result = store.create(new).await;
    tell(&socket, &store, result, ack).await;
}

async fn update_coach(
    socket: SocketRef,
    Data(patch): Data<CoachPatch>,
    ack: AckSender,
    State(store): State<Store>,
) {
    let result = store.update(patch).await;
    tell(&socket, &store, result, ack).await;
}

/// Answers, and lets those know who listen.
async fn tell(
    socket: &SocketRef,
    store: &Store,
    result: Result<store::Coach, sqlx::Error>,
    ack: AckSender,
) {
    let row = result.as_ref().ok().cloned();
    let _ = ack.send(&Ack::of(result));
    let Some(row) = row else { return };
    let _ = socket.within(ROWS).emit("coach", &row).await;
    if socket.within(LISTS).sockets().is_empty() {
        return;
    }
    if let Ok(list) = store.list().await {
        let _ = socket.within(LISTS).emit("coaches", &list).await;
    }
}

/// The bare work of a broadcast: what is given goes to every socket as it is.
async fn broadcast(io: SocketIo, Data(Broadcast { event, text }): Data<Broadcast>, ack: AckSender) {
    if let Ok(json) = RawValue::from_string(text) {
        let _ = io.emit(event, &json).await;
    }
    let _ = ack.send(&Value::Null);
}

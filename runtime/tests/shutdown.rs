//! The end of a server: what is under way is finished and answered, and clients learn of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod client;
mod measures;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::{Client, Running, get};
use futures_util::SinkExt;
use measures::Measures;
use metrics_util::debugging::DebuggingRecorder;
use rowcast_runtime::store::{Database, Options, Reader, StoreDefinition, Transaction};
use rowcast_runtime::{
    Action, AllowAll, Call, Error, IdOnly, Router, Server, Stored, Verb, metrics, route,
    write_route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// What the calls of these tests do: those to `wait` end when they are let.
#[derive(Clone)]
struct Desk {
    store: Database,
    begun: Arc<Semaphore>,
    let_go: Arc<Semaphore>,
    done: Arc<Mutex<Vec<u64>>>,
    _folder: Arc<tempfile::TempDir>,
}

impl Stored for Desk {
    fn store(&self) -> &Database {
        &self.store
    }
}

async fn wait(desk: Desk, call: Call<IdOnly<u64>>) -> Result<u64, Error> {
    desk.begun.add_permits(1);
    drop(desk.let_go.acquire().await.unwrap());
    desk.done.lock().unwrap().push(call.input.0);
    Ok(call.input.0)
}

fn write(desk: &Desk, _: &Transaction<'_>, call: Call<IdOnly<u64>>) -> Result<u64, Error> {
    desk.done.lock().unwrap().push(call.input.0);
    Ok(call.input.0)
}

impl Desk {
    fn open() -> Self {
        let definition = StoreDefinition {
            tables: &[],
            lists: &[],
            contract: "1",
        };
        let options = Options {
            readers: 1,
            ..Options::default()
        };
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Database::open(folder.path().join("desk.db"), options, &definition).unwrap(),
            begun: Arc::new(Semaphore::new(0)),
            let_go: Arc::new(Semaphore::new(0)),
            done: Arc::default(),
            _folder: Arc::new(folder),
        }
    }

    fn server(&self) -> Server {
        let command = |event| Action::new(Verb::Command, event);
        let routes = [
            route("wait", command("wait"), Reading::Strict, wait),
            write_route("write", command("write"), Reading::Strict, write).data_key("written"),
        ];
        let router = Router::new(self.clone(), routes);
        Server::new(router, self.store.change_log().clone(), Vec::new()).guard(AllowAll)
    }

    async fn start(&self, server: Server) -> Running {
        let store = self.store.clone();
        Running::start(server, move |sockets| sockets.health(store)).await
    }

    /// A call that the server has begun with, and that does not end before it is let.
    async fn begin(&self, client: &mut Client, n: u64) -> u64 {
        let call = client.call_later("wait", json!(n)).await;
        let begun = tokio::time::timeout(Duration::from_secs(20), self.begun.acquire());
        begun.await.unwrap().unwrap().forget();
        call
    }

    fn done(&self) -> Vec<u64> {
        self.done.lock().unwrap().clone()
    }
}

/// Waits until the server says that it is closing.
async fn until_closing(address: std::net::SocketAddr) {
    while get(address, "/readyz").await.0 != 503 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn calls_that_came_before_the_end_are_carried_out_and_answered() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let desk = Desk::open();
    let running = desk.start(desk.server()).await;
    let mut client = Client::connect(running.address).await;
    let address = running.address;
    let first = client.call_later("wait", json!(1)).await;
    let queued = client.call_later("write", json!(2)).await;
    measures.until_gauge(metrics::CALLS_IN_FLIGHT, 2.0).await;

    let stopped = running.stop();
    until_closing(address).await;
    assert_eq!(desk.done(), [] as [u64; 0]);
    desk.let_go.add_permits(1);
    let (was_told, acks) = client.until_closed().await;
    assert!(was_told);
    let good = |key: &str, n: u64| json!({ "ok": true, key: n, "errors": {}, "code": null });
    assert_eq!(
        acks,
        [(first, good("data", 1)), (queued, good("written", 2))]
    );
    stopped.await.unwrap().unwrap();
    measures.until_gauge(metrics::CALLS_IN_FLIGHT, 0.0).await;
}

#[tokio::test]
async fn late_calls_are_refused_but_for_those_that_are_sent_again() {
    let desk = Desk::open();
    let running = desk.start(desk.server()).await;
    let (mut client, mut other) = (
        Client::connect(running.address).await,
        Client::connect(running.address).await,
    );
    let address = running.address;
    desk.begin(&mut client, 1).await;
    let stopped = running.stop();
    until_closing(address).await;

    let refused = other.call("write", json!(2)).await;
    let text = "the server is busy, please try again";
    assert_eq!(
        refused,
        json!({ "ok": false, "written": null, "errors": { "_": [text] }, "code": "busy" })
    );
    other
        .send_frame(r#"4277["write",3,{"key":"0123456789abcdef"}]"#)
        .await;
    assert_eq!(other.call("wait", json!(4)).await["code"], "busy");
    desk.let_go.add_permits(1);
    assert_eq!(other.until_closed().await, (true, Vec::new()));
    assert_eq!(client.until_closed().await.1.len(), 1);
    stopped.await.unwrap().unwrap();
    assert_eq!(desk.done(), [1]);
}

#[tokio::test]
async fn what_a_client_asked_for_that_has_left_is_done_before_the_end() {
    let desk = Desk::open();
    let running = desk.start(desk.server()).await;
    let mut gone = Client::connect(running.address).await;
    desk.begin(&mut gone, 1).await;
    drop(gone);
    let address = running.address;
    let stopped = running.stop();
    until_closing(address).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!stopped.is_finished());
    desk.let_go.add_permits(1);
    stopped.await.unwrap().unwrap();
    assert_eq!(desk.done(), [1]);
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_cut_off() {
    let desk = Desk::open();
    let server = desk.server().grace(Duration::from_millis(100));
    let running = desk.start(server).await;
    let mut client = Client::connect(running.address).await;
    desk.begin(&mut client, 1).await;
    client.call_later("wait", json!(2)).await;
    let begun = Instant::now();
    let stopped = running.stop();
    assert_eq!(client.until_closed().await, (true, Vec::new()));
    stopped.await.unwrap().unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert!(begun.elapsed() < Duration::from_secs(9));
}

#[tokio::test]
async fn who_connects_too_late_waits_and_is_not_refused() {
    let desk = Desk::open();
    let running = desk.start(desk.server()).await;
    let (mut client, address) = (Client::connect(running.address).await, running.address);
    desk.begin(&mut client, 1).await;
    let _stopped = running.stop();
    until_closing(address).await;
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let (mut late, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    late.send("40".into()).await.unwrap();
    let mut frames = Vec::new();
    let read = async {
        while let Some(Ok(frame)) = futures_util::StreamExt::next(&mut late).await {
            frames.push(frame.into_text().unwrap().to_string());
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(300), read).await;
    // Neither a connect (40) nor a refusal (44); what comes is the greeting of the connection below, and its ping.
    let speaks = |frame: &String| frame.starts_with('4');
    assert!(
        !frames.is_empty() && !frames.iter().any(speaks),
        "{frames:?}"
    );
}

/// Keeps the one reader of a store occupied until what this gives is used or dropped.
async fn occupy_reader(store: &Database) -> Sender<()> {
    let (let_go, may_go) = channel();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let store = store.clone();
    tokio::spawn(async move {
        let read = move |_: &Reader<'_>| {
            begun.send(()).unwrap();
            may_go.recv().map_err(Error::internal)
        };
        store.read(read).await
    });
    has_begun.await.unwrap();
    let_go
}

#[tokio::test]
async fn a_server_is_ready_when_its_store_answers() {
    let desk = Desk::open();
    let running = desk.start(desk.server()).await;
    let ok = |text: &str| (200, format!("{text}\n"));
    assert_eq!(get(running.address, "/readyz").await, ok("ready"));
    assert_eq!(get(running.address, "/healthz").await, ok("alive"));

    let reader = occupy_reader(&desk.store).await;
    let text = "not ready: the store does not answer\n".to_owned();
    assert_eq!(get(running.address, "/readyz").await, (503, text));
    assert_eq!(get(running.address, "/healthz").await, ok("alive"));
    drop(reader);
    assert_eq!(get(running.address, "/readyz").await, ok("ready"));
}

#[tokio::test]
async fn a_server_that_closes_is_alive_but_not_ready() {
    let desk = Desk::open();
    let running = desk.start(desk.server()).await;
    let (mut client, address) = (Client::connect(running.address).await, running.address);
    let call = desk.begin(&mut client, 1).await;
    let stopped = running.stop();
    until_closing(address).await;
    let text = "not ready: the server is closing\n".to_owned();
    assert_eq!(get(address, "/readyz").await, (503, text));
    assert_eq!(get(address, "/healthz").await.0, 200);
    desk.let_go.add_permits(1);
    assert_eq!(client.ack_of(call).await["data"], Value::from(1));
    stopped.await.unwrap().unwrap();
}

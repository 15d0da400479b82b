//! Serves golden cases to clients in Node: `golden_server files|ids DATABASE`, at a free port of loopback.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "it is described for the generator only")]
#[path = "../golden/files/schema.rs"]
mod files;
#[rustfmt::skip]
#[path = "../golden/files/rust/mod.rs"]
mod files_server;
#[allow(dead_code, reason = "it is described for the generator only")]
#[path = "../golden/ids/schema.rs"]
mod ids;
#[rustfmt::skip]
#[path = "../golden/ids/rust/mod.rs"]
mod ids_server;

use std::collections::BTreeMap;

use axum::Router;
use files::{Alarm, Amount, Join, Joined};
use files_server::Events;
use rowcast_runtime::serve::{Origins, SocketOptions, Sockets};
use rowcast_runtime::{AllowAll, Caller, Error};
use rowcast_schema::FieldErrors;
use socketioxide::SocketIo;
use tokio::net::TcpListener;

/// Answers the command of the files, and tells everybody of it.
struct Joiner(SocketIo);

impl files_server::Commands for Joiner {
    async fn join(
        &self,
        _: &files_server::App<Self>,
        _: &Caller,
        input: Join,
    ) -> Result<Joined, Error> {
        let joined: Vec<u8> = input.samples.iter().flat_map(|one| one.to_vec()).collect();
        let total = input.factor * joined.len() as u64;
        let alarm = Alarm {
            code: total,
            picture: joined.clone().into(),
        };
        if joined.is_empty() {
            return Err(FieldErrors::of("samples", "there is nothing to join").into());
        }
        let _ = self.0.emit_alarm(&alarm).await;
        Ok(Joined {
            joined: joined.into(),
            total,
            pair: input.pair,
            rest: BTreeMap::from([("more".to_owned(), Amount { value: total })]),
        })
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, database] = arguments.as_slice() else {
        panic!("usage: golden_server files|ids DATABASE");
    };
    let sockets = Sockets::new(SocketOptions::default());
    match case.as_str() {
        "files" => {
            let store = files_server::open(database).unwrap();
            let app = files_server::app(store, Joiner(sockets.io().clone()), files_server::NoHooks);
            sockets.attach(files_server::server(&app).guard(AllowAll));
        }
        "ids" => {
            let store = ids_server::open(database).unwrap();
            let app = ids_server::app(store, (), ids_server::NoHooks);
            sockets.attach(ids_server::server(&app).guard(AllowAll));
        }
        other => panic!("no golden case {other:?} is served"),
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let never = std::future::pending();
    sockets
        .serve(listener, Router::new(), &Origins::same(), never)
        .await
        .unwrap();
}

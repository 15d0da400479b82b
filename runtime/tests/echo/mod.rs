//! A server that answers with what it was sent.

// Not every test binary uses all of it.
#![allow(dead_code, unreachable_pub)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Access, Action, Call, ChangeLog, Error, IdOnly, Limits, Router, Server, Verb, route,
};
use rowcast_schema::Reading;

use crate::client::start;

/// Gives back what it gets.
async fn echo(_: (), call: Call<IdOnly<String>>) -> Result<String, Error> {
    Ok(call.input.0)
}

async fn enter(_: (), call: Call<IdOnly<i64>>) -> Result<(), Error> {
    call.caller.sign_in(call.input.0.to_string(), call.input.0);
    Ok(())
}

/// Serves that on a free port.
pub async fn served(limits: Limits) -> SocketAddr {
    start(server(limits), SocketOptions::default()).await
}

/// A server with two commands that anyone may call.
pub fn server(limits: Limits) -> Server {
    let open = |event| Action::new(Verb::Command, event).access(Access::Anyone);
    let routes = [
        route("echo", open("echo"), Reading::Strict, echo),
        route("enter", open("enter"), Reading::Strict, enter),
    ];
    Server::new(
        Router::new((), routes),
        Arc::new(ChangeLog::new(1)),
        Vec::new(),
    )
    .limits(limits)
    .review(Duration::from_millis(20))
}

//! Prepares sockets for their calls when they connect, or rejects them.

use std::borrow::Cow;
use std::sync::{Arc, Weak};
use std::time::Duration;

use rowcast_schema::ErrorCode;
use serde_json::value::RawValue;
use socketioxide::adapter::Adapter;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::socket::Socket;
use tokio::time::timeout;

use super::account_state;
use super::address::{Address, TooMany};
use super::closing::Closing;
use super::contract::OUTDATED;
use super::core::Core;
use super::dispatch::Dispatcher;
use super::idle_timer::IdleTimer;
use super::permissions::resubscribe_quietly;
use super::session::Session;
use super::sink::SocketSink;
use super::transport::outbound_of;
use crate::live::Sink;
use crate::metrics;
use crate::rpc::{CountedSocket, call_metrics, client_of, rejection};
use crate::store::{Error, caught};

/// How long a guard may take to identify a client.
const IDENTIFY_TIMEOUT: Duration = Duration::from_secs(10);

/// The message to a client that connects to a server that is shutting down.
const CLOSING: &str = "the server is closing";

/// Bytes of the `auth` of a client. It is read before anything is known of the client.
const MAX_AUTH: usize = 16 * 1024;

const TOO_MANY_CONNECTIONS: &str = "busy: too many connections from this address";

/// Handles the sockets that connect to a namespace.
///
/// The core is held weakly: a namespace that was closed with sockets in it is never freed by socketioxide.
pub(crate) fn connect<A: Adapter>(core: Weak<Core>) -> impl ConnectHandler<A, (SocketRef<A>,)> {
    // An event may be received before a connect handler has run. A middleware has always run before.
    let greeting = core.clone();
    let greet = move |socket: SocketRef<A>| greet(greeting.clone(), socket);
    let prepare = move |socket: SocketRef<A>, TryData(auth): TryData<Box<RawValue>>| {
        let core = core.clone();
        let auth = read_auth(auth.ok().as_deref());
        async move { prepare(&core, &socket, &auth?).await }
    };
    greet.with(prepare)
}

/// Parses the `auth` of a client: a small object, or nothing.
fn read_auth(auth: Option<&RawValue>) -> Result<serde_json::Value, Cow<'static, str>> {
    match auth {
        Some(auth) if auth.get().len() > MAX_AUTH => {
            call_metrics::count_connection(ErrorCode::Invalid.as_str());
            Err(format!("invalid: `auth` must not have more than {MAX_AUTH} bytes").into())
        }
        Some(auth) => Ok(serde_json::from_str(auth.get()).unwrap_or_default()),
        None => Ok(serde_json::Value::Null),
    }
}

/// Prepares a socket for its calls, or returns why it is rejected.
async fn prepare<A: Adapter>(
    weak: &Weak<Core>,
    socket: &SocketRef<A>,
    auth: &serde_json::Value,
) -> Result<(), Cow<'static, str>> {
    let core = weak.upgrade().ok_or(CLOSING)?;
    if core.closing.has_begun() {
        drop(core);
        Closing::hold().await;
        return Err(CLOSING.into());
    }
    if core.contract.is_some_and(|contract| !contract.admits(auth)) {
        call_metrics::count_connection(OUTDATED);
        return Err(OUTDATED.into());
    }
    let Ok(idle_timer) = admit(&core, socket) else {
        call_metrics::count_connection(Error::Busy.code().as_str());
        return Err(TOO_MANY_CONNECTIONS.into());
    };
    let (id, request) = (socket.id.to_string(), socket.req_parts());
    let outbound = outbound_of(&id, request);
    let session = Session::new(id, core.limits, idle_timer, outbound);
    let session = Arc::new(session.with_codes(is_set(auth, "codes")));
    let address = core.closing.addresses.network_of(request, &core.limits);
    session.caller.set_address(address);
    if let Some(client) = client_of(auth) {
        session.caller.set_client(client);
    }
    // Identifying a client may cost as much as a call, and clients may repeat it on one connection.
    session.idle_timer.until_within_rate().await;
    identify(&core, &session, auth).await?;
    if is_set(auth, "sync") {
        SocketSink::new(socket, &session).change(|following| {
            following.keep_lists();
        });
    }
    socket.extensions.insert(session.clone());
    socket.extensions.insert(CountedSocket::count());
    socket.on_fallback(Dispatcher(weak.clone()));
    let disconnected = session.clone();
    socket.on_disconnect(move || async move { disconnected.idle_timer.release_socket() });
    resubscribe_quietly(&core, socket, &session).await;
    Ok(())
}

/// Counts a socket in its address, if the address may have another.
fn admit<A: Adapter>(core: &Core, socket: &Socket<A>) -> Result<IdleTimer, TooMany> {
    let request = socket.req_parts();
    let addresses = &core.closing.addresses;
    let address = addresses.of(&request.headers, &request.extensions, &core.limits);
    let slot = address.as_ref().map(Address::admit).transpose()?;
    Ok(IdleTimer::new(address, slot))
}

/// Lets the guard identify the client.
async fn identify(
    core: &Core,
    session: &Session,
    auth: &serde_json::Value,
) -> Result<(), Cow<'static, str>> {
    let identified = async {
        let identified = core.guard.identify(&session.caller, auth);
        timeout(IDENTIFY_TIMEOUT, identified)
            .await
            .map_err(|_| Error::Busy)?
    };
    let Err(error) = caught(identified).await else {
        call_metrics::count_connection(metrics::OK);
        return Ok(());
    };
    call_metrics::count_connection(error.code().as_str());
    Err(rejection::of_connection(&error).into())
}

/// Whether a client sets an option when it connects. `sync`: it is going to call `sync`; without that, it would be sent
/// whole lists until it does, should anything change meanwhile. `codes`: it translates errors.
fn is_set(auth: &serde_json::Value, option: &str) -> bool {
    auth.get(option).and_then(serde_json::Value::as_bool) == Some(true)
}

async fn greet<A: Adapter>(core: Weak<Core>, socket: SocketRef<A>) {
    if let (Some(core), Some(session)) = (core.upgrade(), Session::of(&socket)) {
        account_state::greet(&core, &socket, &session).await;
    }
}

//! Gets sockets ready for their calls when they connect, or says why they can't be.

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

use super::account_news;
use super::address::{Address, Crowded};
use super::closing::Closing;
use super::contract::OUTDATED;
use super::core::Core;
use super::dispatch::Dispatcher;
use super::idle_timer::IdleTimer;
use super::permissions::follow_permitted_quietly;
use super::session::Session;
use super::sink::SocketSink;
use super::transport::outbound_of;
use crate::live::Sink;
use crate::metrics;
use crate::rpc::{CountedSocket, call_metrics, client_of, rejection};
use crate::store::{Error, caught};

/// How long a guard may take to find out who connects.
const IDENTIFY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a client is told that connects to a server that is about to end.
const CLOSING: &str = "the server is closing";

/// Bytes of what a client sends as `auth`. It is read before anything is known of the client.
const MAX_AUTH: usize = 16 * 1024;

const CROWDED: &str = "busy: too many connections from this address";

/// What a namespace does with sockets that connect.
///
/// The core is held weakly: a namespace that was closed with sockets in it is never freed by socketioxide.
pub(crate) fn connect<A: Adapter>(core: Weak<Core>) -> impl ConnectHandler<A, (SocketRef<A>,)> {
    // An event may come before a connect handler has run. A middleware has always run before.
    let greeting = core.clone();
    let greet = move |socket: SocketRef<A>| greet(greeting.clone(), socket);
    let prepare = move |socket: SocketRef<A>, TryData(auth): TryData<Box<RawValue>>| {
        let core = core.clone();
        let auth = read_auth(auth.ok().as_deref());
        async move { prepare(&core, &socket, &auth?).await }
    };
    greet.with(prepare)
}

/// What a client sends when it connects: a small object, or nothing.
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

/// Gets a socket ready for its calls, or says why it can't be.
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
        return Err(CROWDED.into());
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
    // To find out who connects may cost as much as a call, and clients may do so again and again by one connection.
    session.idle_timer.paced().await;
    identify(&core, &session, auth).await?;
    if is_set(auth, "sync") {
        SocketSink::new(socket, &session).change(|following| {
            following.keep_lists();
        });
    }
    socket.extensions.insert(session.clone());
    socket.extensions.insert(CountedSocket::count());
    socket.on_fallback(Dispatcher(weak.clone()));
    let leaving = session.clone();
    socket.on_disconnect(move || async move { leaving.idle_timer.leave() });
    follow_permitted_quietly(&core, socket, &session).await;
    Ok(())
}

/// Counts a socket among those of its address, if there may be another.
fn admit<A: Adapter>(core: &Core, socket: &Socket<A>) -> Result<IdleTimer, Crowded> {
    let request = socket.req_parts();
    let addresses = &core.closing.addresses;
    let address = addresses.of(&request.headers, &request.extensions, &core.limits);
    let counted = address.as_ref().map(Address::admit).transpose()?;
    Ok(IdleTimer::new(address, counted))
}

/// Lets the guard find out who that is.
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
    let Err(refused) = caught(identified).await else {
        call_metrics::count_connection(metrics::OK);
        return Ok(());
    };
    call_metrics::count_connection(refused.code().as_str());
    Err(rejection::of_connection(&refused).into())
}

/// Whether a client asks for something when it connects. `sync`: it is going to call `sync`; without that, it would be sent
/// whole lists until it does, should anything change meanwhile. `codes`: it translates errors.
fn is_set(auth: &serde_json::Value, option: &str) -> bool {
    auth.get(option).and_then(serde_json::Value::as_bool) == Some(true)
}

async fn greet<A: Adapter>(core: Weak<Core>, socket: SocketRef<A>) {
    if let (Some(core), Some(session)) = (core.upgrade(), Session::of(&socket)) {
        account_news::greet(&core, &socket, &session).await;
    }
}

//! Takes what sockets send, one call of a socket after the other, and answers it.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rowcast_schema::{ErrorCode, FieldErrors, Position};
use serde_json::value::RawValue;
use socketioxide::adapter::Adapter;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::{ConnectHandler, MessageHandler, Value};
use socketioxide::socket::Socket;
use tokio::task::yield_now;
use tokio::time::timeout;
use tracing::Instrument;

use super::account_news;
use super::ack::AckTo;
use super::address::{Address, Crowded};
use super::contract::OUTDATED;
use super::core::Core;
use super::idle_timer::{IdleTimer, Reason, disconnect_because};
use super::inbox::{self, Put, Waiting};
use super::payload::Packet;
use super::permissions::{follow_permitted_quietly, place, resolve_permissions};
use super::session::Session;
use super::sink::SocketSink;
use super::transport::outbound_of;
use crate::live::Access;
use crate::live::{self, Sink, SyncRequest};
use crate::metrics;
use crate::rpc::{
    CallMetrics, Connected, Denied, Entry, Recipient, call_metrics, client_of, declared,
    key_of_call, refusal,
};
use crate::session::closing::{Closing, InFlight};
use crate::store::{Error, ListId, Panicked};

/// How long a guard may take to find out who connects.
const IDENTIFY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a socket's calls keep others of the same thread waiting.
const TURN: Duration = Duration::from_micros(100);

/// What a client is told that connects to a server that is about to end.
const CLOSING: &str = "the server is closing";

/// Bytes of what a client sends as `auth`. It is read before anything is known of the client.
const MAX_AUTH: usize = 16 * 1024;

const CROWDED: &str = "busy: too many connections from this address";
const REFRESH: &str = "refresh";
const SYNC: &str = "sync";

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
    socket.extensions.insert(Connected::count());
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
    let Err(refused) = answered(identified).await else {
        call_metrics::count_connection(metrics::OK);
        return Ok(());
    };
    call_metrics::count_connection(refused.code().as_str());
    Err(refusal::of_connection(&refused).into())
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

/// The handler of all events of a socket. Called in the order in which they came.
#[derive(Clone)]
struct Dispatcher(Weak<Core>);

/// Keeps the impl apart from those for closures.
enum InOrder {}

impl<A: Adapter> MessageHandler<A, InOrder> for Dispatcher {
    fn call(&self, socket: Arc<Socket<A>>, payload: Value, ack_id: Option<i64>) {
        let (Some(core), Some(session)) = (self.0.upgrade(), Session::of(&socket)) else {
            return;
        };
        let (arrived, in_flight) = (Instant::now(), core.closing.enter());
        let is_open = in_flight.is_some();
        let (of_address, room) = session.idle_timer.enter(inbox::bytes(&payload));
        let (put, is_crowded) = session.inbox.put(
            Waiting {
                payload,
                ack_id,
                arrived,
                in_flight,
                of_address,
            },
            room,
        );
        // At the end, everybody is to hear that soon.
        if is_crowded && is_open {
            session.hold_back(&socket);
        }
        match put {
            Put::Queued => {}
            Put::First => {
                tokio::spawn(work(core, socket, session));
            }
            Put::Refused => {
                let in_flight = core.closing.enter();
                let ack = AckTo::new(socket, session.clone(), ack_id);
                tokio::spawn(refuse(ack, session, in_flight));
            }
            Put::Flooded => disconnect_because(&SocketRef::from(socket), Reason::Flooding),
        }
    }
}

async fn refuse<A: Adapter>(ack: AckTo<A>, session: Arc<Session>, _in_flight: Option<InFlight>) {
    let form = session.ack_form("data");
    ack.send(&refusal::encode(&Error::Busy, "", form)).await;
    call_metrics::count_rejected_unread();
    session.inbox.refused();
}

/// Answers call after call until none waits.
async fn work<A: Adapter>(core: Arc<Core>, socket: Arc<Socket<A>>, session: Arc<Session>) {
    let socket_ref = SocketRef::from(socket.clone());
    let mut turn = Instant::now();
    while let Some(Waiting {
        payload,
        ack_id,
        arrived,
        in_flight,
        of_address: _counted,
    }) = session.inbox.take()
    {
        session.let_send();
        if turn.elapsed() > TURN {
            yield_now().await;
            turn = Instant::now();
        }
        session.idle_timer.calls();
        session.inbox.paced().await;
        session.idle_timer.paced().await;
        let packet = Packet::of(&payload);
        let name = packet.name();
        if in_flight.is_none() && packet.has_key() {
            // Its client sends it again on its next connection, and would not if it had an answer.
            continue;
        }
        let ack = AckTo::new(socket.clone(), session.clone(), ack_id);
        let watched = CallMetrics::begin(label(&core, &name), arrived, &session.caller);
        let call = CallOf {
            core: &core,
            socket: &socket_ref,
            session: &session,
            event: &name,
            ack,
            watched: &watched,
        };
        match in_flight {
            Some(_) => call.answer(&packet).instrument(watched.span()).await,
            None => call.turn_away().await,
        }
        watched.end();
    }
}

/// What stands for an event in measures and in the log: clients choose among these, but can't add any.
fn label(core: &Core, event: &str) -> &'static str {
    match event {
        REFRESH => REFRESH,
        SYNC => SYNC,
        _ => core.router.known(event).unwrap_or(metrics::UNKNOWN),
    }
}

/// One call on its way.
struct CallOf<'a, A: Adapter> {
    core: &'a Arc<Core>,
    socket: &'a SocketRef<A>,
    session: &'a Arc<Session>,
    event: &'a str,
    ack: AckTo<A>,
    watched: &'a CallMetrics,
}

impl<A: Adapter> CallOf<'_, A> {
    async fn answer(&self, packet: &Packet<'_>) {
        let done = match self.event {
            REFRESH => answered(self.refresh()).await,
            SYNC => answered(self.sync(packet)).await,
            _ => {
                let ack = self.route(packet).await;
                self.place_if_changed().await;
                self.ack.send(&ack).await;
                return;
            }
        };
        if let Err(refusal) = done {
            self.ack.send(&self.refused(&refusal, "data")).await;
        }
    }

    /// The server is closing.
    async fn turn_away(&self) {
        let entry = self.core.router.find(self.event);
        let data_key = entry.map_or("data", Entry::data_key);
        let ack = self.refused(&Error::Busy, data_key);
        self.ack.send(&ack).await;
    }

    fn refused(&self, refusal: &Error, data_key: &'static str) -> Box<RawValue> {
        self.watched.refused(refusal.code());
        refusal::encode(refusal, self.event, self.session.ack_form(data_key))
    }

    async fn refresh(&self) -> Result<(), Error> {
        place(self.core, self.socket, self.session).await?;
        live::refresh(&self.core.lists, &self.sink()).await?;
        self.ack.send(RawValue::NULL).await;
        Ok(())
    }

    async fn sync(&self, packet: &Packet<'_>) -> Result<(), Error> {
        place(self.core, self.socket, self.session).await?;
        let payload = packet.arguments()?.payload(&self.core.limits)?;
        let request = SyncRequest::read(&self.core.lists, payload.json())?;
        let ack = |data: &RawValue| self.ack.try_send(data);
        live::sync(&self.core.lists, &self.sink(), &request, ack).await
    }

    /// Carries out an event of the contract; gives the ack, whatever happens.
    async fn route(&self, packet: &Packet<'_>) -> Box<RawValue> {
        let Some(entry) = self.core.router.find(self.event) else {
            self.watched.refused(ErrorCode::UnknownEvent);
            return refusal::unknown_event(self.event, self.session.has_codes);
        };
        match answered(self.carry_out(entry, packet)).await {
            Ok(ack) => ack,
            Err(refused) => self.refused(&refused, entry.data_key()),
        }
    }

    /// The guard is asked first: nothing that it rejects is looked at or takes memory, and only then is a call that is sent
    /// again looked for among those that were carried out.
    async fn carry_out(&self, entry: &Entry, packet: &Packet<'_>) -> Result<Box<RawValue>, Error> {
        let caller = &self.session.caller;
        entry.authorize(&*self.core.guard, caller)?;
        let arguments = packet.arguments()?;
        if arguments.key.is_some() && !entry.takes_keys() {
            return Err(FieldErrors::general("this call takes no key").into());
        }
        let payload = arguments.payload(&self.core.limits)?;
        let payload = payload.json();
        entry.check_fields(payload, |access| {
            declared(&*self.core.guard, caller, Some(access))
        })?;
        resolve_permissions(self.core, caller);
        let key = arguments.key;
        if key.is_some() && caller.account().is_some() && !self.core.guard.is_signed_in(caller) {
            // Its session has ended: what was answered to the account is not for it, and what it writes is not the account's.
            return Err(Denied::unauthenticated().into());
        }
        let key = key.map(|key| key_of_call(caller, key, self.event, payload));
        let (caller, key) = (caller.clone(), key.transpose()?);
        entry.run(caller, payload, key, self.recipient()).await
    }

    fn sink(&self) -> SocketSink<A> {
        SocketSink::new(self.socket, self.session)
    }

    fn recipient(&self) -> Box<dyn Recipient> {
        Box::new(Answered {
            core: self.core.clone(),
            sink: self.sink(),
        })
    }

    async fn place_if_changed(&self) {
        place_if_changed(self.core, self.socket, self.session).await;
    }
}

/// The socket whose call is answered.
struct Answered<A: Adapter> {
    core: Arc<Core>,
    sink: SocketSink<A>,
}

impl<A: Adapter> Recipient for Answered<A> {
    fn place(&mut self) -> BoxFuture<'_, ()> {
        place_if_changed(&self.core, &self.sink.socket, &self.sink.session).boxed()
    }

    fn position(&self, list: ListId, position: Position) -> Option<Position> {
        live::position_for(
            &self.core.lists,
            &self.sink.session.subscription,
            list,
            position,
        )
    }

    fn may_see(&self, access: Access) -> bool {
        let caller = &self.sink.session.caller;
        declared(&*self.core.guard, caller, Some(access)).is_ok()
    }
}

/// Moves the socket to where it belongs, if the call has signed it in or out, or it sees other scopes.
async fn place_if_changed<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) {
    if session.caller.take_changed() {
        follow_permitted_quietly(core, socket, session).await;
    }
}

/// A panic in code of the user's is an error like any other.
async fn answered<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))))
}

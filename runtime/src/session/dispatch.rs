//! Receives the events of sockets, and answers the calls of a socket in sequence.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rowcast_schema::{ErrorCode, FieldErrors, Position};
use serde_json::value::RawValue;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use socketioxide::handler::{MessageHandler, Value};
use socketioxide::socket::Socket;
use tokio::task::yield_now;
use tracing::Instrument;

use super::ack::AckTo;
use super::core::Core;
use super::idle_timer::{DisconnectReason, disconnect_with};
use super::inbox::{self, Put, WaitingCall};
use super::payload::Packet;
use super::permissions::{resolve_permissions, resubscribe, resubscribe_quietly};
use super::session::Session;
use super::sink::SocketSink;
use crate::live::Access;
use crate::live::{self, SyncRequest};
use crate::metrics;
use crate::rpc::{
    CallMetrics, Denied, Entry, Recipient, Request, call_metrics, check_declared, key_of_call,
    rejection,
};
use crate::session::closing::InFlight;
use crate::store::{Error, ListId, caught};

/// How long the calls of a socket may run before they yield to others on the same thread.
const TIME_SLICE: Duration = Duration::from_micros(100);

const REFRESH: &str = "refresh";
const SYNC: &str = "sync";

/// The handler of all events of a socket. Called in the order in which they were received.
#[derive(Clone)]
pub(super) struct Dispatcher(pub(super) Weak<Core>);

/// Distinguishes the impl from those for closures.
pub(super) enum InOrder {}

impl<A: Adapter> MessageHandler<A, InOrder> for Dispatcher {
    fn call(&self, socket: Arc<Socket<A>>, payload: Value, ack_id: Option<i64>) {
        let (Some(core), Some(session)) = (self.0.upgrade(), Session::of(&socket)) else {
            return;
        };
        let (arrived, in_flight) = (Instant::now(), core.closing.begin_call());
        let is_open = in_flight.is_some();
        let (of_address, room) = session.idle_timer.count_call(inbox::bytes(&payload));
        let (put, is_half_full) = session.inbox.put(
            WaitingCall {
                payload,
                ack_id,
                arrived,
                in_flight,
                of_address,
            },
            room,
        );
        // During shutdown all clients should receive the rejection soon.
        if is_half_full && is_open {
            session.throttle_reads(&socket);
        }
        match put {
            Put::Queued => {}
            Put::First => {
                tokio::spawn(answer_calls(core, socket, session));
            }
            Put::Rejected => {
                let in_flight = core.closing.begin_call();
                let ack = AckTo::new(socket, session.clone(), ack_id);
                tokio::spawn(reject(ack, session, in_flight));
            }
            Put::Flooded => disconnect_with(&SocketRef::from(socket), DisconnectReason::Flooding),
        }
    }
}

async fn reject<A: Adapter>(ack: AckTo<A>, session: Arc<Session>, _in_flight: Option<InFlight>) {
    let form = session.ack_form("data");
    ack.send(&rejection::encode(&Error::Busy, "", form)).await;
    call_metrics::count_rejected_unread();
    session.inbox.rejection_sent();
}

/// Answers call after call until none waits.
async fn answer_calls<A: Adapter>(core: Arc<Core>, socket: Arc<Socket<A>>, session: Arc<Session>) {
    let socket_ref = SocketRef::from(socket.clone());
    let mut slice_start = Instant::now();
    while let Some(WaitingCall {
        payload,
        ack_id,
        arrived,
        in_flight,
        of_address: _counted,
    }) = session.inbox.take()
    {
        session.resume_reads();
        if slice_start.elapsed() > TIME_SLICE {
            yield_now().await;
            slice_start = Instant::now();
        }
        session.idle_timer.record_call();
        session.inbox.until_within_rate().await;
        session.idle_timer.until_within_rate().await;
        let packet = Packet::of(&payload);
        let name = packet.name();
        if in_flight.is_none() && packet.has_key() {
            // The client resends the call on its next connection, and would not if it had an answer.
            continue;
        }
        let ack = AckTo::new(socket.clone(), session.clone(), ack_id);
        let measures = CallMetrics::begin(label(&core, &name), arrived, &session.caller);
        let call = ActiveCall {
            core: &core,
            socket: &socket_ref,
            session: &session,
            event: &name,
            ack,
            measures: &measures,
        };
        match in_flight {
            Some(_) => call.answer(&packet).instrument(measures.span()).await,
            None => call.reject_while_closing().await,
        }
        measures.end();
    }
}

/// The name of an event in metrics and in the log: clients choose among these, but can't add any.
fn label(core: &Core, event: &str) -> &'static str {
    match event {
        REFRESH => REFRESH,
        SYNC => SYNC,
        _ => core.router.static_name(event).unwrap_or(metrics::UNKNOWN),
    }
}

/// A call that is being answered.
struct ActiveCall<'a, A: Adapter> {
    core: &'a Arc<Core>,
    socket: &'a SocketRef<A>,
    session: &'a Arc<Session>,
    event: &'a str,
    ack: AckTo<A>,
    measures: &'a CallMetrics,
}

impl<A: Adapter> ActiveCall<'_, A> {
    async fn answer(&self, packet: &Packet<'_>) {
        let done = match self.event {
            REFRESH => caught(self.refresh()).await,
            SYNC => caught(self.sync(packet)).await,
            _ => {
                let ack = self.route(packet).await;
                self.resubscribe_if_changed().await;
                self.ack.send(&ack).await;
                return;
            }
        };
        if let Err(error) = done {
            self.ack.send(&self.rejected(&error, "data")).await;
        }
    }

    /// Rejects the call, since the server is closing.
    async fn reject_while_closing(&self) {
        let entry = self.core.router.find(self.event);
        let data_key = entry.map_or("data", Entry::data_key);
        let ack = self.rejected(&Error::Busy, data_key);
        self.ack.send(&ack).await;
    }

    fn rejected(&self, error: &Error, data_key: &'static str) -> Box<RawValue> {
        self.measures.rejected(error.code());
        rejection::encode(error, self.event, self.session.ack_form(data_key))
    }

    async fn refresh(&self) -> Result<(), Error> {
        resubscribe(self.core, self.socket, self.session).await?;
        live::refresh(&self.core.lists, &self.sink()).await?;
        self.ack.send(RawValue::NULL).await;
        Ok(())
    }

    async fn sync(&self, packet: &Packet<'_>) -> Result<(), Error> {
        resubscribe(self.core, self.socket, self.session).await?;
        let payload = packet.arguments()?.payload(&self.core.limits)?;
        let request = SyncRequest::read(&self.core.lists, payload.json())?;
        let ack = |data: &RawValue| self.ack.try_send(data);
        live::sync(&self.core.lists, &self.sink(), &request, ack).await
    }

    /// Executes an event of the contract; returns the ack in every case.
    async fn route(&self, packet: &Packet<'_>) -> Box<RawValue> {
        let Some(entry) = self.core.router.find(self.event) else {
            self.measures.rejected(ErrorCode::UnknownEvent);
            return rejection::unknown_event(self.event, self.session.has_codes);
        };
        match caught(self.execute(entry, packet)).await {
            Ok(ack) => ack,
            Err(rejected) => self.rejected(&rejected, entry.data_key()),
        }
    }

    /// The guard is called first: nothing that it rejects is parsed or takes memory, and only then is a repeated call
    /// looked up among the executed ones.
    async fn execute(&self, entry: &Entry, packet: &Packet<'_>) -> Result<Box<RawValue>, Error> {
        let caller = &self.session.caller;
        entry.authorize(&*self.core.guard, caller)?;
        let arguments = packet.arguments()?;
        if arguments.key.is_some() && !entry.takes_keys() {
            return Err(FieldErrors::general("this call takes no key").into());
        }
        let payload = arguments.payload(&self.core.limits)?;
        let payload = payload.json();
        entry.check_fields(payload, |access| {
            check_declared(&*self.core.guard, caller, Some(access))
        })?;
        resolve_permissions(self.core, caller);
        let key = arguments.key;
        if key.is_some() && caller.account().is_some() && !self.core.guard.is_signed_in(caller) {
            // The session has ended: earlier answers to the account are not for this caller, and its writes are not the
            // account's.
            return Err(Denied::unauthenticated().into());
        }
        let key = key.map(|key| key_of_call(caller, key, self.event, payload));
        let (caller, key) = (caller.clone(), key.transpose()?);
        let request = Request {
            caller,
            payload,
            key,
        };
        entry.run(request, &mut self.recipient()).await
    }

    fn sink(&self) -> SocketSink<A> {
        SocketSink::new(self.socket, self.session)
    }

    fn recipient(&self) -> AckedSocket<A> {
        AckedSocket {
            core: self.core.clone(),
            sink: self.sink(),
        }
    }

    async fn resubscribe_if_changed(&self) {
        resubscribe_if_changed(self.core, self.socket, self.session).await;
    }
}

/// The socket whose call is answered.
struct AckedSocket<A: Adapter> {
    core: Arc<Core>,
    sink: SocketSink<A>,
}

impl<A: Adapter> Recipient for AckedSocket<A> {
    fn resubscribe(&mut self) -> BoxFuture<'_, ()> {
        resubscribe_if_changed(&self.core, &self.sink.socket, &self.sink.session).boxed()
    }

    fn position(&self, list: ListId, position: Position) -> Option<(&'static str, Position)> {
        live::position_for(
            &self.core.lists,
            &self.sink.session.subscription,
            list,
            position,
        )
    }

    fn may_see(&self, access: Access) -> bool {
        let caller = &self.sink.session.caller;
        check_declared(&*self.core.guard, caller, Some(access)).is_ok()
    }
}

/// Moves the socket to the views that it may see, if the call has signed it in or out, or its scopes have changed.
async fn resubscribe_if_changed<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) {
    if session.caller.take_changed() {
        resubscribe_quietly(core, socket, session).await;
    }
}

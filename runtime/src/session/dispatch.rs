//! Takes what sockets send, one call of a socket after the other, and answers it.

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
use super::idle_timer::{Reason, disconnect_because};
use super::inbox::{self, Put, Waiting};
use super::payload::Packet;
use super::permissions::{follow_permitted_quietly, place, resolve_permissions};
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

/// How long a socket's calls keep others of the same thread waiting.
const TURN: Duration = Duration::from_micros(100);

const REFRESH: &str = "refresh";
const SYNC: &str = "sync";

/// The handler of all events of a socket. Called in the order in which they came.
#[derive(Clone)]
pub(super) struct Dispatcher(pub(super) Weak<Core>);

/// Keeps the impl apart from those for closures.
pub(super) enum InOrder {}

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
    ack.send(&rejection::encode(&Error::Busy, "", form)).await;
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
        _ => core.router.static_name(event).unwrap_or(metrics::UNKNOWN),
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
            REFRESH => caught(self.refresh()).await,
            SYNC => caught(self.sync(packet)).await,
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
        self.watched.rejected(refusal.code());
        rejection::encode(refusal, self.event, self.session.ack_form(data_key))
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
            self.watched.rejected(ErrorCode::UnknownEvent);
            return rejection::unknown_event(self.event, self.session.has_codes);
        };
        match caught(self.carry_out(entry, packet)).await {
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
            check_declared(&*self.core.guard, caller, Some(access))
        })?;
        resolve_permissions(self.core, caller);
        let key = arguments.key;
        if key.is_some() && caller.account().is_some() && !self.core.guard.is_signed_in(caller) {
            // Its session has ended: what was answered to the account is not for it, and what it writes is not the account's.
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

    async fn place_if_changed(&self) {
        place_if_changed(self.core, self.socket, self.session).await;
    }
}

/// The socket whose call is answered.
struct AckedSocket<A: Adapter> {
    core: Arc<Core>,
    sink: SocketSink<A>,
}

impl<A: Adapter> Recipient for AckedSocket<A> {
    fn resubscribe(&mut self) -> BoxFuture<'_, ()> {
        place_if_changed(&self.core, &self.sink.socket, &self.sink.session).boxed()
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

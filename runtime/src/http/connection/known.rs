//! Which connections belong to which socket.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::extract::connect_info::ConnectInfo;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::intake::Origin;
use super::posted::{Polled, Posted};
use super::under_way::UnderWay;
use super::unfinished::{self, Claim};
use super::{Arrival, Arrivals, Control, Unfinished};
use crate::rpc::Limits;
use crate::session::{Addresses, ByTransport, Closing, Crowded, Outbound, ReadThrottle, Transport};

/// What a client is answered whose address has more connections than it may.
const CROWDED: (StatusCode, &str) = (
    StatusCode::TOO_MANY_REQUESTS,
    "busy: too many connections from this address\n",
);

/// What a client is answered that sends a long message while too many others are sent.
const TOO_MANY_MESSAGES: (StatusCode, &str) = (
    StatusCode::SERVICE_UNAVAILABLE,
    "busy: too many large messages at a time\n",
);

/// What a message of unknown length is taken for.
const LONG: u64 = 4 * 1024 * 1024;

/// What the listener of a server needs to know, too.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    limits: Arc<OnceLock<Limits>>,
    pub(super) unfinished: Arc<Unfinished>,
    pub(super) arrivals: Arc<Arrivals>,
}

impl Shared {
    pub(super) fn limits(&self) -> Limits {
        self.limits.get().copied().unwrap_or_default()
    }
}

/// What belongs to sessions, by their ids, for as long as it lives.
#[derive(Debug)]
struct BySession<T>(Mutex<HashMap<String, Weak<T>>>);

impl<T> BySession<T> {
    fn insert(&self, session: String, value: &Arc<T>) {
        let mut all = self.lock();
        if all.len() == all.capacity() {
            all.retain(|_, value| value.strong_count() > 0);
        }
        all.insert(session, Arc::downgrade(value));
    }

    fn find(&self, session: &str) -> Option<Arc<T>> {
        self.lock().get(session)?.upgrade()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for BySession<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) shared: Arc<Shared>,
    /// Where they come from.
    addresses: Arc<Addresses>,
    /// Those that sockets which first polled have moved to, or tried to, by the ids of the sockets.
    moved: Mutex<HashMap<String, Vec<Weak<Control>>>>,
    /// The sessions that poll, by their ids.
    polled: BySession<Polled>,
    /// What is unsent of the sockets, by their ids.
    outbounds: BySession<Outbound>,
}

impl Connections {
    /// Those of a server that has none yet.
    pub(crate) fn of(closing: &Closing) -> Self {
        let shared = Shared {
            limits: closing.limits.clone(),
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
            addresses: closing.addresses.clone(),
            moved: Mutex::default(),
            polled: BySession::default(),
            outbounds: BySession::default(),
        }
    }

    /// Takes note of the connection of a request that makes it a websocket; tells others the address as they expect it.
    ///
    /// A client that begins to connect is counted from here on until it is gone, since it need never become a socket.
    pub(crate) async fn pass(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let extensions = request.extensions_mut();
        let Some(ConnectInfo(arrival)) = extensions.remove::<ConnectInfo<Arrival>>() else {
            return next.run(request).await;
        };
        extensions.insert(ConnectInfo(arrival.address));
        extensions.insert(ByTransport::new(&self));
        let under_way = UnderWay::begin(&arrival.control, &self.shared.limits());
        let response = self.answer(request, next, &arrival).await;
        under_way.until_end_of(response)
    }

    async fn answer(&self, mut request: Request, next: Next, arrival: &Arrival) -> Response {
        let asks = Asks::by(request.uri().query().unwrap_or_default());
        let limits = self.shared.limits();
        if asks == Asks::ForSocket || asks == Asks::ToPoll {
            let opened = self
                .addresses
                .open(request.headers(), request.extensions(), &limits);
            match opened {
                // Socket.IO keeps the request's extensions as long as the session.
                Ok(session) => request.extensions_mut().insert(session),
                Err(Crowded) => return CROWDED.into_response(),
            };
            let outbound = Arc::new(Outbound::measured(limits.max_unsent_bytes));
            request.extensions_mut().insert(outbound);
        }
        if asks == Asks::ForSocket {
            request.extensions_mut().insert(arrival.control.clone());
        }
        if asks == Asks::ToPoll {
            return self.begin_to_poll(request, next, limits).await;
        }
        if let Asks::Polled(socket) = &asks {
            return match *request.method() {
                Method::POST => self.take_message(request, next, socket, &limits).await,
                _ => {
                    let response = next.run(request).await;
                    self.answer_poll(socket, &arrival.control, response).await
                }
            };
        }
        let response = next.run(request).await;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let origin = match &asks {
                Asks::ForSocket => Origin::New,
                Asks::ToMove(socket) => {
                    self.polled.find(socket).map_or(Origin::New, Origin::Polled)
                }
                _ => Origin::Foreign,
            };
            arrival.control.becomes_websocket(limits, origin);
            if let Asks::ToMove(socket) = asks {
                self.note(socket, &arrival.control);
            }
        }
        response
    }

    /// Those of the websocket of a socket, with the request by which the socket came.
    fn controls_of(&self, socket: &str, request: &Parts) -> Vec<Arc<Control>> {
        let direct = request.extensions.get::<Arc<Control>>().cloned();
        let moved = self.lock();
        let moved = moved.get(socket).into_iter().flatten();
        let all = direct.into_iter().chain(moved.filter_map(Weak::upgrade));
        all.filter(|control| control.is_websocket()).collect()
    }

    /// Takes note of the id that a session gets.
    async fn begin_to_poll(&self, mut request: Request, next: Next, limits: Limits) -> Response {
        let polled = Arc::new(Polled::new(limits, self.shared.unfinished.clone()));
        request.extensions_mut().insert(polled.clone());
        // What is compressed can't be read here.
        request.headers_mut().remove(ACCEPT_ENCODING);
        let (parts, body) = next.run(request).await.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return Response::from_parts(parts, Body::empty());
        };
        if let Some(session) = session_in(&body) {
            self.polled.insert(session, &polled);
        }
        Response::from_parts(parts, Body::from(body))
    }

    /// Has a message read that a client which polls sends: for its memory, it is one that has begun and not ended.
    async fn take_message(
        &self,
        request: Request,
        next: Next,
        session: &str,
        limits: &Limits,
    ) -> Response {
        let Some(polled) = self.polled.find(session) else {
            // There is none: nothing is read.
            return next.run(request).await;
        };
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut claim = Claim::new(self.shared.unfinished.clone());
        // One that does not say how long it is may be as long as any.
        let claimed = claim.set(0, length.unwrap_or(LONG), limits.max_unfinished_bytes);
        if claimed.is_err() {
            return TOO_MANY_MESSAGES.into_response();
        }
        let request = request.map(|body| Body::new(Posted::new(body, polled)));
        let taken = timeout(unfinished::LONGEST, next.run(request)).await;
        taken.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
    }

    /// Takes note of the packets that a socket is answered when it polls.
    async fn answer_poll(&self, socket: &str, control: &Control, response: Response) -> Response {
        let Some(outbound) = self.outbounds.find(socket) else {
            return response;
        };
        let (parts, body) = response.into_parts();
        // It is there already, as a whole.
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return Response::from_parts(parts, Body::empty());
        };
        let packets = match parts.headers.contains_key(CONTENT_ENCODING) {
            // What is in it can't be seen.
            true => None,
            false => Some(String::from_utf8_lossy(&body)),
        };
        control
            .written
            .answers(body.len(), packets.as_deref(), outbound);
        Response::from_parts(parts, Body::from(body))
    }

    fn note(&self, socket: String, control: &Arc<Control>) {
        let mut moved = self.lock();
        if moved.len() == moved.capacity() {
            moved.retain(|_, controls| controls.iter().any(|known| known.strong_count() > 0));
        }
        let known = moved.entry(socket.clone()).or_default();
        known.retain(|known| known.strong_count() > 0);
        known.push(Arc::downgrade(control));
        drop(moved);
        if let Some(outbound) = self.outbounds.find(&socket) {
            control.written.follow(&outbound);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Weak<Control>>>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id of the session that begins with a packet, `0{"sid":"…",…}`.
fn session_in(packet: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Opened {
        sid: String,
    }
    let opened: Opened = serde_json::from_slice(packet.strip_prefix(b"0")?).ok()?;
    Some(opened.sid)
}

/// What a request asks Socket.IO for.
#[derive(Debug, PartialEq, Eq)]
enum Asks {
    /// A socket with a websocket.
    ForSocket,
    /// A session without one, which may move to one later.
    ToPoll,
    /// That the socket with this id, which has polled, gets a websocket.
    ToMove(String),
    /// What there is for the socket with this id.
    Polled(String),
    /// Others may ask for something by the same connection, if it is a proxy's: later on, for a websocket even.
    Other,
}

impl Asks {
    /// Reads what Socket.IO reads of a query: of each parameter the first.
    fn by(query: &str) -> Self {
        let first = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
        let transport = first("transport=").and_then(|name| name.split('=').next());
        match (transport, first("sid=")) {
            (Some("websocket"), None) => Self::ForSocket,
            (Some("websocket"), Some(socket)) => Self::ToMove(socket.to_owned()),
            (Some("polling"), Some(socket)) => Self::Polled(socket.to_owned()),
            (Some(_), None) => Self::ToPoll,
            _ => Self::Other,
        }
    }
}

impl Transport for Connections {
    fn outbound_of(&self, socket: &str, request: &Parts) -> Option<Arc<Outbound>> {
        let outbound = request.extensions.get::<Arc<Outbound>>()?;
        self.outbounds.insert(socket.to_owned(), outbound);
        // In this order, as in `note` the other way round: whichever comes second sees the other.
        for control in self.controls_of(socket, request) {
            control.written.follow(outbound);
        }
        Some(outbound.clone())
    }

    fn throttles_of(&self, socket: &str, request: &Parts) -> Vec<Arc<ReadThrottle>> {
        let controls = self.controls_of(socket, request).into_iter();
        controls.map(|control| control.throttle.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Parts {
        Request::new(axum::body::Body::empty()).into_parts().0
    }

    fn websocket() -> Arc<Control> {
        let control = Arc::<Control>::default();
        control.becomes_websocket(Limits::default(), Origin::New);
        control
    }

    #[test]
    fn only_who_asks_for_a_websocket_comes_by_its_connection() {
        for (query, asks) in [
            ("EIO=4&transport=websocket", Asks::ForSocket),
            ("transport=websocket&sid=a&EIO=4", Asks::ToMove("a".into())),
            ("EIO=4&transport=polling", Asks::ToPoll),
            ("EIO=4&transport=websocket=1", Asks::ForSocket),
            ("transport=polling&transport=websocket", Asks::ToPoll),
            ("EIO=4&transport=polling&sid=a", Asks::Polled("a".into())),
            ("", Asks::Other),
        ] {
            assert_eq!(Asks::by(query), asks, "{query}");
        }
    }

    #[test]
    fn a_socket_has_the_websocket_that_it_came_by() {
        let (connections, control) = (Connections::of(&Closing::new()), websocket());
        let mut came_by = request();
        came_by.extensions.insert(control.clone());
        let found = connections.controls_of("a", &came_by);
        assert!(found.len() == 1 && Arc::ptr_eq(&found[0], &control));
        // It asked for one, and got none.
        let mut asked = request();
        asked.extensions.insert(Arc::<Control>::default());
        assert!(connections.controls_of("a", &asked).is_empty());
    }

    #[test]
    fn whichever_comes_first_a_socket_and_its_websocket_know_each_other() {
        let limits = Limits::default();
        for _ in 0..2000 {
            let connections = Connections::of(&Closing::new());
            let control = websocket();
            let mut came_by = request();
            let outbound = Arc::new(Outbound::measured(limits.max_unsent_bytes));
            came_by.extensions.insert(outbound.clone());
            std::thread::scope(|threads| {
                threads.spawn(|| connections.note("a".to_owned(), &control));
                connections.outbound_of("a", &came_by);
            });
            assert!(control.written.follows(&outbound));
        }
    }

    #[test]
    fn a_socket_has_all_websockets_that_it_may_have_moved_to() {
        let connections = Connections::of(&Closing::new());
        let (tried, moved, other) = (websocket(), websocket(), websocket());
        for (socket, control) in [("a", &tried), ("a", &moved), ("b", &other)] {
            connections.note(socket.to_owned(), control);
        }
        assert_eq!(connections.controls_of("a", &request()).len(), 2);
        drop(tried);
        let found = connections.controls_of("a", &request());
        assert!(found.len() == 1 && Arc::ptr_eq(&found[0], &moved));
        assert!(connections.controls_of("c", &request()).is_empty());
        drop((found, moved));
        for socket in 0..100 {
            connections.note(socket.to_string(), &websocket());
        }
        assert!(connections.lock().len() < 50, "the dead are kept");
        assert_eq!(connections.controls_of("b", &request()).len(), 1);
    }
}

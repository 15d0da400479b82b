//! Maps sockets to their connections.

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

use super::active_request::ActiveRequest;
use super::polling::{PollingSession, PostBody};
use super::unfinished::{self, Reservation};
use super::websocket_meter::WebsocketKind;
use super::{ConnectionInfo, Control, OpenConnections, Unfinished};
use crate::rpc::Limits;
use crate::session::{Addresses, ByTransport, Closing, Outbound, ReadThrottle, TooMany, Transport};

/// The answer for an address that has too many connections.
const CROWDED: (StatusCode, &str) = (
    StatusCode::TOO_MANY_REQUESTS,
    "busy: too many connections from this address\n",
);

/// The answer to a long message while too many others are unfinished.
const TOO_MANY_MESSAGES: (StatusCode, &str) = (
    StatusCode::SERVICE_UNAVAILABLE,
    "busy: too many large messages at a time\n",
);

/// Bytes that are reserved for a message of unknown length.
const ASSUMED: u64 = 4 * 1024 * 1024;

/// State that the connections share with the listener of a server.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    limits: Arc<OnceLock<Limits>>,
    pub(super) unfinished: Arc<Unfinished>,
    pub(super) open_connections: Arc<OpenConnections>,
}

impl Shared {
    pub(super) fn limits(&self) -> Limits {
        self.limits.get().copied().unwrap_or_default()
    }
}

/// Values of sessions, by session id, for as long as the values live.
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
    /// The addresses of the clients.
    addresses: Arc<Addresses>,
    /// Websockets that polling sockets have been upgraded to, or tried to, by socket id.
    upgraded: Mutex<HashMap<String, Vec<Weak<Control>>>>,
    /// The sessions that poll, by their ids.
    polled: BySession<PollingSession>,
    /// The unsent packets of the sockets, by their ids.
    outbounds: BySession<Outbound>,
}

impl Connections {
    pub(crate) fn of(closing: &Closing) -> Self {
        let shared = Shared {
            limits: closing.limits.clone(),
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
            addresses: closing.addresses.clone(),
            upgraded: Mutex::default(),
            polled: BySession::default(),
            outbounds: BySession::default(),
        }
    }

    /// Records the connection of a request that becomes a websocket; others get the address in the form they expect.
    /// A client that begins to connect is counted from here until it disconnects, since it need never become a socket.
    pub(crate) async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let extensions = request.extensions_mut();
        let Some(ConnectInfo(arrival)) = extensions.remove::<ConnectInfo<ConnectionInfo>>() else {
            return next.run(request).await;
        };
        extensions.insert(ConnectInfo(arrival.address));
        extensions.insert(ByTransport::new(&self));
        let active = ActiveRequest::begin(&arrival.control, &self.shared.limits());
        let response = self.answer(request, next, &arrival).await;
        active.until_end_of(response)
    }

    async fn answer(&self, mut request: Request, next: Next, arrival: &ConnectionInfo) -> Response {
        let intent = Intent::of(request.uri().query().unwrap_or_default());
        let limits = self.shared.limits();
        if intent == Intent::Websocket || intent == Intent::Polling {
            let opened =
                self.addresses
                    .count_connection(request.headers(), request.extensions(), &limits);
            match opened {
                // Socket.IO keeps the request's extensions as long as the session.
                Ok(session) => request.extensions_mut().insert(session),
                Err(TooMany) => return CROWDED.into_response(),
            };
            let outbound = Arc::new(Outbound::measured(limits.max_unsent_bytes));
            request.extensions_mut().insert(outbound);
        }
        if intent == Intent::Websocket {
            request.extensions_mut().insert(arrival.control.clone());
        }
        if intent == Intent::Polling {
            return self.open_polling(request, next, limits).await;
        }
        if let Intent::Poll(socket) = &intent {
            return match *request.method() {
                Method::POST => self.read_posted(request, next, socket, &limits).await,
                _ => {
                    let response = next.run(request).await;
                    self.answer_poll(socket, &arrival.control, response).await
                }
            };
        }
        let response = next.run(request).await;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let content = match &intent {
                Intent::Websocket => WebsocketKind::New,
                Intent::Upgrade(socket) => self
                    .polled
                    .find(socket)
                    .map_or(WebsocketKind::New, WebsocketKind::Upgraded),
                _ => WebsocketKind::Foreign,
            };
            arrival.control.becomes_websocket(limits, content);
            if let Intent::Upgrade(socket) = intent {
                self.record_upgrade(socket, &arrival.control);
            }
        }
        response
    }

    /// The controls of the websockets of a socket, including that of the request by which the socket connected.
    fn controls_of(&self, socket: &str, request: &Parts) -> Vec<Arc<Control>> {
        let direct = request.extensions.get::<Arc<Control>>().cloned();
        let upgraded = self.lock();
        let upgraded = upgraded.get(socket).into_iter().flatten();
        let all = direct.into_iter().chain(upgraded.filter_map(Weak::upgrade));
        all.filter(|control| control.is_websocket()).collect()
    }

    /// Opens a session that polls, and records its id.
    async fn open_polling(&self, mut request: Request, next: Next, limits: Limits) -> Response {
        let polled = Arc::new(PollingSession::new(limits, self.shared.unfinished.clone()));
        request.extensions_mut().insert(polled.clone());
        // A compressed answer can't be parsed here.
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

    /// Reads a message that a polling client posts: it counts as an unfinished message of a websocket.
    async fn read_posted(
        &self,
        request: Request,
        next: Next,
        session: &str,
        limits: &Limits,
    ) -> Response {
        let Some(polled) = self.polled.find(session) else {
            // The session does not exist: nothing is read.
            return next.run(request).await;
        };
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut reservation = Reservation::new(self.shared.unfinished.clone());
        // One without a length may be as long as any.
        let reserved = reservation.set(0, length.unwrap_or(ASSUMED), limits.max_unfinished_bytes);
        if reserved.is_err() {
            return TOO_MANY_MESSAGES.into_response();
        }
        let request = request.map(|body| Body::new(PostBody::new(body, polled)));
        let taken = timeout(unfinished::MESSAGE_TIMEOUT, next.run(request)).await;
        taken.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
    }

    /// Records the packets in the answer to a poll of a socket.
    async fn answer_poll(&self, socket: &str, control: &Control, response: Response) -> Response {
        let Some(outbound) = self.outbounds.find(socket) else {
            return response;
        };
        let (parts, body) = response.into_parts();
        // It is in memory already, as a whole.
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return Response::from_parts(parts, Body::empty());
        };
        let packets = match parts.headers.contains_key(CONTENT_ENCODING) {
            // Compressed packets can't be parsed.
            true => None,
            false => Some(String::from_utf8_lossy(&body)),
        };
        control
            .written
            .expect_poll_answer(body.len(), packets.as_deref(), outbound);
        Response::from_parts(parts, Body::from(body))
    }

    fn record_upgrade(&self, socket: String, control: &Arc<Control>) {
        let mut upgraded = self.lock();
        if upgraded.len() == upgraded.capacity() {
            upgraded.retain(|_, controls| controls.iter().any(|known| known.strong_count() > 0));
        }
        let known = upgraded.entry(socket.clone()).or_default();
        known.retain(|known| known.strong_count() > 0);
        known.push(Arc::downgrade(control));
        drop(upgraded);
        if let Some(outbound) = self.outbounds.find(&socket) {
            control.written.set_outbound(&outbound);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Weak<Control>>>> {
        self.upgraded.lock().unwrap_or_else(PoisonError::into_inner)
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

/// What a request is for.
#[derive(Debug, PartialEq, Eq)]
enum Intent {
    /// A socket with a websocket.
    Websocket,
    /// A session without one, which may be upgraded to one later.
    Polling,
    /// An upgrade of the polling socket with this id to a websocket.
    Upgrade(String),
    /// The packets of the socket with this id.
    Poll(String),
    /// Another request; on a connection of a proxy, another client may request a websocket later.
    Other,
}

impl Intent {
    /// Parses a query as Socket.IO does: the first of each parameter counts.
    fn of(query: &str) -> Self {
        let first = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
        let transport = first("transport=").and_then(|name| name.split('=').next());
        match (transport, first("sid=")) {
            (Some("websocket"), None) => Self::Websocket,
            (Some("websocket"), Some(socket)) => Self::Upgrade(socket.to_owned()),
            (Some("polling"), Some(socket)) => Self::Poll(socket.to_owned()),
            (Some(_), None) => Self::Polling,
            _ => Self::Other,
        }
    }
}

impl Transport for Connections {
    fn outbound_of(&self, socket: &str, request: &Parts) -> Option<Arc<Outbound>> {
        let outbound = request.extensions.get::<Arc<Outbound>>()?;
        self.outbounds.insert(socket.to_owned(), outbound);
        // `record_upgrade` has the opposite order, so that the second of the two finds the first.
        for control in self.controls_of(socket, request) {
            control.written.set_outbound(outbound);
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
        control.becomes_websocket(Limits::default(), WebsocketKind::New);
        control
    }

    #[test]
    fn only_requests_for_a_websocket_use_its_connection() {
        for (query, intent) in [
            ("EIO=4&transport=websocket", Intent::Websocket),
            (
                "transport=websocket&sid=a&EIO=4",
                Intent::Upgrade("a".into()),
            ),
            ("EIO=4&transport=polling", Intent::Polling),
            ("EIO=4&transport=websocket=1", Intent::Websocket),
            ("transport=polling&transport=websocket", Intent::Polling),
            ("EIO=4&transport=polling&sid=a", Intent::Poll("a".into())),
            ("", Intent::Other),
        ] {
            assert_eq!(Intent::of(query), intent, "{query}");
        }
    }

    #[test]
    fn a_socket_has_the_websocket_that_it_came_by() {
        let (connections, control) = (Connections::of(&Closing::new()), websocket());
        let mut request_of_socket = request();
        request_of_socket.extensions.insert(control.clone());
        let found = connections.controls_of("a", &request_of_socket);
        assert!(found.len() == 1 && Arc::ptr_eq(&found[0], &control));
        // It requested one, and got none.
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
            let mut request_of_socket = request();
            let outbound = Arc::new(Outbound::measured(limits.max_unsent_bytes));
            request_of_socket.extensions.insert(outbound.clone());
            std::thread::scope(|threads| {
                threads.spawn(|| connections.record_upgrade("a".to_owned(), &control));
                connections.outbound_of("a", &request_of_socket);
            });
            assert!(control.written.has_outbound(&outbound));
        }
    }

    #[test]
    fn a_socket_has_all_websockets_that_it_may_have_moved_to() {
        let connections = Connections::of(&Closing::new());
        let (tried, upgraded, other) = (websocket(), websocket(), websocket());
        for (socket, control) in [("a", &tried), ("a", &upgraded), ("b", &other)] {
            connections.record_upgrade(socket.to_owned(), control);
        }
        assert_eq!(connections.controls_of("a", &request()).len(), 2);
        drop(tried);
        let found = connections.controls_of("a", &request());
        assert!(found.len() == 1 && Arc::ptr_eq(&found[0], &upgraded));
        assert!(connections.controls_of("c", &request()).is_empty());
        drop((found, upgraded));
        for socket in 0..100 {
            connections.record_upgrade(socket.to_string(), &websocket());
        }
        assert!(connections.lock().len() < 50, "dead websockets are kept");
        assert_eq!(connections.controls_of("b", &request()).len(), 1);
    }
}

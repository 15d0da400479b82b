//! The request bodies of clients that poll: they are read as fast as a websocket would be, and the memory of their
//! packets is bounded in the same way.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use super::packets::{Malformed, Packets};
use super::read_rate::{NextRead, ReadRate};
use super::unfinished::{Reservation, Unfinished};
use crate::rpc::Limits;

/// Separates the packets of a body.
const SEPARATOR: u8 = 0x1e;
/// Begins a packet that is an attachment, in base64.
const BINARY: u8 = b'b';

/// A session that polls.
#[derive(Debug)]
pub(super) struct PollingSession {
    state: Mutex<State>,
    limits: Limits,
}

#[derive(Debug)]
struct State {
    rate: ReadRate,
    packets: Packets,
    /// For the packet whose attachments were not all received.
    reservation: Reservation,
}

impl PollingSession {
    pub(super) fn new(limits: Limits, all: Arc<Unfinished>) -> Self {
        Self {
            state: Mutex::new(State {
                rate: ReadRate::new(&limits),
                packets: Packets::default(),
                reservation: Reservation::new(all),
            }),
            limits,
        }
    }

    /// The packet that is being received, the rest of which is received by a websocket.
    pub(super) fn take_packets(&self) -> Packets {
        let mut state = self.lock();
        // It counts for the websocket from now on.
        let _ = state.reservation.set(0, 0, usize::MAX);
        std::mem::take(&mut state.packets)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of a request with packets. If it can't be read, Socket.IO ends the session.
pub(super) struct PostBody {
    body: Body,
    polled: Arc<PollingSession>,
    /// The packet that is being read.
    packet: Packet,
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Default)]
struct Packet {
    bytes: u64,
    is_binary: bool,
}

impl PostBody {
    pub(super) fn new(body: Body, polled: Arc<PollingSession>) -> Self {
        // The first packet has no separator before it.
        polled.lock().rate.record(1, 0);
        Self {
            body,
            polled,
            packet: Packet::default(),
            timer: None,
        }
    }

    fn poll_may_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let next = self.polled.lock().rate.next_read();
            match next {
                NextRead::Now => return Poll::Ready(()),
                NextRead::AfterYield => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                NextRead::At(at) => {
                    let timer = self.timer.insert(Box::pin(sleep_until(at.into())));
                    ready!(timer.as_mut().poll(cx));
                }
            }
        }
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Malformed> {
        let Self { polled, packet, .. } = self;
        let mut state = polled.lock();
        state.rate.record(0, data.len());
        for (index, part) in data.split(|byte| *byte == SEPARATOR).enumerate() {
            if index > 0 {
                state.rate.record(1, 0);
                state.end(packet, &polled.limits)?;
            }
            state.take(packet, part)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Malformed> {
        let limits = &self.polled.limits;
        self.polled.lock().end(&mut self.packet, limits)
    }
}

impl State {
    /// A part of a packet.
    fn take(&mut self, packet: &mut Packet, part: &[u8]) -> Result<(), Malformed> {
        if packet.bytes == 0 {
            packet.is_binary = part.first() == Some(&BINARY);
        }
        packet.bytes += part.len() as u64;
        for byte in part {
            if packet.is_binary || !self.packets.wants_more() {
                break;
            }
            self.packets.push(*byte)?;
        }
        Ok(())
    }

    fn end(&mut self, packet: &mut Packet, limits: &Limits) -> Result<(), Malformed> {
        let Packet { bytes, is_binary } = std::mem::take(packet);
        match is_binary {
            true => self.packets.end_binary(bytes),
            false => self.packets.end_text(bytes),
        }
        let (number, kept) = (self.packets.number(), self.packets.kept());
        let reserved = self
            .reservation
            .set(number, kept, limits.max_unfinished_bytes);
        match reserved.is_err() || self.reservation.is_overdue() {
            true => Err(Malformed),
            false => Ok(()),
        }
    }
}

impl HttpBody for PostBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        ready!(self.poll_may_read(cx));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let taken = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(Ok(()), |data| self.take(data)),
            Some(Err(_)) => Ok(()),
            None => self.end(),
        };
        Poll::Ready(match taken {
            Ok(()) => frame,
            Err(Malformed) => {
                let error = "a packet that is too long, or too long on its way";
                Some(Err(axum::Error::new(std::io::Error::other(error))))
            }
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn read(polled: &Arc<PollingSession>, body: &str) -> Result<Bytes, axum::Error> {
        let posted = PostBody::new(Body::from(body.to_owned()), polled.clone());
        to_bytes(Body::new(posted), usize::MAX).await
    }

    #[tokio::test(start_paused = true)]
    async fn packets_are_kept_from_one_request_to_another() {
        let all = Arc::<Unfinished>::default();
        let new = || Arc::new(PollingSession::new(Limits::default(), all.clone()));
        let polled = new();
        let text = format!("452-[\"a\",\"{}\"]", "x".repeat(100_000));
        let body = format!("3\u{1e}{text}");
        assert_eq!(read(&polled, &body).await.unwrap(), body);
        assert_eq!(polled.lock().packets.kept(), text.len() as u64);
        read(&polled, "bAAAA\u{1e}3").await.unwrap();
        assert_eq!(polled.lock().packets.kept(), text.len() as u64 + 5);
        read(&polled, "bAAAA").await.unwrap();
        assert_eq!(polled.lock().packets.kept(), 0);
        // The rest may come by a websocket.
        read(&polled, &text).await.unwrap();
        assert_eq!(polled.take_packets().kept(), text.len() as u64);
        assert!(!polled.lock().reservation.is_overdue() && polled.lock().packets.kept() == 0);
        // Or never: then the next request ends the session.
        let polled = new();
        read(&polled, &text).await.unwrap();
        tokio::time::advance(super::super::unfinished::MESSAGE_TIMEOUT).await;
        read(&polled, "3").await.unwrap_err();
    }

    #[tokio::test]
    async fn names_of_namespaces_are_bounded() {
        let polled = Arc::new(PollingSession::new(Limits::default(), Arc::default()));
        let name = "x".repeat(250);
        read(&polled, &format!("40/{name},\u{1e}40/{name}"))
            .await
            .unwrap();
        read(&polled, &format!("2\u{1e}40/{name}{name},"))
            .await
            .unwrap_err();
    }
}

//! Who gets what: the rooms of plain and synced sockets, and sending to one of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;
use socketioxide::adapter::Adapter;
use socketioxide::operators::BroadcastOperators;
use socketioxide::socket::Socket;
use socketioxide::{BroadcastError, SocketError};

use crate::attachments::Outgoing;

/// Sockets that get whole lists.
pub(crate) const PLAIN: &str = "rowcast:plain";
/// Sockets that get changes.
pub(crate) const SYNCED: &str = "rowcast:synced";

/// A socket's send buffer is full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// What decides in which room a socket is.
#[derive(Debug, Default)]
pub(crate) struct Place(Mutex<Facts>);

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Facts {
    /// The guard lets it watch.
    pub(crate) watching: bool,
    /// It has called `sync`.
    pub(crate) synced: bool,
    /// Its buffer was full; somebody tries to reach it.
    pub(crate) lagging: bool,
}

impl Facts {
    fn room(self) -> Option<&'static str> {
        match self {
            Self {
                watching: false, ..
            }
            | Self { lagging: true, .. } => None,
            Self { synced: true, .. } => Some(SYNCED),
            Self { synced: false, .. } => Some(PLAIN),
        }
    }
}

impl Place {
    pub(crate) fn facts(&self) -> Facts {
        *self.lock()
    }

    /// Changes the facts and moves the socket to the room that follows from them; gives the facts as they were before.
    pub(crate) fn change<A: Adapter>(
        &self,
        socket: &Socket<A>,
        change: impl FnOnce(&mut Facts),
    ) -> Facts {
        let mut facts = self.lock();
        let before = *facts;
        change(&mut facts);
        for room in [PLAIN, SYNCED] {
            if facts.room() == Some(room) {
                socket.join(room);
            } else {
                socket.leave(room);
            }
        }
        before
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends to one socket. To one that is gone, nothing is sent.
///
/// Not `Socket::emit`: that refuses between the moment at which the client learns that it is connected and the moment at
/// which the socket itself does, and the client's first call may come in between.
pub(super) async fn emit_to<A: Adapter>(
    socket: &Socket<A>,
    event: &str,
    data: &RawValue,
) -> Result<(), Full> {
    let nobody_else: [&'static str; 0] = [];
    emit(socket.within(nobody_else).local(), event, data).await
}

/// Sends to whomever `to` names.
pub(super) async fn emit<A: Adapter>(
    to: BroadcastOperators<A>,
    event: &str,
    data: &RawValue,
) -> Result<(), Full> {
    match to.emit(event, &Outgoing(data)).await {
        Ok(()) => Ok(()),
        Err(BroadcastError::Socket(errors)) if errors.iter().any(is_full) => Err(Full),
        Err(BroadcastError::Socket(_)) => Ok(()),
        Err(error) => {
            tracing::error!(%error, event, "a list could not be sent");
            Ok(())
        }
    }
}

fn is_full(error: &SocketError) -> bool {
    matches!(error, SocketError::InternalChannelFull)
}

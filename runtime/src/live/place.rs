//! Where a socket belongs, and what it is sent when that changes.

use std::sync::Arc;

use rowcast_schema::Position;

use super::audience::Audience;
use super::catch_up;
use super::lists::Lists;
use super::sink::{Full, Sink};
use super::subscriber::At;
use super::subscription::{Gets, Subscription};
use crate::store::ListId;

/// Lets a socket watch what these audiences see, one for each list, or nothing.
///
/// When this is done, nothing more is sent that only those saw whom the socket has left, and it has been sent what it sees
/// now instead.
pub(crate) async fn place<S: Sink>(
    lists: &Arc<Lists>,
    sink: &S,
    watching: bool,
    audiences: Arc<[Arc<Audience>]>,
) {
    let before = sink.subscription().facts();
    let moved: Vec<usize> = (0..before.audiences.len())
        .filter(|list| !Arc::ptr_eq(&before.audiences[*list], &audiences[*list]))
        .collect();
    let mut turns = Vec::new();
    for list in &moved {
        turns.push(before.audiences[*list].turn().await);
    }
    sink.change(|facts| {
        facts.watching = watching;
        facts.audiences = audiences.clone();
        let is_synced = |list: &&usize| facts.gets(**list) == Gets::Changes;
        let unshown: Vec<usize> = moved.iter().filter(is_synced).copied().collect();
        facts.unshown.extend(unshown);
    });
    drop(turns);
    for list in moved {
        if show(lists, list, sink).await.is_err() {
            catch_up::leave_behind(lists, sink.clone());
            return;
        }
    }
}

/// Sends a socket what it sees of a list since it belongs to other people.
async fn show<S: Sink>(lists: &Lists, index: usize, sink: &S) -> Result<(), Full> {
    let at = At::new(lists, index, sink);
    let sent = match at.facts.gets(index) {
        Gets::Nothing => return Ok(()),
        Gets::Whole => at.send_whole().await,
        Gets::Changes => at.show().await,
    };
    sent.unwrap_or_else(|error| {
        tracing::error!(%error, list = at.list.event, "a list could not be loaded for a socket with other scopes");
        Err(Full::OF_PACKETS)
    })
}

/// The position of a list that a call wrote to, as the socket gets to it: none if it is sent no changes of the list, or
/// sees nothing of it. A client waits for the position that it is given.
pub(crate) fn position_for(
    lists: &Lists,
    subscription: &Subscription,
    list: ListId,
    position: Position,
) -> Option<Position> {
    let index = lists.lists.iter().position(|live| live.id == list)?;
    let facts = subscription.facts();
    if facts.gets(index) != Gets::Changes {
        return None;
    }
    let audience = facts.audiences.get(index)?;
    audience.position(&lists.change_log, &position)
}

//! Where a socket belongs, and what it is sent when that changes.

use std::sync::Arc;

use rowcast_schema::Position;

use super::lagging;
use super::list::Lists;
use super::sink::{Full, Sink};
use super::subscriber::Subscriber;
use super::subscription::{Gets, Subscription};
use super::view::View;
use crate::store::ListId;

/// Lets a socket follow these views, one for each list, or nothing.
///
/// When this is done, the socket gets nothing more of the views that it has left, and has been sent what it sees instead.
pub(crate) async fn place<S: Sink>(
    lists: &Arc<Lists>,
    sink: &S,
    watching: bool,
    views: Arc<[Arc<View>]>,
) {
    let before = sink.subscription().following();
    let moved: Vec<usize> = (0..before.views.len())
        .filter(|list| !Arc::ptr_eq(&before.views[*list], &views[*list]))
        .collect();
    let mut guards = Vec::new();
    for list in &moved {
        guards.push(before.views[*list].publish_guard().await);
    }
    sink.change(|following| {
        following.watching = watching;
        following.views = views.clone();
        let is_synced = |list: &&usize| following.gets(**list) == Gets::Changes;
        let unshown: Vec<usize> = moved.iter().filter(is_synced).copied().collect();
        following.unshown.extend(unshown);
    });
    drop(guards);
    for list in moved {
        if show(lists, list, sink).await.is_err() {
            lagging::mark_lagging(lists, sink.clone());
            return;
        }
    }
}

/// Sends a socket what it sees of a list since it has another view of it.
async fn show<S: Sink>(lists: &Lists, index: usize, sink: &S) -> Result<(), Full> {
    let at = Subscriber::new(lists, index, sink);
    let sent = match at.following.gets(index) {
        Gets::Nothing => return Ok(()),
        Gets::Whole => at.send_whole().await,
        Gets::Changes => at.show().await,
    };
    sent.unwrap_or_else(|error| {
        tracing::error!(%error, list = at.list.event, "a list could not be loaded for a socket with other scopes");
        Err(Full::OF_PACKETS)
    })
}

/// The name of a list that a call wrote to, and its position, as the socket gets to it: none if it is sent no changes of the list, or
/// sees nothing of it. A client waits for the position that it is given.
pub(crate) fn position_for(
    lists: &Lists,
    subscription: &Subscription,
    list: ListId,
    position: Position,
) -> Option<(&'static str, Position)> {
    let index = lists.lists.iter().position(|live| live.id == list)?;
    let following = subscription.following();
    if following.gets(index) != Gets::Changes {
        return None;
    }
    let view = following.views.get(index)?;
    let position = view.position(&lists.change_log, &position)?;
    Some((lists.lists[index].event, position))
}

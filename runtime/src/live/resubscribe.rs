//! Moves a socket to other views, and sends it what it sees there.

use std::sync::Arc;

use rowcast_schema::Position;

use super::lagging;
use super::list::Lists;
use super::sink::{Full, Sink};
use super::subscriber::Subscriber;
use super::subscription::{Delivery, Subscription};
use super::view::View;
use crate::store::ListId;

/// Subscribes a socket to these views, one for each list, or to nothing.
///
/// On return, the socket receives nothing more of its previous views, and has been sent its new ones instead.
pub(crate) async fn resubscribe<S: Sink>(
    lists: &Arc<Lists>,
    sink: &S,
    watching: bool,
    views: Arc<[Arc<View>]>,
) {
    let before = sink.subscription().following();
    let moved: Vec<usize> = (0..before.views.len())
        .filter(|list| !Arc::ptr_eq(&before.views[*list], &views[*list]))
        .collect();
    let mut publish_guards = Vec::new();
    for list in &moved {
        publish_guards.push(before.views[*list].publish_guard().await);
    }
    sink.change(|following| {
        following.watching = watching;
        following.views = views.clone();
        let is_synced = |list: &&usize| following.delivery(**list) == Delivery::Changes;
        let unsent_views: Vec<usize> = moved.iter().filter(is_synced).copied().collect();
        following.unsent_views.extend(unsent_views);
    });
    drop(publish_guards);
    for list in moved {
        if send_new_view(lists, list, sink).await.is_err() {
            lagging::mark_lagging(lists, sink.clone());
            return;
        }
    }
}

/// Sends a socket its new view of a list.
async fn send_new_view<S: Sink>(lists: &Lists, index: usize, sink: &S) -> Result<(), Full> {
    let subscriber = Subscriber::new(lists, index, sink);
    let sent = match subscriber.following.delivery(index) {
        Delivery::None => return Ok(()),
        Delivery::Whole => subscriber.send_whole().await,
        Delivery::Changes => subscriber.send_new_view().await,
    };
    sent.unwrap_or_else(|error| {
        tracing::error!(%error, list = subscriber.list.event, "a list could not be loaded for a socket with other scopes");
        Err(Full::OF_PACKETS)
    })
}

/// The name of a list that a call wrote to, and the position in the socket's view of it. `None` if the socket receives
/// no changes of the list, or sees nothing of it: a client waits for the position that it receives.
pub(crate) fn position_for(
    lists: &Lists,
    subscription: &Subscription,
    list: ListId,
    position: Position,
) -> Option<(&'static str, Position)> {
    let index = lists.lists.iter().position(|live| live.id == list)?;
    let following = subscription.following();
    if following.delivery(index) != Delivery::Changes {
        return None;
    }
    let view = following.views.get(index)?;
    let position = view.position(&lists.change_log, &position)?;
    Some((lists.lists[index].event, position))
}

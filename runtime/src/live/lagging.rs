//! Sockets that read too slowly: they leave their rooms, so that they cost other sockets nothing, and are retried.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::list::Lists;
use super::retry::Retry;
use super::sink::{Full, Sink};
use super::subscriber::Subscriber;
use super::subscription::Delivery;
use crate::store::Error;

const FIRST_TRY: Duration = Duration::from_millis(50);
const LAST_TRY: Duration = Duration::from_secs(2);

/// Takes a socket out of its rooms until its buffer has room again.
pub(super) fn mark_lagging<S: Sink>(lists: &Arc<Lists>, sink: S) {
    if !sink.change(|following| following.lagging = true).lagging {
        tokio::spawn(try_again(Arc::downgrade(lists), sink));
    }
}

async fn try_again<S: Sink>(lists: Weak<Lists>, sink: S) {
    let mut pause = FIRST_TRY;
    let mut retry = Retry::default();
    loop {
        tokio::time::sleep(pause).await;
        let has_room = sink.until_half_sent().await;
        let Some(lists) = lists.upgrade() else { return };
        if !sink.is_connected() {
            return;
        }
        if !has_room {
            continue;
        }
        pause = (pause * 2).min(LAST_TRY);
        // The rooms are joined first, then the missed changes are sent: in this order none is lost in between.
        sink.change(|following| {
            following.lagging = false;
            following.unsent_views.clear();
        });
        match caught_up(&lists, &sink).await {
            Ok(Ok(())) => return,
            Ok(Err(_full)) => {}
            Err((list, error)) => pause = retry.failed(list, &error),
        }
        if sink.change(|following| following.lagging = true).lagging {
            // A broadcast found the buffer full meanwhile, and has started another task.
            return;
        }
    }
}

/// Sends what a socket has missed; an error names the list whose rows could not be loaded.
async fn caught_up<S: Sink>(
    lists: &Lists,
    sink: &S,
) -> Result<Result<(), Full>, (&'static str, Error)> {
    for (index, list) in lists.lists.iter().enumerate() {
        let subscriber = Subscriber::new(lists, index, sink);
        let sent = match subscriber.following.delivery(index) {
            Delivery::None => continue,
            Delivery::Whole => subscriber.send_whole().await,
            Delivery::Changes => subscriber.send_heartbeat().await,
        };
        if let Err(full) = sent.map_err(|error| (list.event, error))? {
            return Ok(Err(full));
        }
    }
    Ok(Ok(()))
}

//! How long changes wait until all sockets of this server were told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use metrics::histogram;

use super::change::ListId;
use super::list::LiveList;
use super::log::Feed;
use crate::StoreError;
use crate::metrics::FEED_LAG;

/// Since when each list has had changes that nobody was told of.
#[derive(Debug, Default)]
pub(super) struct Untold(Mutex<HashMap<ListId, Instant>>);

impl Untold {
    /// A list has changed.
    pub(super) fn changed(&self, list: ListId) {
        self.lock().entry(list).or_insert_with(Instant::now);
    }

    /// Everything that has happened to a list is about to be told, or is nobody's news.
    pub(super) fn take(&self, list: ListId) -> Option<Instant> {
        self.lock().remove(&list)
    }

    /// It could not be told; what came later waits behind it.
    fn put_back(&self, list: ListId, since: Instant) {
        self.lock().insert(list, since);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ListId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells what has happened to a list, and measures for how long the first of that has waited.
pub(super) async fn measured(
    feed: &Feed,
    list: &LiveList,
    tell: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), StoreError> {
    // What happens from here on may be told now or in the next round; it counts as the latter.
    let since = feed.untold().take(list.id);
    let told = tell.await;
    match (&told, since) {
        (Ok(()), Some(since)) => {
            histogram!(FEED_LAG, "list" => list.event).record(since.elapsed());
        }
        (Err(_), Some(since)) => feed.untold().put_back(list.id, since),
        (_, None) => {}
    }
    told
}

//! All live lists of a server.

use std::sync::Arc;

use super::list::LiveList;
use super::log::Feed;

/// The lists in the order of their registration, and the feed that moves them.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(super) feed: Arc<Feed>,
    pub(super) lists: Vec<LiveList>,
}

impl Lists {
    pub(crate) fn new(feed: Arc<Feed>, lists: Vec<LiveList>) -> Self {
        Self { feed, lists }
    }
}

//! The subscription of a client, and the rooms that follow from it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::view::View;

/// The subscription of a client, which determines its rooms.
#[derive(Debug, Default)]
pub(crate) struct Subscription(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    following: Following,
    rooms: BTreeSet<String>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Following {
    /// The guard allows it to watch.
    pub(super) watching: bool,
    /// Its view of each list. Empty until they are resolved.
    pub(super) views: Arc<[Arc<View>]>,
    /// The indexes of the lists that it has called `sync` for; `None` if it never did.
    pub(super) synced: Option<BTreeSet<usize>>,
    /// Its buffer was full; a task retries.
    pub(super) lagging: bool,
    /// The indexes of the lists with a new view that was not sent yet. Until then the client is sent no changes of
    /// them.
    pub(super) unsent_views: BTreeSet<usize>,
}

impl Following {
    /// From now on the client keeps lists itself: those that it will `sync`.
    pub(crate) fn keep_lists(&mut self) {
        self.synced.get_or_insert_default();
    }

    /// Whether the client keeps lists itself.
    pub(crate) fn keeps_lists(&self) -> bool {
        self.synced.is_some()
    }

    /// Whether this is still its view of a list.
    pub(super) fn has_view(&self, list: usize, view: &Arc<View>) -> bool {
        self.views
            .get(list)
            .is_some_and(|own| Arc::ptr_eq(own, view))
    }

    /// What it is sent of a list.
    pub(super) fn delivery(&self, list: usize) -> Delivery {
        match &self.synced {
            _ if !self.watching => Delivery::None,
            None => Delivery::Whole,
            Some(lists) if lists.contains(&list) => Delivery::Changes,
            Some(_) => Delivery::None,
        }
    }

    fn rooms(&self) -> BTreeSet<String> {
        if self.lagging {
            return BTreeSet::new();
        }
        let views = self.views.iter().enumerate();
        views
            .filter_map(|(list, view)| match self.delivery(list) {
                Delivery::None => None,
                Delivery::Whole => Some(view.plain_room.clone()),
                Delivery::Changes if self.unsent_views.contains(&list) => None,
                Delivery::Changes => Some(view.synced_room.clone()),
            })
            .collect()
    }
}

/// What a socket is sent of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    None,
    Whole,
    Changes,
}

impl Subscription {
    pub(crate) fn following(&self) -> Following {
        self.lock().following.clone()
    }

    /// Changes the subscription, and calls `leave` and `join` for the rooms that change with it; returns the state
    /// before.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut Following),
        leave: impl Fn(&str),
        join: impl Fn(&str),
    ) -> Following {
        let mut state = self.lock();
        let before = state.following.clone();
        change(&mut state.following);
        let rooms = state.following.rooms();
        state.rooms.difference(&rooms).for_each(|room| leave(room));
        rooms.difference(&state.rooms).for_each(|room| join(room));
        state.rooms = rooms;
        before
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

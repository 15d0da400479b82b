//! What a client follows, and the rooms that it is in by that.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::view::View;

/// What a client follows. It decides in which rooms the client is.
#[derive(Debug, Default)]
pub(crate) struct Subscription(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    following: Following,
    rooms: BTreeSet<String>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Following {
    /// The guard lets it watch.
    pub(super) watching: bool,
    /// Its view of each list. Empty until that is known.
    pub(super) views: Arc<[Arc<View>]>,
    /// The indexes of the lists that it has called `sync` for; none if it never did.
    pub(super) synced: Option<BTreeSet<usize>>,
    /// Its buffer was full; a task tries to reach it.
    pub(super) lagging: bool,
    /// The indexes of the lists of which it sees another part than before and has not been sent that yet. Until then it is
    /// sent no changes of them.
    pub(super) unshown: BTreeSet<usize>,
}

impl Following {
    /// From now on it keeps lists itself: those that it will `sync`.
    pub(crate) fn keep_lists(&mut self) {
        self.synced.get_or_insert_default();
    }

    /// Whether it keeps lists itself.
    pub(crate) fn keeps_lists(&self) -> bool {
        self.synced.is_some()
    }

    /// Whether this is still its view of a list.
    pub(super) fn belongs_to(&self, list: usize, view: &Arc<View>) -> bool {
        self.views
            .get(list)
            .is_some_and(|own| Arc::ptr_eq(own, view))
    }

    /// What it is sent of a list.
    pub(super) fn gets(&self, list: usize) -> Gets {
        match &self.synced {
            _ if !self.watching => Gets::Nothing,
            None => Gets::Whole,
            Some(lists) if lists.contains(&list) => Gets::Changes,
            Some(_) => Gets::Nothing,
        }
    }

    fn rooms(&self) -> BTreeSet<String> {
        if self.lagging {
            return BTreeSet::new();
        }
        let views = self.views.iter().enumerate();
        views
            .filter_map(|(list, view)| match self.gets(list) {
                Gets::Nothing => None,
                Gets::Whole => Some(view.plain_room.clone()),
                Gets::Changes if self.unshown.contains(&list) => None,
                Gets::Changes => Some(view.synced_room.clone()),
            })
            .collect()
    }
}

/// What a socket is sent of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gets {
    Nothing,
    Whole,
    Changes,
}

impl Subscription {
    pub(crate) fn following(&self) -> Following {
        self.lock().following.clone()
    }

    /// Changes what the client follows, and tells by `leave` and `join` which rooms it leaves and enters by that; gives what
    /// it followed before.
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

//! What a client follows, and the rooms that it is in by that.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::audience::Audience;

/// What a client follows. It decides in which rooms the client is.
#[derive(Debug, Default)]
pub(crate) struct Subscription(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    facts: Facts,
    rooms: BTreeSet<String>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Facts {
    /// The guard lets it watch.
    pub(super) watching: bool,
    /// To whom it belongs, for each list. Empty until that is known.
    pub(super) audiences: Arc<[Arc<Audience>]>,
    /// The indexes of the lists that it has called `sync` for; none if it never did.
    pub(super) synced: Option<BTreeSet<usize>>,
    /// Its buffer was full; somebody tries to reach it.
    pub(super) lagging: bool,
    /// The indexes of the lists of which it sees another part than before and has not been sent that yet. Until then it is
    /// sent no changes of them.
    pub(super) unshown: BTreeSet<usize>,
}

impl Facts {
    /// From now on it keeps lists itself: those that it will `sync`.
    pub(crate) fn keep_lists(&mut self) {
        self.synced.get_or_insert_default();
    }

    /// Whether it keeps lists itself.
    pub(crate) fn keeps_lists(&self) -> bool {
        self.synced.is_some()
    }

    /// Whether it is still one of those who see the same part of a list.
    pub(super) fn belongs_to(&self, list: usize, audience: &Arc<Audience>) -> bool {
        self.audiences
            .get(list)
            .is_some_and(|own| Arc::ptr_eq(own, audience))
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
        let audiences = self.audiences.iter().enumerate();
        audiences
            .filter_map(|(list, audience)| match self.gets(list) {
                Gets::Nothing => None,
                Gets::Whole => Some(audience.plain_room.clone()),
                Gets::Changes if self.unshown.contains(&list) => None,
                Gets::Changes => Some(audience.synced_room.clone()),
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
    pub(crate) fn facts(&self) -> Facts {
        self.lock().facts.clone()
    }

    /// Changes what the client follows, and tells by `leave` and `join` which rooms it leaves and enters by that; gives what
    /// it followed before.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut Facts),
        leave: impl Fn(&str),
        join: impl Fn(&str),
    ) -> Facts {
        let mut state = self.lock();
        let before = state.facts.clone();
        change(&mut state.facts);
        let rooms = state.facts.rooms();
        state.rooms.difference(&rooms).for_each(|room| leave(room));
        rooms.difference(&state.rooms).for_each(|room| join(room));
        state.rooms = rooms;
        before
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

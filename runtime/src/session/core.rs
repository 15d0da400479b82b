//! State that all sockets of a server share.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::closing::Closing;
use super::contract::Contract;
use crate::live::Lists;
use crate::rpc::{Guard, Limits, Router};

/// State that all sockets share. The server keeps it; sockets and the namespace hold it weakly.
pub(crate) struct Core {
    pub(crate) router: Router,
    pub(crate) lists: Arc<Lists>,
    pub(crate) guard: Box<dyn Guard>,
    /// What the guard is queried for before each call: the resources whose rows a caller sees as scopes, and those
    /// whose rows it owns.
    pub(crate) scopes: BTreeSet<&'static str>,
    pub(crate) owners: BTreeSet<&'static str>,
    pub(crate) limits: Limits,
    pub(crate) contract: Option<Contract>,
    pub(super) heartbeat: Duration,
    pub(super) review: Duration,
    pub(crate) grace: Option<Duration>,
    pub(crate) closing: Arc<Closing>,
}

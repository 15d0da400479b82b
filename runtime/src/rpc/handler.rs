//! What carries out the calls of one event, with the types of its input and answer erased.

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use super::Caller;
use crate::store::{Database, Error, IdempotencyKey, Written};

/// A call whose input has been read and checked.
#[derive(Debug, Clone)]
pub struct Call<I> {
    /// Who calls.
    pub caller: Caller,
    /// What they sent.
    pub input: I,
}

/// An application that keeps its rows in a database.
pub trait Stored: Clone + Send + Sync + 'static {
    /// The database.
    fn store(&self) -> &Database;
}

/// A call as it was sent, after the guard has let it pass.
pub(crate) struct Request<'p> {
    pub(crate) caller: Caller,
    pub(crate) payload: &'p RawValue,
    pub(crate) key: Option<IdempotencyKey>,
}

/// What a call gave: the data of its ack, and the positions of the lists that it changed.
pub(super) type Reply = Written<Box<RawValue>>;

/// Reads the payload and carries the call out. `S` is the application.
pub(super) trait Handler<S>: Send + Sync {
    fn handle(&self, app: S, request: Request<'_>) -> BoxFuture<'static, Result<Reply, Error>>;
}

impl<S, F> Handler<S> for F
where
    F: Fn(S, Request<'_>) -> BoxFuture<'static, Result<Reply, Error>> + Send + Sync,
{
    fn handle(&self, app: S, request: Request<'_>) -> BoxFuture<'static, Result<Reply, Error>> {
        self(app, request)
    }
}

/// A handler with its application.
pub(super) struct Bound<S> {
    pub(super) app: S,
    pub(super) handler: Box<dyn Handler<S>>,
}

impl<S: Clone + Send + Sync> Handler<()> for Bound<S> {
    fn handle(&self, (): (), request: Request<'_>) -> BoxFuture<'static, Result<Reply, Error>> {
        self.handler.handle(self.app.clone(), request)
    }
}

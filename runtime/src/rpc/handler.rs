//! Handlers of the calls of one event, with the types of input and answer erased.

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use super::Caller;
use crate::store::{Database, Error, IdempotencyKey, Written};

/// A call whose input has been parsed and checked.
#[derive(Debug, Clone)]
pub struct Call<I> {
    /// The caller.
    pub caller: Caller,
    /// The input that it sent.
    pub input: I,
}

/// An application that stores its rows in a database.
pub trait Stored: Clone + Send + Sync + 'static {
    /// The database.
    fn store(&self) -> &Database;
}

/// A call as it was sent, after the guard has allowed it.
pub(crate) struct Request<'p> {
    pub(crate) caller: Caller,
    pub(crate) payload: &'p RawValue,
    pub(crate) key: Option<IdempotencyKey>,
}

/// The result of a call: the data of its ack, and the positions of the lists that it changed.
pub(super) type Reply = Written<Box<RawValue>>;

/// Parses the payload and executes the call. `S` is the application.
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

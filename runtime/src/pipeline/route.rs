//! The calls of a contract: what each event takes, does and gives, with the types erased.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rowcast_schema::{Input, Reading};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::{self, Answer};
use super::{Action, Caller};
use crate::feed::ListId;
use crate::{Refusal, StoreError};

/// A call whose input has been read and checked.
#[derive(Debug, Clone)]
pub struct Call<I> {
    /// Who calls.
    pub caller: Caller,
    /// What they sent.
    pub input: I,
}

type Encoded = BoxFuture<'static, Result<Box<RawValue>, StoreError>>;
type Run<S> = Arc<dyn Fn(S, Caller, Value, Envelope) -> Encoded + Send + Sync>;
type RunBound = Box<dyn Fn(Caller, Value, Envelope) -> Encoded + Send + Sync>;

/// How an ack is put together.
#[derive(Debug, Clone, Copy)]
struct Envelope {
    data_key: &'static str,
    list: Option<ListId>,
}

/// One event of a contract; see [`route`].
pub struct Route<S> {
    event: &'static str,
    action: Action,
    envelope: Envelope,
    run: Run<S>,
}

/// Connects an event with the function that carries it out.
///
/// `reading` says how literally the input is taken. `run` gets the application `S`.
pub fn route<S, I, R, F, W>(
    event: &'static str,
    action: Action,
    reading: Reading,
    run: F,
) -> Route<S>
where
    S: Send + 'static,
    I: Input,
    R: Answer + 'static,
    F: Fn(S, Call<I>) -> W + Send + Sync + 'static,
    W: Future<Output = Result<R, Refusal>> + Send + 'static,
{
    let run = Arc::new(run);
    let run: Run<S> = Arc::new(move |app, caller, payload, envelope| {
        let run = run.clone();
        async move {
            let input = I::read(payload, reading)?;
            let answer = run(app, Call { caller, input }).await?;
            answer::encode(answer, envelope.data_key, envelope.list)
        }
        .boxed()
    });
    Route {
        event,
        action,
        envelope: Envelope {
            data_key: "data",
            list: None,
        },
        run,
    }
}

impl<S> Route<S> {
    /// Tells synced sockets the position of this list that contains what the call wrote.
    pub fn writes(mut self, list: ListId) -> Self {
        self.envelope.list = Some(list);
        self
    }

    /// Puts the data of the ack under another key than `data`.
    pub fn data_key(mut self, key: &'static str) -> Self {
        self.envelope.data_key = key;
        self
    }
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("event", &self.event)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// All calls of a contract, by event.
pub struct Router(HashMap<&'static str, Entry>);

/// A route with its application.
pub(super) struct Entry {
    pub(super) action: Action,
    envelope: Envelope,
    run: RunBound,
}

impl Router {
    /// Collects the routes of an application. Of two routes for one event, the later counts.
    pub fn new<S: Clone + Send + Sync + 'static>(
        app: S,
        routes: impl IntoIterator<Item = Route<S>>,
    ) -> Self {
        let entry = |Route {
                         event,
                         action,
                         envelope,
                         run,
                     }| {
            let app = app.clone();
            let run: RunBound = Box::new(move |caller, payload, envelope| {
                run(app.clone(), caller, payload, envelope)
            });
            (
                event,
                Entry {
                    action,
                    envelope,
                    run,
                },
            )
        };
        Self(routes.into_iter().map(entry).collect())
    }

    pub(super) fn find(&self, event: &str) -> Option<&Entry> {
        self.0.get(event)
    }
}

impl Entry {
    pub(super) fn data_key(&self) -> &'static str {
        self.envelope.data_key
    }

    /// Reads the payload, carries the call out and encodes its ack.
    pub(super) async fn run(
        &self,
        caller: Caller,
        payload: Value,
        with_position: bool,
    ) -> Result<Box<RawValue>, StoreError> {
        let list = self.envelope.list.filter(|_| with_position);
        (self.run)(
            caller,
            payload,
            Envelope {
                list,
                ..self.envelope
            },
        )
        .await
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

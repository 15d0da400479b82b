//! The calls of a contract: what each event takes, does and gives, with the types erased.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rowcast_schema::{Input, Reading};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::answer::{self, Answer, Listener, Told};
use super::{Access, Action, Caller};
use crate::feed::ListId;
use crate::sqlite::{Database, ListDefinition, Receipt, Transaction, Written};
use crate::{Refusal, StoreError};

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

type Encoded = BoxFuture<'static, Result<Box<RawValue>, StoreError>>;
type Run<S> = Arc<dyn Fn(S, Asked) -> Encoded + Send + Sync>;
type RunBound = Box<dyn Fn(Asked) -> Encoded + Send + Sync>;
type Recalled = BoxFuture<'static, Result<Option<Box<RawValue>>, StoreError>>;
type Recall<S> = Arc<dyn Fn(S, Receipt, Addressed) -> Recalled + Send + Sync>;
type RecallBound = Box<dyn Fn(Receipt, Addressed) -> Recalled + Send + Sync>;

/// What an event was sent with.
struct Asked {
    caller: Caller,
    payload: Value,
    receipt: Option<Receipt>,
    envelope: Addressed,
}

/// How an ack is put together.
#[derive(Debug, Clone, Copy)]
struct Envelope {
    data_key: &'static str,
    positions: Positions,
}

/// Which positions a call tells to sockets that keep lists themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Positions {
    None,
    Of(ListId),
    All,
}

/// How an ack is put together for somebody.
struct Addressed {
    envelope: Envelope,
    listener: Option<Listener>,
}

impl Addressed {
    fn encode(
        self,
        answer: impl Answer,
        lists: &'static [ListDefinition],
    ) -> Result<Box<RawValue>, StoreError> {
        let told = match self.envelope.positions {
            Positions::None => Told::Nothing,
            Positions::Of(list) => Told::Of(list),
            Positions::All => Told::All(lists),
        };
        answer::encode(answer, self.envelope.data_key, told, self.listener.as_ref())
    }
}

/// One event of a contract; see [`route`] and [`write_route`].
pub struct Route<S> {
    event: &'static str,
    action: Action,
    envelope: Envelope,
    run: Run<S>,
    recall: Option<Recall<S>>,
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
    let run: Run<S> = Arc::new(move |app, asked| {
        let run = run.clone();
        async move {
            let Asked {
                caller,
                payload,
                envelope,
                ..
            } = asked;
            let input = I::read(payload, reading)?;
            let answer = run(app, Call { caller, input }).await?;
            envelope.encode(answer, &[])
        }
        .boxed()
    });
    Route::new(event, action, Positions::None, run, None)
}

/// Connects an event with the function that carries it out in one transaction: all that it does is kept or undone as a
/// whole, and a call that a client repeats with the same key is carried out once.
///
/// `run` works on the writer's thread, so it must not wait for anything.
pub fn write_route<S, I, R, F>(
    event: &'static str,
    action: Action,
    reading: Reading,
    run: F,
) -> Route<S>
where
    S: Stored,
    I: Input,
    R: Serialize + 'static,
    F: Fn(&S, &Transaction<'_>, Call<I>) -> Result<R, Refusal> + Send + Sync + 'static,
{
    let run = Arc::new(run);
    let run: Run<S> = Arc::new(move |app, asked| {
        let run = run.clone();
        async move {
            let Asked {
                caller,
                payload,
                receipt,
                envelope,
            } = asked;
            let input = I::read(payload, reading)?;
            let store = app.store().clone();
            let work = move |tx: &Transaction<'_>| {
                let answer = run(&app, tx, Call { caller, input })?;
                Ok(to_raw_value(&answer)?)
            };
            let written = match receipt {
                Some(receipt) => store.write_once(receipt, work).await?,
                None => store.write(work).await?,
            };
            envelope.encode(written, store.lists())
        }
        .boxed()
    });
    let recall = Arc::new(recall);
    Route::new(event, action, Positions::All, run, Some(recall))
}

/// What a call was answered that is refused now, but had been carried out before.
fn recall<S: Stored>(app: S, receipt: Receipt, envelope: Addressed) -> Recalled {
    async move {
        let lists = app.store().lists();
        let encode = |written: Written<_>| envelope.encode(written, lists);
        let earlier = app.store().recall(receipt).await?;
        earlier.map(encode).transpose()
    }
    .boxed()
}

impl<S> Route<S> {
    fn new(
        event: &'static str,
        action: Action,
        positions: Positions,
        run: Run<S>,
        recall: Option<Recall<S>>,
    ) -> Self {
        Self {
            event,
            action,
            envelope: Envelope {
                data_key: "data",
                positions,
            },
            run,
            recall,
        }
    }

    /// Tells synced sockets the position of this list that contains what the call wrote, and not those of all that it
    /// wrote to.
    pub fn writes(mut self, list: ListId) -> Self {
        self.envelope.positions = Positions::Of(list);
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
    recall: Option<RecallBound>,
}

impl Router {
    /// Collects the routes of an application. Of two routes for one event, the later counts.
    pub fn new<S: Clone + Send + Sync + 'static>(
        app: S,
        routes: impl IntoIterator<Item = Route<S>>,
    ) -> Self {
        let entry = |route: Route<S>| (route.event, Entry::new(app.clone(), route));
        Self(routes.into_iter().map(entry).collect())
    }

    /// The resources whose rows own rows that calls are about.
    pub(crate) fn owners(&self) -> BTreeSet<&'static str> {
        let owner = |entry: &Entry| match entry.action.access {
            Some(Access::Owner(of)) => Some(of),
            _ => None,
        };
        self.0.values().filter_map(owner).collect()
    }

    /// The event as the contract has it, which is no text of a client's.
    pub(super) fn known(&self, event: &str) -> Option<&'static str> {
        self.0.get_key_value(event).map(|(event, _)| *event)
    }

    pub(super) fn find(&self, event: &str) -> Option<&Entry> {
        self.0.get(event)
    }
}

impl Entry {
    fn new<S: Clone + Send + Sync + 'static>(app: S, route: Route<S>) -> Self {
        let Route {
            action,
            envelope,
            run,
            recall,
            ..
        } = route;
        let recall = recall.map(|recall| -> RecallBound {
            let app = app.clone();
            Box::new(move |receipt, envelope| recall(app.clone(), receipt, envelope))
        });
        Self {
            action,
            envelope,
            run: Box::new(move |asked| run(app.clone(), asked)),
            recall,
        }
    }

    pub(super) fn data_key(&self) -> &'static str {
        self.envelope.data_key
    }

    /// Whether the call is carried out once when it is repeated with a key.
    pub(super) fn takes_keys(&self) -> bool {
        self.recall.is_some()
    }

    /// Reads the payload, carries the call out and encodes its ack.
    pub(super) async fn run(
        &self,
        caller: Caller,
        payload: Value,
        receipt: Option<Receipt>,
        listener: Option<Listener>,
    ) -> Result<Box<RawValue>, StoreError> {
        let envelope = self.addressed(listener);
        (self.run)(Asked {
            caller,
            payload,
            receipt,
            envelope,
        })
        .await
    }

    /// The ack that the same call was given when it was accepted earlier.
    pub(super) async fn recall(
        &self,
        receipt: Receipt,
        listener: Option<Listener>,
    ) -> Result<Option<Box<RawValue>>, StoreError> {
        match &self.recall {
            Some(recall) => recall(receipt, self.addressed(listener)).await,
            None => Ok(None),
        }
    }

    fn addressed(&self, listener: Option<Listener>) -> Addressed {
        Addressed {
            envelope: self.envelope,
            listener,
        }
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

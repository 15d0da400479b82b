//! The calls of a contract: input, effect and answer of each event.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use rowcast_schema::{Input, Reading};
use serde::Serialize;

use super::Caller;
use super::ack_spec::{AckPositions, AckSpec};
use super::handler::{Call, Handler, Request, Stored};
use crate::live::{Access, Action, FieldRule, Verb};
use crate::store::{Error, ListId, RowId, Transaction, Written, to_json};

/// One event of a contract; see [`route`], [`write_route`] and [`row_route`].
pub struct Route<S> {
    pub(super) event: &'static str,
    pub(super) spec: CallSpec,
    pub(super) handler: Box<dyn Handler<S>>,
}

/// The specification of an event's calls, besides the handler.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallSpec {
    /// The action that the guard decides on.
    pub(super) action: Action,
    /// A second action that the guard decides on, since the ack has a row.
    pub(super) reads: Option<Action>,
    /// Fields with access rules for setting them.
    pub(super) set_by: &'static [FieldRule],
    /// Whether a call that is repeated with a key is executed once.
    pub(super) takes_keys: bool,
    pub(super) ack: AckSpec,
}

/// Connects an event with the function that executes it.
///
/// `reading` determines how literally the input is parsed. `run` receives the application `S`.
pub fn route<S, I, R, F, W>(
    event: &'static str,
    action: Action,
    reading: Reading,
    run: F,
) -> Route<S>
where
    S: Send + 'static,
    I: Input,
    R: Serialize + Send + 'static,
    F: Fn(S, Call<I>) -> W + Send + Sync + 'static,
    W: Future<Output = Result<R, Error>> + Send + 'static,
{
    let run = Arc::new(run);
    let handler = move |app: S, request: Request<'_>| {
        let (run, caller) = (run.clone(), request.caller);
        let input = I::read_json(request.payload, reading);
        async move {
            let input = input?;
            let answer = run(app, Call { caller, input }).await?;
            Ok(Written {
                value: to_json(&answer)?,
                positions: Vec::new(),
            })
        }
        .boxed()
    };
    Route::new(event, action, AckPositions::None, handler)
}

/// Connects an event with the function that executes it in one transaction: all of its effects are committed or rolled
/// back as a whole, and a call that a client repeats with the same key is executed once and answered the same.
///
/// `run` works on the writer's thread, so it must not wait for anything. It does not run for a call that is repeated,
/// so it should have no effect outside the transaction: a command that signs in is better a [`route`].
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
    F: Fn(&S, &Transaction<'_>, Call<I>) -> Result<R, Error> + Send + Sync + 'static,
{
    let run = Arc::new(run);
    let handler = move |app: S, request: Request<'_>| {
        let Request {
            caller,
            payload,
            key,
        } = request;
        let (run, input) = (run.clone(), I::read_json(payload, reading));
        async move {
            let input = input?;
            let store = app.store().clone();
            let work = move |tx: &Transaction<'_>| {
                let answer = run(&app, tx, Call { caller, input })?;
                Ok(to_json(&answer)?)
            };
            match key {
                Some(key) => store.write_once(key, work).await,
                None => store.write(work).await,
            }
        }
        .boxed()
    };
    Route::new(event, action, AckPositions::All, handler).taking_keys()
}

/// [`write_route`] for a call that writes a row and answers it. Of the answer only the id is recorded: a call that is
/// repeated is answered with the current row.
///
/// `id` returns the row's id. `current` reads the row again, and checks whether the caller may do with it what the call
/// does.
pub fn row_route<S, I, R, F>(
    event: &'static str,
    action: Action,
    reading: Reading,
    run: F,
    id: fn(&R) -> RowId,
    current: fn(&Transaction<'_>, &Caller, RowId) -> Result<R, Error>,
) -> Route<S>
where
    S: Stored,
    I: Input,
    R: Serialize + 'static,
    F: Fn(&S, &Transaction<'_>, Call<I>) -> Result<R, Error> + Send + Sync + 'static,
{
    let run = Arc::new(run);
    let handler = move |app: S, request: Request<'_>| {
        let Request {
            caller,
            payload,
            key,
        } = request;
        let (run, input) = (run.clone(), I::read_json(payload, reading));
        async move {
            let input = input?;
            let store = app.store().clone();
            let repeating = caller.clone();
            let work = move |tx: &Transaction<'_>| {
                let row = run(&app, tx, Call { caller, input })?;
                Ok((id(&row), to_json(&row)?))
            };
            let replay =
                move |tx: &Transaction<'_>, id| Ok(to_json(&current(tx, &repeating, id)?)?);
            match key {
                Some(key) => store.write_row_once(key, work, replay).await,
                None => Ok(store.write(work).await?.map(|(_, row)| row)),
            }
        }
        .boxed()
    };
    Route::new(event, action, AckPositions::All, handler).taking_keys()
}

impl<S> Route<S> {
    fn new(
        event: &'static str,
        action: Action,
        positions: AckPositions,
        handler: impl Handler<S> + 'static,
    ) -> Self {
        Self {
            event,
            spec: CallSpec {
                action,
                reads: None,
                set_by: &[],
                takes_keys: false,
                ack: AckSpec::new(positions),
            },
            handler: Box::new(handler),
        }
    }

    fn taking_keys(mut self) -> Self {
        self.spec.takes_keys = true;
        self
    }

    /// Sends synced sockets the position of this list that contains the write of the call, instead of the positions of
    /// all lists that it wrote to.
    pub fn writes(mut self, list: ListId) -> Self {
        self.spec.ack.positions = AckPositions::Of(list);
        self
    }

    /// Declares that the ack has a row of the resource. Callers that may not read it, by this rule of the schema or by
    /// the [`Guard`](crate::Guard), are rejected before the call is executed: otherwise a patch without fields would
    /// read the row.
    pub fn reads(mut self, access: Option<Access>) -> Self {
        let get = Action::new(Verb::Get, self.spec.action.resource);
        self.spec.reads = Some(Action { access, ..get });
        self
    }

    /// Puts the data of the ack under another key than `data`.
    pub fn data_key(mut self, key: &'static str) -> Self {
        self.spec.ack.data_key = key;
        self
    }

    /// Removes fields from the data of the ack for callers that the schema does not allow to see them. The paths begin
    /// at a row, in a page too.
    pub fn seen_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.spec.ack.seen_by = rules;
        self.spec.ack.within = match self.spec.action.verb {
            Verb::List => &["rows"],
            _ => &[],
        };
        self
    }

    /// Rejects calls with fields that the schema does not let the caller set.
    pub fn set_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.spec.set_by = rules;
        self
    }
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("event", &self.event)
            .field("action", &self.spec.action)
            .finish_non_exhaustive()
    }
}

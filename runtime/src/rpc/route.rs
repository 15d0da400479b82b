//! The calls of a contract: what each event takes, does and gives.

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

/// What is known of the calls of an event besides how they are carried out.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallSpec {
    /// What the guard is asked about.
    pub(super) action: Action,
    /// What it is asked about besides, since the ack has a row.
    pub(super) reads: Option<Action>,
    /// Which fields only some may set.
    pub(super) set_by: &'static [FieldRule],
    /// Whether a call that is repeated with a key is carried out once.
    pub(super) takes_keys: bool,
    pub(super) ack: AckSpec,
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

/// Connects an event with the function that carries it out in one transaction: all that it does is kept or undone as a
/// whole, and a call that a client repeats with the same key is carried out once and answered the same.
///
/// `run` works on the writer's thread, so it must not wait for anything. It does not run for a call that is repeated, so
/// it should do nothing besides what it does in the transaction: a command that signs in is better a [`route`].
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

/// [`write_route`] for a call that writes a row and answers it. Of the answer only the id is kept: a call that is repeated
/// is answered what the row is now.
///
/// `id` tells the row's id. `current` reads a row once more, and looks whether the caller may do with it what the call does.
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

    /// Tells synced sockets the position of this list that contains what the call wrote, and not those of all that it
    /// wrote to.
    pub fn writes(mut self, list: ListId) -> Self {
        self.spec.ack.positions = AckPositions::Of(list);
        self
    }

    /// Says that the ack has a row of the resource. Callers who may not read it, by this rule of the schema or by the
    /// [`Guard`], are refused before the call is carried out: else a patch without fields would read the row.
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

    /// Leaves fields out of the data of the ack for those whom the schema does not let see them. The paths begin at a row,
    /// in a page too.
    pub fn seen_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.spec.ack.seen_by = rules;
        self.spec.ack.within = match self.spec.action.verb {
            Verb::List => &["rows"],
            _ => &[],
        };
        self
    }

    /// Refuses calls with fields that the schema does not let the caller set.
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

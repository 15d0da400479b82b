//! The calls of a contract: what each event takes, does and gives, with the types erased.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rowcast_schema::input::Json;
use rowcast_schema::{FieldCode, FieldErrors, Input, Reading};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Caller;
use super::answer::{self, Answer, Envelope, Recipient, Told};
use super::denied::Denied;
use super::guard::{Guard, decide};
use crate::live::{Access, Action, FieldRule, Verb};
use crate::store::{Database, IdempotencyKey, ListDefinition, Transaction};
use crate::store::{Error, ListId, RowId, to_json};

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

type Encoded = BoxFuture<'static, Result<Box<RawValue>, Error>>;
type Run<S> = Arc<dyn Fn(S, Asked<'_>) -> Encoded + Send + Sync>;
type RunBound = Box<dyn Fn(Asked<'_>) -> Encoded + Send + Sync>;

/// What an event was sent with.
struct Asked<'p> {
    caller: Caller,
    payload: &'p RawValue,
    key: Option<IdempotencyKey>,
    envelope: Addressed,
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
    positions: Positions,
    recipient: Box<dyn Recipient>,
}

impl Addressed {
    async fn encode(
        mut self,
        answer: impl Answer,
        lists: &'static [ListDefinition],
    ) -> Result<Box<RawValue>, Error> {
        let told = match self.positions {
            Positions::None => Told::Nothing,
            Positions::Of(list) => Told::Of(list),
            Positions::All => Told::All(lists),
        };
        answer::encode(answer, self.envelope, told, &mut *self.recipient).await
    }
}

/// One event of a contract; see [`route`], [`write_route`] and [`row_route`].
pub struct Route<S> {
    event: &'static str,
    action: Action,
    reads: Option<Action>,
    envelope: Envelope,
    positions: Positions,
    set_by: &'static [FieldRule],
    run: Run<S>,
    takes_keys: bool,
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
    W: Future<Output = Result<R, Error>> + Send + 'static,
{
    let run = Arc::new(run);
    let run: Run<S> = Arc::new(move |app, asked| {
        let Asked {
            caller,
            payload,
            envelope,
            ..
        } = asked;
        let input = I::read_json(payload, reading);
        let run = run.clone();
        async move {
            let input = input?;
            let answer = run(app, Call { caller, input }).await?;
            envelope.encode(answer, &[]).await
        }
        .boxed()
    });
    Route::new(event, action, Positions::None, run)
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
    let run: Run<S> = Arc::new(move |app, asked| {
        let Asked {
            caller,
            payload,
            key,
            envelope,
        } = asked;
        let input = I::read_json(payload, reading);
        let run = run.clone();
        async move {
            let input = input?;
            let store = app.store().clone();
            let work = move |tx: &Transaction<'_>| {
                let answer = run(&app, tx, Call { caller, input })?;
                Ok(to_json(&answer)?)
            };
            let written = match key {
                Some(key) => store.write_once(key, work).await?,
                None => store.write(work).await?,
            };
            envelope.encode(written, store.lists()).await
        }
        .boxed()
    });
    Route::new(event, action, Positions::All, run).taking_keys()
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
    let run: Run<S> = Arc::new(move |app, asked| {
        let Asked {
            caller,
            payload,
            key,
            envelope,
        } = asked;
        let input = I::read_json(payload, reading);
        let run = run.clone();
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
            let written = match key {
                Some(key) => store.write_row_once(key, work, replay).await?,
                None => store.write(work).await?.map(|(_, row)| row),
            };
            envelope.encode(written, store.lists()).await
        }
        .boxed()
    });
    Route::new(event, action, Positions::All, run).taking_keys()
}

impl<S> Route<S> {
    fn new(event: &'static str, action: Action, positions: Positions, run: Run<S>) -> Self {
        Self {
            event,
            action,
            reads: None,
            envelope: Envelope {
                data_key: "data",
                seen_by: &[],
                within: &[],
            },
            positions,
            set_by: &[],
            run,
            takes_keys: false,
        }
    }

    fn taking_keys(mut self) -> Self {
        self.takes_keys = true;
        self
    }

    /// Tells synced sockets the position of this list that contains what the call wrote, and not those of all that it
    /// wrote to.
    pub fn writes(mut self, list: ListId) -> Self {
        self.positions = Positions::Of(list);
        self
    }

    /// Says that the ack has a row of the resource. Callers who may not read it, by this rule of the schema or by the
    /// [`Guard`], are refused before the call is carried out: else a patch without fields would read the row.
    pub fn reads(mut self, access: Option<Access>) -> Self {
        let get = Action::new(Verb::Get, self.action.resource);
        self.reads = Some(Action { access, ..get });
        self
    }

    /// Puts the data of the ack under another key than `data`.
    pub fn data_key(mut self, key: &'static str) -> Self {
        self.envelope.data_key = key;
        self
    }

    /// Leaves fields out of the data of the ack for those whom the schema does not let see them. The paths begin at a row,
    /// in a page too.
    pub fn seen_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.envelope.seen_by = rules;
        self.envelope.within = match self.action.verb {
            Verb::List => &["rows"],
            _ => &[],
        };
        self
    }

    /// Refuses calls with fields that the schema does not let the caller set.
    pub fn set_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.set_by = rules;
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
pub(crate) struct Entry {
    action: Action,
    reads: Option<Action>,
    envelope: Envelope,
    positions: Positions,
    set_by: &'static [FieldRule],
    run: RunBound,
    takes_keys: bool,
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
    pub(crate) fn known(&self, event: &str) -> Option<&'static str> {
        self.0.get_key_value(event).map(|(event, _)| *event)
    }

    pub(crate) fn find(&self, event: &str) -> Option<&Entry> {
        self.0.get(event)
    }
}

impl Entry {
    fn new<S: Clone + Send + Sync + 'static>(app: S, route: Route<S>) -> Self {
        let Route {
            action,
            reads,
            envelope,
            positions,
            set_by,
            run,
            takes_keys,
            ..
        } = route;
        Self {
            action,
            reads,
            envelope,
            positions,
            set_by,
            run: Box::new(move |asked| run(app.clone(), asked)),
            takes_keys,
        }
    }

    /// Whether a caller may make the call, and may read what it answers.
    pub(crate) fn authorize(&self, guard: &dyn Guard, caller: &Caller) -> Result<(), Denied> {
        decide(guard, caller, &self.action)?;
        match &self.reads {
            Some(reads) => decide(guard, caller, reads),
            None => Ok(()),
        }
    }

    pub(crate) fn data_key(&self) -> &'static str {
        self.envelope.data_key
    }

    /// Whether the call is carried out once when it is repeated with a key.
    pub(crate) fn takes_keys(&self) -> bool {
        self.takes_keys
    }

    /// Whether somebody may set the fields that stand in a payload. In a new row a field that is null is not set.
    pub(crate) fn check_fields(
        &self,
        payload: &RawValue,
        declared: impl Fn(Access) -> Result<(), Denied>,
    ) -> Result<(), Error> {
        let mut errors = FieldErrors::default();
        for rule in self.set_by {
            let given = rule
                .path
                .iter()
                .try_fold(payload, |value, key| field(value, key));
            let is_null = |given| matches!(Json::of(given), Json::Null);
            let is_set =
                given.is_some_and(|given| self.action.verb != Verb::Create || !is_null(given));
            if !is_set {
                continue;
            }
            match declared(rule.access) {
                Ok(()) => {}
                Err(denied @ Denied::Unauthenticated(_)) => return Err(denied.into()),
                Err(Denied::Forbidden(_)) => errors.add(rule.path.join("."), FieldCode::Forbidden),
            }
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Error::ForbiddenFields(errors)),
        }
    }

    /// Reads the payload, carries the call out and encodes its ack.
    pub(crate) async fn run(
        &self,
        caller: Caller,
        payload: &RawValue,
        key: Option<IdempotencyKey>,
        recipient: Box<dyn Recipient>,
    ) -> Result<Box<RawValue>, Error> {
        let envelope = self.addressed(recipient);
        (self.run)(Asked {
            caller,
            payload,
            key,
            envelope,
        })
        .await
    }

    fn addressed(&self, recipient: Box<dyn Recipient>) -> Addressed {
        Addressed {
            envelope: self.envelope,
            positions: self.positions,
            recipient,
        }
    }
}

/// The field of an object.
fn field<'p>(object: &'p RawValue, key: &str) -> Option<&'p RawValue> {
    match Json::of(object) {
        Json::Object(entries) => entries.find(key),
        _ => None,
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

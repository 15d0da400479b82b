//! All calls of a contract, by event, with the application that executes them.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use rowcast_schema::input::Json;
use rowcast_schema::{FieldCode, FieldErrors};
use serde_json::value::RawValue;

use super::Caller;
use super::ack_spec::Recipient;
use super::denied::Denied;
use super::guard::{Guard, decide};
use super::handler::{Bound, Handler, Request};
use super::route::{CallSpec, Route};
use crate::live::{Access, Verb};
use crate::store::Error;

/// All calls of a contract, by event.
pub struct Router(HashMap<&'static str, Entry>);

/// A route with its application.
pub(crate) struct Entry {
    spec: CallSpec,
    handler: Box<dyn Handler<()>>,
}

impl Router {
    /// Collects the routes of an application. If two routes have the same event, the later counts.
    pub fn new<S: Clone + Send + Sync + 'static>(
        app: S,
        routes: impl IntoIterator<Item = Route<S>>,
    ) -> Self {
        let entry = |route: Route<S>| {
            let Route {
                event,
                spec,
                handler,
            } = route;
            let app = app.clone();
            let handler = Box::new(Bound { app, handler });
            (event, Entry { spec, handler })
        };
        Self(routes.into_iter().map(entry).collect())
    }

    /// The resources whose rows own the rows of some calls.
    pub(crate) fn owners(&self) -> BTreeSet<&'static str> {
        let owner = |entry: &Entry| match entry.spec.action.access {
            Some(Access::Owner(of)) => Some(of),
            _ => None,
        };
        self.0.values().filter_map(owner).collect()
    }

    /// The event as the contract has it, which is not a text of the client.
    pub(crate) fn static_name(&self, event: &str) -> Option<&'static str> {
        self.0.get_key_value(event).map(|(event, _)| *event)
    }

    pub(crate) fn find(&self, event: &str) -> Option<&Entry> {
        self.0.get(event)
    }
}

impl Entry {
    /// Whether a caller may make the call, and may read its answer.
    pub(crate) fn authorize(&self, guard: &dyn Guard, caller: &Caller) -> Result<(), Denied> {
        decide(guard, caller, &self.spec.action)?;
        match &self.spec.reads {
            Some(reads) => decide(guard, caller, reads),
            None => Ok(()),
        }
    }

    /// The key of the data in the ack.
    pub(crate) fn data_key(&self) -> &'static str {
        self.spec.ack.data_key
    }

    /// Whether the call is executed once when it is repeated with a key.
    pub(crate) fn takes_keys(&self) -> bool {
        self.spec.takes_keys
    }

    /// Whether the caller may set the fields that a payload has. In a new row a field that is null is not set.
    pub(crate) fn check_fields(
        &self,
        payload: &RawValue,
        declared: impl Fn(Access) -> Result<(), Denied>,
    ) -> Result<(), Error> {
        let mut errors = FieldErrors::default();
        for rule in self.spec.set_by {
            let given = rule
                .path
                .iter()
                .try_fold(payload, |value, key| field(value, key));
            let is_null = |given| matches!(Json::of(given), Json::Null);
            let is_set =
                given.is_some_and(|given| self.spec.action.verb != Verb::Create || !is_null(given));
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

    /// Parses the payload, executes the call and encodes its ack.
    pub(crate) async fn run(
        &self,
        request: Request<'_>,
        recipient: &mut dyn Recipient,
    ) -> Result<Box<RawValue>, Error> {
        let reply = self.handler.handle((), request).await?;
        self.spec.ack.encode(reply, recipient).await
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

//! Texts that look like SQL, like JSON or like code come back as the texts they are: from create, update, get, the pages of a
//! list and the live list, through every field of every resource of the planner and of the golden cases.
//!
//! The fields are those of the contracts, so a new one is tried too.
//!
//! Long, since its cases share one way to set the scene.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

mod cases;
#[path = "../../../runtime/tests/client/mod.rs"]
mod client;
#[rustfmt::skip]
#[path = "../../../examples/crossfit/server/src/generated/mod.rs"]
pub mod planner_server;
mod slots;

#[path = "../../golden/access/schema.rs"]
pub mod access;
#[rustfmt::skip]
#[path = "../../golden/access/rust/mod.rs"]
pub mod access_server;
#[path = "../../golden/bare/schema.rs"]
pub mod bare;
#[rustfmt::skip]
#[path = "../../golden/bare/rust/mod.rs"]
pub mod bare_server;
#[path = "../../golden/commands_and_events/schema.rs"]
pub mod commands_and_events;
#[rustfmt::skip]
#[path = "../../golden/commands_and_events/rust/mod.rs"]
pub mod commands_and_events_server;
#[path = "../../golden/deprecated/schema.rs"]
pub mod deprecated;
#[rustfmt::skip]
#[path = "../../golden/deprecated/rust/mod.rs"]
pub mod deprecated_server;
#[path = "../../golden/deletes/schema.rs"]
pub mod deletes;
#[rustfmt::skip]
#[path = "../../golden/deletes/rust/mod.rs"]
pub mod deletes_server;
#[path = "../../golden/every/schema.rs"]
pub mod every;
#[rustfmt::skip]
#[path = "../../golden/every/rust/mod.rs"]
pub mod every_server;
#[path = "../../golden/fields/schema.rs"]
pub mod fields;
#[rustfmt::skip]
#[path = "../../golden/fields/rust/mod.rs"]
pub mod fields_server;
#[path = "../../golden/files/schema.rs"]
pub mod files;
#[rustfmt::skip]
#[path = "../../golden/files/rust/mod.rs"]
pub mod files_server;
#[path = "../../golden/ids/schema.rs"]
pub mod ids;
#[rustfmt::skip]
#[path = "../../golden/ids/rust/mod.rs"]
pub mod ids_server;
#[path = "../../golden/layout/schema.rs"]
pub mod layout;
#[rustfmt::skip]
#[path = "../../golden/layout/rust/mod.rs"]
pub mod layout_server;
#[path = "../../golden/minimal/schema.rs"]
pub mod minimal;
#[rustfmt::skip]
#[path = "../../golden/minimal/rust/mod.rs"]
pub mod minimal_server;
#[path = "../../golden/quirks/schema.rs"]
pub mod quirks;
#[rustfmt::skip]
#[path = "../../golden/quirks/rust/mod.rs"]
pub mod quirks_server;
#[path = "../../golden/relations/schema.rs"]
pub mod relations;
#[rustfmt::skip]
#[path = "../../golden/relations/rust/mod.rs"]
pub mod relations_server;
#[path = "../../golden/scopes/schema.rs"]
pub mod scopes;
#[rustfmt::skip]
#[path = "../../golden/scopes/rust/mod.rs"]
pub mod scopes_server;
#[path = "../../golden/shown/schema.rs"]
pub mod shown;
#[rustfmt::skip]
#[path = "../../golden/shown/rust/mod.rs"]
pub mod shown_server;
#[path = "../../golden/staff/schema.rs"]
pub mod staff;
#[rustfmt::skip]
#[path = "../../golden/staff/rust/mod.rs"]
pub mod staff_server;
#[path = "../../golden/values/schema.rs"]
pub mod values;
#[rustfmt::skip]
#[path = "../../golden/values/rust/mod.rs"]
pub mod values_server;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use cases::Case;
use client::Client;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Field, FieldKind, IdKind, Resource, Shape};
use rowcast_schema::description::{Allowed, Verb};
use serde_json::{Map, Value, json};
use slots::{Samples, Slot};

const TEXTS: [&str; 40] = [
    "'",
    "\"",
    "\\",
    "`",
    "%",
    "_",
    "?",
    "?1",
    "$1",
    ":id",
    "--",
    "/*",
    ";",
    "\0",
    "a\0b",
    "\u{1}",
    "\r\n.",
    "é",
    "😀",
    "\u{feff}.",
    "\u{202e}x",
    "\u{2028}.",
    "null",
    "NULL",
    "1e5",
    "{{}}",
    "${x}",
    "%s%n",
    "<b>",
    "]}",
    "\"}",
    "\\u0000",
    "__proto__",
    "constructor",
    "' OR '1'='1",
    "'; DROP TABLE coaches; --",
    "\"); DELETE FROM samples; --",
    "{\"_placeholder\":true,\"num\":0}",
    "\",\"id\":1,\"x\":\"",
    "x' UNION SELECT key FROM rowcast_session_key --",
];

/// Fields whose rules refuse all of them.
const REFUSE_ALL: [&str; 1] = ["planner: Schedule.hour"];

/// What the server has been told, and how a row of it is found again.
struct Told {
    resource: usize,
    id: Value,
    field: String,
    value: Value,
}

/// One case, with a client who writes and one who watches.
struct Injection<'a> {
    case: &'a str,
    contract: &'a Contract,
    samples: Samples<'a>,
    client: Client,
    told: Vec<Told>,
    /// A row of each resource, for those that refer to it.
    rows: BTreeMap<usize, Value>,
    /// How many texts each field took.
    taken: BTreeMap<String, usize>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_come_back_as_they_are_from_every_field() {
    let mut refuse_all = BTreeSet::new();
    let mut taken = 0;
    let cases = cases::start().await;
    let mut golden: Vec<&str> = cases.iter().map(|case| case.name).collect();
    golden.retain(|name| *name != "planner");
    golden.push("empty");
    let (served, all): (BTreeSet<String>, BTreeSet<String>) = (
        golden.into_iter().map(String::from).collect(),
        cases::golden().into_iter().collect(),
    );
    assert_eq!(served, all, "every golden case is to be served");
    for Case {
        name: case,
        contract,
        address,
        ..
    } in cases
    {
        let mut watcher = Client::connect_with(address, r#"{"sync":true}"#).await;
        sync(&mut watcher, &contract).await;
        let mut injection = Injection {
            case,
            contract: &contract,
            samples: Samples::new(&contract),
            client: Client::connect_with(address, r#"{"sync":true}"#).await,
            told: Vec::new(),
            // Those that the cases begin with.
            rows: (0..contract.resources().len())
                .filter(|index| !is_created(&contract.resources()[*index]))
                .map(|index| (index, json!(1)))
                .collect(),
            taken: BTreeMap::new(),
        };
        for index in 0..contract.resources().len() {
            injection.fill(index).await;
        }
        injection.check_pages().await;
        injection.check_live_lists(address, &mut watcher).await;
        let none = injection.taken.iter().filter(|(_, taken)| **taken == 0);
        refuse_all.extend(none.map(|(field, _)| field.clone()));
        taken += injection.taken.values().sum::<usize>();
    }
    assert_eq!(refuse_all, REFUSE_ALL.map(String::from).into());
    assert!(taken > 2000, "only {taken} texts were taken");
}

impl Injection<'_> {
    fn resource(&self, index: usize) -> &Resource {
        &self.contract.resources()[index]
    }

    /// Puts every text into every place of a resource.
    async fn fill(&mut self, index: usize) {
        let resource = self.resource(index).clone();
        if !is_created(&resource) && resource.call(Verb::Update).is_none() {
            return;
        }
        for field in resource
            .fields
            .iter()
            .filter(|field| takes_text(&resource, field))
        {
            let name = format!("{}: {}.{}", self.case, resource.name, field.wire_name);
            let slots = self.slots(&resource, field);
            for slot in &slots {
                for text in TEXTS {
                    let is_taken = self.put(index, field, slot, text).await;
                    *self.taken.entry(name.clone()).or_default() += usize::from(is_taken);
                }
            }
        }
    }

    fn slots(&self, resource: &Resource, field: &Field) -> Vec<Slot> {
        let properties = self.samples.properties(&format!("New{}", resource.name));
        let property = properties.iter().find(|one| one.name == field.wire_name);
        property.map_or_else(Vec::new, |property| self.samples.slots(&property.shape))
    }

    /// Creates a row with the text, and gives it another one; false if a rule is against it.
    async fn put(&mut self, index: usize, field: &Field, slot: &Slot, text: &str) -> bool {
        let resource = self.resource(index).clone();
        let here = format!(
            "{}: {}.{} of {text:?}",
            self.case, resource.name, field.wire_name
        );
        let value = slot.filled(text);
        let (id, mut last) = if is_created(&resource) {
            let Some(row) = self
                .create(index, Some((field, &value)), slot.is_ruled)
                .await
            else {
                return false;
            };
            assert_eq!(row[&field.wire_name], value, "{here}, created");
            self.check_get(&resource, field, &row["id"], &value, &here)
                .await;
            (row["id"].clone(), value)
        } else {
            (self.row(index).await, Value::Null)
        };
        let is_id = field.kind == FieldKind::Id;
        if let Some(update) = resource.call(Verb::Update).filter(|_| !is_id) {
            let changed = slot.filled(&format!("{text}+"));
            let patch = json!({ "id": id, &field.wire_name: changed });
            let ack = self.client.call(update.event.as_str(), patch).await;
            if ack["ok"] == true {
                assert_eq!(ack["data"][&field.wire_name], changed, "{here}, updated");
                last = changed;
            } else {
                assert!(
                    slot.is_ruled && ack["code"] == "invalid",
                    "{here}, updated: {ack}"
                );
            }
        }
        self.check_get(&resource, field, &id, &last, &here).await;
        self.told.retain(|told| {
            (&told.id, told.resource, &told.field) != (&id, index, &field.wire_name)
        });
        self.told.push(Told {
            resource: index,
            id,
            field: field.wire_name.clone(),
            value: last,
        });
        true
    }

    /// Creates a row whose other fields are as they may be.
    async fn create(
        &mut self,
        index: usize,
        given: Option<(&Field, &Value)>,
        is_ruled: bool,
    ) -> Option<Value> {
        let resource = self.resource(index).clone();
        let mut input = json!({});
        for property in self.samples.properties(&format!("New{}", resource.name)) {
            let field = resource
                .fields
                .iter()
                .find(|field| field.wire_name == property.name);
            let relation = field.and_then(|field| field.kind.relation().zip(Some(field)));
            input[&property.name] = match relation {
                None => self.samples.value(&property.shape),
                // It may lead back here.
                Some((relation, field)) if field.optional && relation.target >= index => {
                    Value::Null
                }
                Some((_, field)) if matches!(field.kind, FieldKind::ManyToMany { .. }) => json!([]),
                Some((relation, _)) => {
                    let target = relation.target;
                    json!({ "id": Box::pin(self.row(target)).await })
                }
            };
        }
        // A schema may want a value where its type says that there need be none.
        for property in self.samples.properties(&format!("New{}", resource.name)) {
            if let (Value::Null, Shape::Checked(inner, _)) =
                (&input[&property.name], &property.shape)
            {
                input[&property.name] = self.samples.value(inner);
            }
        }
        if let Some((field, value)) = given {
            input[&field.wire_name] = value.clone();
        }
        let create = resource.call(Verb::Create)?.event.clone();
        let ack = self.client.call(create.as_str(), input.clone()).await;
        if ack["ok"] == true {
            return Some(ack["data"].clone());
        }
        let named = given.map_or("", |(field, _)| field.wire_name.as_str());
        let fields: Vec<&String> = ack["errors"]
            .as_object()
            .map_or_else(Vec::new, |all| all.keys().collect());
        let is_rule = is_ruled
            && ack["code"] == "invalid"
            && fields
                .iter()
                .all(|field| field.split(['.', '[']).next() == Some(named));
        assert!(
            is_rule,
            "{}: {} is refused: {ack} for {input}",
            self.case, resource.name
        );
        None
    }

    /// The id of a row that others can refer to.
    async fn row(&mut self, index: usize) -> Value {
        if !self.rows.contains_key(&index) {
            let row = self.create(index, None, false).await.unwrap();
            self.rows.insert(index, row["id"].clone());
        }
        self.rows[&index].clone()
    }

    async fn check_get(
        &mut self,
        resource: &Resource,
        field: &Field,
        id: &Value,
        value: &Value,
        here: &str,
    ) {
        if let Some(get) = resource.call(Verb::Get) {
            let ack = self
                .client
                .call(get.event.as_str(), json!({ "id": id }))
                .await;
            assert_eq!(&ack["data"][&field.wire_name], value, "{here}, got");
        }
    }

    async fn check_pages(&mut self) {
        for index in 0..self.contract.resources().len() {
            let resource = self.resource(index).clone();
            let Some(list) = resource.call(Verb::List) else {
                continue;
            };
            let mut rows = Vec::new();
            let mut after = Value::Null;
            loop {
                let query = json!({ "after": after, "limit": 100 });
                let ack = self.client.call(list.event.as_str(), query).await;
                assert_eq!(ack["ok"], true, "{}: {ack}", self.case);
                rows.extend(ack["data"]["rows"].as_array().unwrap().clone());
                after = ack["data"]["next"].clone();
                if after.is_null() {
                    break;
                }
            }
            self.compare(index, &by_id(rows), "pages");
        }
    }

    /// The changes that a watcher heard of, and the whole lists that somebody new gets.
    async fn check_live_lists(&mut self, address: SocketAddr, watcher: &mut Client) {
        let mut plain = Client::connect(address).await;
        plain.call("refresh", Value::Null).await;
        let lists = plain.events();
        for (index, resource) in self.contract.resources().iter().enumerate() {
            let mut changed = BTreeMap::new();
            while !self.are_in(index, &changed) {
                let changes = watcher.event(resource.changes_event.as_str()).await;
                changed.extend(by_id(changes["put"].as_array().unwrap().iter().cloned()));
            }
            let whole = named(&lists, resource.list_event.as_str()).last().unwrap();
            let whole = whole.as_array().unwrap();
            self.compare(index, &by_id(whole.iter().cloned()), "the whole list");
        }
    }

    /// Whether all rows have come. If one is never as it should be, the watcher loses its patience.
    fn are_in(&self, index: usize, rows: &BTreeMap<String, Value>) -> bool {
        let told = self.told.iter().filter(|told| told.resource == index);
        told.map(|told| (rows.get(&told.id.to_string()), told))
            .all(|(row, told)| row.is_some_and(|row| row[&told.field] == told.value))
    }

    fn compare(&self, index: usize, rows: &BTreeMap<String, Value>, from: &str) {
        for told in self.told.iter().filter(|told| told.resource == index) {
            let row = rows.get(&told.id.to_string());
            let here = format!("{}: {} of {} in {from}", self.case, told.field, told.id);
            let row = row.unwrap_or_else(|| panic!("{here}: there is no such row"));
            assert_eq!(row[&told.field], told.value, "{here}");
        }
    }
}

/// Some resources have rows that no client creates.
fn is_created(resource: &Resource) -> bool {
    let allowed = resource.access.of(Verb::Create);
    resource.call(Verb::Create).is_some() && allowed != Some(&Allowed::Nobody)
}

fn takes_text(resource: &Resource, field: &Field) -> bool {
    match field.kind {
        FieldKind::Id => resource.id_kind == IdKind::GivenText,
        FieldKind::Column(_) => field.settable && !field.hidden,
        _ => false,
    }
}

fn named<'a>(events: &'a [(String, Value)], name: &'a str) -> impl Iterator<Item = &'a Value> {
    let named = events.iter().filter(move |(event, _)| *event == name);
    named.map(|(_, payload)| payload)
}

/// Follows all lists from now on.
async fn sync(client: &mut Client, contract: &Contract) {
    let names = contract.resources().iter();
    let names = names.map(|resource| (resource.list_event.as_str().to_owned(), Value::Null));
    let request: Map<_, _> = names.collect();
    let ack = client.call("sync", request.into()).await;
    assert_eq!(ack["ok"], true, "{ack}");
}

/// The last of each row.
fn by_id(rows: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    rows.into_iter()
        .map(|row| (row["id"].to_string(), row))
        .collect()
}

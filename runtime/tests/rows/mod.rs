//! Rows in memory that count how often they are loaded, and can be held back or fail.

// Not every test binary uses all of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rowcast_runtime::store::{FoundRows, Source};
use rowcast_runtime::{Error, RowId, Scopes};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Clones share the rows.
#[derive(Clone)]
pub(crate) struct Rows(Arc<Shared>);

struct Shared {
    texts: Mutex<BTreeMap<i64, String>>,
    whole_loads: AtomicUsize,
    row_loads: AtomicUsize,
    waiting: AtomicUsize,
    failing: AtomicBool,
    turn: Arc<Semaphore>,
    /// As `turn`, for loads of many rows by their ids.
    many: Arc<Semaphore>,
    slow: AtomicU64,
}

/// How many rows are many.
const MANY: usize = 100;

impl Default for Rows {
    fn default() -> Self {
        Self(Arc::new(Shared {
            texts: Mutex::default(),
            whole_loads: AtomicUsize::new(0),
            row_loads: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            failing: AtomicBool::new(false),
            turn: Arc::new(Semaphore::new(1)),
            many: Arc::new(Semaphore::new(1)),
            slow: AtomicU64::new(0),
        }))
    }
}

impl Rows {
    pub(crate) fn put(&self, id: i64, text: &str) {
        self.0.texts.lock().unwrap().insert(id, text.to_owned());
    }

    pub(crate) fn drop(&self, id: i64) {
        self.0.texts.lock().unwrap().remove(&id);
    }

    pub(crate) fn whole_loads(&self) -> usize {
        self.0.whole_loads.load(SeqCst)
    }

    pub(crate) fn row_loads(&self) -> usize {
        self.0.row_loads.load(SeqCst)
    }

    /// How many share these rows.
    pub(crate) fn shares(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    pub(crate) fn fail(&self, failing: bool) {
        self.0.failing.store(failing, SeqCst);
    }

    /// Nothing is loaded until what this gives is dropped.
    pub(crate) async fn hold(&self) -> OwnedSemaphorePermit {
        self.0.turn.clone().acquire_owned().await.unwrap()
    }

    /// As [`Rows::hold`], but only for loads of many rows by their ids.
    pub(crate) async fn hold_many(&self) -> OwnedSemaphorePermit {
        self.0.many.clone().acquire_owned().await.unwrap()
    }

    /// Each load takes between nothing and so many milliseconds.
    pub(crate) fn slow(&self, milliseconds: u64) {
        self.0.slow.store(milliseconds, SeqCst);
    }

    pub(crate) fn all(&self) -> BTreeMap<i64, String> {
        self.0.texts.lock().unwrap().clone()
    }

    pub(crate) async fn until_somebody_waits(&self) {
        while self.0.waiting.load(SeqCst) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    /// Reads as a query does: what is there at its start.
    async fn load<T>(
        self,
        is_many: bool,
        read: impl FnOnce(&BTreeMap<i64, String>) -> T,
    ) -> Result<T, Error> {
        let found = read(&self.0.texts.lock().unwrap());
        let slow = self.0.slow.load(SeqCst);
        if slow > 0 {
            let loads = (self.whole_loads() + self.row_loads()) as u64;
            let time = loads.wrapping_mul(0x9e37_79b9) % (slow + 1);
            tokio::time::sleep(std::time::Duration::from_millis(time)).await;
        }
        self.0.waiting.fetch_add(1, SeqCst);
        let _many = match is_many {
            true => Some(self.0.many.acquire().await.unwrap()),
            false => None,
        };
        let _turn = self.0.turn.acquire().await.unwrap();
        self.0.waiting.fetch_sub(1, SeqCst);
        if self.0.failing.load(SeqCst) {
            Err(Error::internal("rows fail in this test"))
        } else {
            Ok(found)
        }
    }
}

impl Source for Rows {
    fn all(&self, _: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        self.0.whole_loads.fetch_add(1, SeqCst);
        let encode = |texts: &BTreeMap<i64, String>| {
            let rows: Vec<_> = texts
                .iter()
                .map(|(id, text)| json!({ "id": id, "text": text }))
                .collect();
            to_raw_value(&rows).unwrap()
        };
        self.clone().load(false, encode).boxed()
    }

    fn by_ids(&self, ids: Vec<RowId>, _: &Scopes) -> BoxFuture<'static, Result<FoundRows, Error>> {
        self.0.row_loads.fetch_add(1, SeqCst);
        let is_many = ids.len() >= MANY;
        let encode = move |texts: &BTreeMap<i64, String>| {
            let found: Vec<_> = texts
                .iter()
                .filter(|(id, _)| ids.contains(&RowId::Int(**id)))
                .collect();
            let rows: Vec<_> = found
                .iter()
                .map(|(id, text)| json!({ "id": id, "text": text }))
                .collect();
            FoundRows {
                json: to_raw_value(&rows).unwrap(),
                ids: found.iter().map(|(id, _)| RowId::Int(**id)).collect(),
            }
        };
        self.clone().load(is_many, encode).boxed()
    }
}

//! What is measured of the store's queues.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod measures;

use std::sync::mpsc;

use measures::Measures;
use metrics_util::debugging::DebuggingRecorder;
use rowcast_runtime::store::{Database, Options, Reader, StoreDefinition, Transaction};
use rowcast_runtime::{Error, metrics};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[],
    contract: "1",
};

#[tokio::test]
async fn the_queues_are_as_deep_as_there_are_jobs_that_wait() {
    let recorder = DebuggingRecorder::new();
    let _recording = ::metrics::set_default_local_recorder(&recorder);
    let mut measures = Measures::of(&recorder);
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        queue: 3,
        readers: 1,
        ..Options::default()
    };
    let store = Database::open(folder.path().join("measured.db"), options, &STORE).unwrap();
    assert_eq!(measures.gauge(metrics::WRITER_QUEUE_DEPTH), Some(0.0));

    let (let_write, may_write) = mpsc::channel();
    let (let_read, may_read) = mpsc::channel();
    let (writing, reading) = (store.clone(), store.clone());
    let write = move |_: &Transaction<'_>| may_write.recv().map_err(Error::internal);
    let read = move |_: &Reader<'_>| may_read.recv().map_err(Error::internal);
    let held_writer = tokio::spawn(async move { writing.write(write).await });
    let held_reader = tokio::spawn(async move { reading.read(read).await });
    for name in [metrics::WRITER_QUEUE_DEPTH, metrics::READER_QUEUE_DEPTH] {
        // The first is taken at once, so that nothing waits.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        measures.until_gauge(name, 0.0).await;
    }

    let mut waiting = Vec::new();
    for _ in 0..2 {
        let store = store.clone();
        waiting.push(tokio::spawn(async move {
            store.write(|_: &Transaction<'_>| Ok(())).await.map(drop)
        }));
    }
    for _ in 0..5 {
        let store = store.clone();
        waiting.push(tokio::spawn(async move {
            store.read(|_: &Reader<'_>| Ok(())).await
        }));
    }
    measures.until_gauge(metrics::WRITER_QUEUE_DEPTH, 2.0).await;
    // Two of the five found no room.
    measures.until_gauge(metrics::READER_QUEUE_DEPTH, 3.0).await;

    let_write.send(()).unwrap();
    let_read.send(()).unwrap();
    held_writer.await.unwrap().unwrap();
    held_reader.await.unwrap().unwrap();
    let mut refused = 0;
    for job in waiting {
        refused += usize::from(job.await.unwrap().is_err());
    }
    assert_eq!(refused, 2);
    for name in [metrics::WRITER_QUEUE_DEPTH, metrics::READER_QUEUE_DEPTH] {
        measures.until_gauge(name, 0.0).await;
    }
}

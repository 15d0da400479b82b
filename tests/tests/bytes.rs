//! Bytes in an emitted store: kept as they are, looked up, and hidden.

#[path = "../golden/files/schema.rs"]
pub mod files;
#[rustfmt::skip]
#[path = "../golden/files/rust/mod.rs"]
pub mod files_server;

use files::NewFile;
use files_server::Tables as _;
use rowcast_runtime::Reading;
use rowcast_schema::{Bytes, Input};
use serde_json::json;

#[tokio::test]
async fn columns_hold_bytes_as_they_are_and_rows_are_looked_up_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("files.sqlite3");
    let store = files_server::open(&file).unwrap();
    let (content, digest) = (Bytes::from(vec![0, 255]), Bytes::from(vec![7]));
    let new = json!({ "id": "a", "content": content, "size": "1", "digest": digest });
    let new = NewFile::read(new, Reading::Strict).unwrap();
    store
        .write(|tx| {
            tx.files().create(new)?;
            tx.files().set_key("a", Some(&[1, 2]))?;
            tx.files().set_seal("a", &[3])
        })
        .await
        .unwrap();
    let found = store
        .read(|tx| {
            let by_key = tx.files().by_key(&[1, 2])?;
            assert!(tx.files().by_key(&[1])?.is_none());
            Ok((by_key, tx.files().by_digest(&[7])?))
        })
        .await
        .unwrap();
    let row = found.0.unwrap();
    assert_eq!(found.1, std::slice::from_ref(&row));
    assert_eq!((row.content, row.seal), (content, vec![3].into()));
    assert_eq!((row.key, row.preview), (Some(vec![1, 2].into()), None));
    let kept: (Vec<u8>, Vec<u8>) = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row("SELECT content, key FROM files", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, (vec![0, 255], vec![1, 2]));
}

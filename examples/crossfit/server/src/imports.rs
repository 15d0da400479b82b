//! Exercise moves from files: a task in the background that writes through the same store as everybody else.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossfit_schema::NewExerciseMove;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Error, IdempotencyKey, KeyOwner, Reading};
use rowcast_schema::{FieldErrors, Input};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::generated::Tables;

/// How often the folder is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Takes up each `*.json` file that appears in a folder, for as long as the server runs.
///
/// A file is a JSON array of exercise moves, as clients send them; it is taken up as a whole or not at all, and then
/// renamed to `*.imported` or `*.refused`. Each needs a name of its own.
pub async fn watch(folder: PathBuf, store: Database) {
    loop {
        if let Err(error) = take_up_all(&folder, &store).await {
            tracing::error!(%error, folder = %folder.display(), "a folder can't be imported from");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn take_up_all(folder: &Path, store: &Database) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let file = entry?.path();
        if file.extension() == Some(OsStr::new("json")) {
            let outcome = match take_up(&file, store).await {
                Ok(()) => "imported",
                Err(error) => {
                    tracing::warn!(%error, file = %file.display(), "a file was not imported");
                    "refused"
                }
            };
            std::fs::rename(&file, file.with_extension(outcome))?;
        }
    }
    Ok(())
}

/// The key makes that happen once, should the server be stopped before the file is renamed.
async fn take_up(file: &Path, store: &Database) -> Result<(), Error> {
    let content = std::fs::read(file).map_err(Error::internal)?;
    let key = IdempotencyKey {
        owner: KeyOwner::Server,
        key: format!("import {}", file.display()),
        call: content.clone(),
    };
    store
        .write_once(key, move |tx| add_moves(tx, &content))
        .await?;
    Ok(())
}

fn add_moves(tx: &Transaction<'_>, content: &[u8]) -> Result<Box<RawValue>, Error> {
    let moves: Vec<Value> = serde_json::from_slice(content)
        .map_err(|error| FieldErrors::general(format!("is no JSON array: {error}")))?;
    let mut ids = Vec::new();
    for exercise_move in moves {
        let new = NewExerciseMove::read(exercise_move, Reading::Strict)?;
        ids.push(tx.exercise_moves().create(new)?.id);
    }
    Ok(to_raw_value(&ids)?)
}

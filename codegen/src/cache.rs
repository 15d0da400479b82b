//! Remembers between runs what was written from what, so that a run without changes need not render anything.
//!
//! The memory stands in cargo's target folder, beside the program. It is used for generating only: a check renders all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use std::{env, fs};

use rayon::prelude::*;
use rowcast_schema::Description;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::lock;
use crate::write::generated_files;

/// How far above the program the target folder is looked for.
const DEPTH: usize = 4;

/// What a run was about, and where that is remembered.
#[derive(Debug)]
pub(crate) struct Memory {
    file: PathBuf,
    key: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    key: String,
    /// The hash of each file that stands where it was written.
    files: BTreeMap<PathBuf, String>,
}

impl Memory {
    /// The memory of runs of this program with this configuration; none for programs outside of a target folder.
    pub(crate) fn of(config: &Config, description: &Description) -> Option<Self> {
        let program = env::current_exe().ok()?;
        let is_target = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
        let target = program.ancestors().take(DEPTH).find(is_target)?;
        let mut key = Sha256::new();
        let built = fs::metadata(&program).ok()?;
        let age = built.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        key.update(format!("{} {}\n{config:?}\n", built.len(), age.as_nanos()));
        key.update(fs::read(config.folder.join(lock::FILE_NAME)).unwrap_or_default());
        serde_json::to_writer(&mut Hashing(&mut key), description).ok()?;
        let place = hash(config.folder.display().to_string().as_bytes());
        Some(Self {
            file: target.join(format!("rowcast-{}.json", place.get(..16)?)),
            key: hex(&key.finalize()),
        })
    }

    /// Whether everything is as the run before left it, and that was about the same. A stale file that came back, as by a
    /// merge, must go again.
    pub(crate) fn is_fresh(&self) -> bool {
        let remembered = fs::read(&self.file)
            .ok()
            .and_then(|text| serde_json::from_slice::<Remembered>(&text).ok());
        remembered.is_some_and(|before| {
            before.key == self.key
                && before.files.par_iter().all(|(path, expected)| {
                    fs::read(path).is_ok_and(|text| hash(&text) == *expected)
                })
                && has_nothing_stale(&before.files)
        })
    }

    /// Remembers what now stands where.
    pub(crate) fn keep<'f>(&self, files: impl Iterator<Item = (PathBuf, &'f str)>) {
        let remembered = Remembered {
            key: self.key.clone(),
            files: files
                .map(|(path, text)| (path, hash(text.as_bytes())))
                .collect(),
        };
        // Without the memory the next run only takes longer.
        if let Ok(text) = serde_json::to_vec(&remembered) {
            let _ = fs::write(&self.file, text);
        }
    }
}

fn has_nothing_stale(files: &BTreeMap<PathBuf, String>) -> bool {
    let wanted: BTreeSet<PathBuf> = files.keys().cloned().collect();
    let folders: BTreeSet<&Path> = files.keys().filter_map(|path| path.parent()).collect();
    folders
        .iter()
        .all(|folder| generated_files(folder, &wanted).is_ok_and(|stale| stale.is_empty()))
}

/// Writes into a hash.
struct Hashing<'h>(&'h mut Sha256);

impl std::io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

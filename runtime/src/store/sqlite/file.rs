//! The files of a database as they are on the disk: whether they are still those that were opened, and how long the
//! write-ahead log is.
//!
//! SQLite goes on with the files that it has opened, though their names may be gone or lead to other files by now. What
//! it writes then is lost.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// What SQLite keeps beside the database: the write-ahead log, and the index of it that connections share.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The files that were opened.
#[derive(Debug)]
pub(super) struct DatabaseFiles {
    parts: Vec<Part>,
    log: PathBuf,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    identity: Identity,
}

/// Why nothing may be written any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    #[error(
        "the file `{}` was deleted or moved away while the server had it open, and what is written now would be lost\n\
         help: if it was moved, move it back; otherwise restore a backup, restart the server, and call `refresh_all`",
        .0.display()
    )]
    Gone(PathBuf),
    #[error(
        "the file `{}` was replaced while the server had the earlier one open, and what is written now would be lost\n\
         help: restart the server, so that it opens the new file; if that is a backup, call `refresh_all` then",
        .0.display()
    )]
    Replaced(PathBuf),
    #[error(
        "the file `{}` can't be looked at: {source}\n\
         help: the server must be able to reach the folder of its database",
        path.display()
    )]
    Unknown { path: PathBuf, source: io::Error },
}

impl DatabaseFiles {
    /// Takes note of the files of a connection that has written, so that all of them are there. `found` is what was there
    /// before the connection was opened.
    pub(super) fn opened(
        file: &Path,
        found: Option<Identity>,
        connection: &Connection,
    ) -> io::Result<Self> {
        let main = Part::opened(std::path::absolute(file)?)?;
        if found.is_some_and(|found| found != main.identity) {
            return Err(io::Error::other(FileFault::Replaced(main.path)));
        }
        let mut parts = vec![main];
        // SQLite follows links to the database before it names what is beside it.
        let real = connection.path().map_or(file, Path::new);
        for ending in BESIDE {
            match Part::opened(beside(real, ending)) {
                // File systems without shared memory have neither.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                part => parts.push(part?),
            }
        }
        let log = beside(real, "-wal");
        Ok(Self { parts, log })
    }

    /// Whether the names still lead to the files that were opened.
    pub(super) fn check(&self) -> Result<(), FileFault> {
        self.parts.iter().try_for_each(Part::check)
    }

    /// How many bytes the write-ahead log has on the disk.
    pub(super) fn log_bytes(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |found| found.len())
    }
}

impl Part {
    fn opened(path: PathBuf) -> io::Result<Self> {
        let identity = Identity::of(&path)?;
        Ok(Self { path, identity })
    }

    fn check(&self) -> Result<(), FileFault> {
        let path = || self.path.clone();
        match Identity::of(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            Ok(_) => Err(FileFault::Replaced(path())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FileFault::Gone(path())),
            Err(source) => Err(FileFault::Unknown {
                path: path(),
                source,
            }),
        }
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// What tells a file from another one that has its name later.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity(Option<(u64, u64)>);

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::metadata(path)?;
        Ok(Self(Some((found.dev(), found.ino()))))
    }

    /// Elsewhere a file that is open can't be replaced; that it is there is all that can be asked.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self(None))
    }
}

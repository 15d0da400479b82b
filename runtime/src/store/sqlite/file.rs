//! The files of a database on the disk: whether they are still those that were opened, and the size of the write-ahead
//! log.
//!
//! SQLite continues with the files that it has opened, even if their names are removed or refer to other files by now.
//! What it writes then is lost.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The suffixes of SQLite's side files: the write-ahead log, and its index that connections share.
const SIDE_FILES: [&str; 2] = ["-wal", "-shm"];

/// The files that were opened.
#[derive(Debug)]
pub(super) struct DatabaseFiles {
    files: Vec<OpenedFile>,
    wal: PathBuf,
}

#[derive(Debug)]
struct OpenedFile {
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
    /// Records the files of a connection that has written, so that all of them exist. `found` is the identity of the
    /// file before the connection was opened.
    pub(super) fn opened(
        file: &Path,
        found: Option<Identity>,
        connection: &Connection,
    ) -> io::Result<Self> {
        let main = OpenedFile::opened(std::path::absolute(file)?)?;
        if found.is_some_and(|found| found != main.identity) {
            return Err(io::Error::other(FileFault::Replaced(main.path)));
        }
        let mut files = vec![main];
        // SQLite resolves links to the database before it names the side files.
        let real = connection.path().map_or(file, Path::new);
        for ending in SIDE_FILES {
            match OpenedFile::opened(side_file(real, ending)) {
                // File systems without shared memory have neither.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                file => files.push(file?),
            }
        }
        let wal = side_file(real, "-wal");
        Ok(Self { files, wal })
    }

    /// Whether the names still refer to the files that were opened.
    pub(super) fn check(&self) -> Result<(), FileFault> {
        self.files.iter().try_for_each(OpenedFile::check)
    }

    /// Bytes of the write-ahead log on the disk.
    pub(super) fn wal_bytes(&self) -> u64 {
        std::fs::metadata(&self.wal).map_or(0, |found| found.len())
    }
}

impl OpenedFile {
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

fn side_file(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Distinguishes a file from another one that has its name later.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity(Option<(u64, u64)>);

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::metadata(path)?;
        Ok(Self(Some((found.dev(), found.ino()))))
    }

    /// On other systems an open file can't be replaced; only its existence is checked.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self(None))
    }
}

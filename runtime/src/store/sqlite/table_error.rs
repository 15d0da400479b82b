//! Why the tables of a file can't be used.

use std::fmt;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::store::Error;

/// Why the tables of a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error("{}", lines(.0))]
    Columns(Vec<ColumnFault>),
    #[error("the folder `{}` does not exist\nhelp: create it, or name a file in another folder", .0.display())]
    NoFolder(PathBuf),
    #[error("this is a folder, not a file\nhelp: name a file in it")]
    IsFolder,
    #[error("table `{table}` can't be prepared by `{statement}`: {source}")]
    Statement {
        table: &'static str,
        statement: String,
        source: rusqlite::Error,
    },
    #[error("rows of the file can't be used as the schema has them\n{}", lines(.0))]
    Unreadable(Vec<Fault>),
    #[error("table `{table}` can't be prepared by `{statement}`\n{fault}")]
    Repeated {
        table: &'static str,
        statement: String,
        fault: Box<Fault>,
    },
    #[error("the file can be read only, and a server must write it\n{WRITABLE}")]
    ReadOnly,
    #[error("the file can't be written: {0}\n{WRITABLE}")]
    NotWritable(rusqlite::Error),
    #[error("the tables can't be prepared: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the idempotency records can't be prepared: {0}")]
    Records(#[from] Error),
    #[error("the file can't be looked at, or a thread can't be started: {0}")]
    System(#[from] std::io::Error),
}

/// What must be done by hand about a column.
#[derive(Debug, thiserror::Error)]
pub(super) enum ColumnFault {
    #[error(
        "table `{table}` lacks column `{column}`, and rows that are already there would have no value for it\nhelp: {help}"
    )]
    Missing {
        table: &'static str,
        column: &'static str,
        help: String,
    },
    #[error(
        "table `{table}` has a column `{column}` that the schema lacks, which must have a value, so no row can be added\n\
         help: {help}"
    )]
    Unknown {
        table: &'static str,
        column: String,
        help: String,
    },
}

const WRITABLE: &str = "help: the user that the server runs as must be allowed to write the file and its folder, where SQLite \
    keeps files with the endings -wal and -shm beside it; the disk must not be full, nor mounted read-only";

impl TableError {
    /// The same error, with what to do where the file or its folder can't be written.
    pub(super) fn explained(self) -> Self {
        let is_about_writing = |error: &rusqlite::Error| {
            matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                )
            )
        };
        match self {
            Self::Sqlite(source) | Self::Statement { source, .. } if is_about_writing(&source) => {
                Self::NotWritable(source)
            }
            other => other,
        }
    }
}

fn lines(faults: &[impl ToString]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// What is wrong with a column of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) what: String,
    pub(super) help: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            column,
            what,
            help,
        } = self;
        write!(
            f,
            "table `{table}`, column `{column}`: {what}\n  help: {help}"
        )
    }
}

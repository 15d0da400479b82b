//! The number of files that the process may have open, of which each connection is one.

/// Files that are left to the store, the logs and the application.
const OTHERS: usize = 128;

/// Raises the number of files that the process may have open to what the system allows, since the usual 1,024 are meant
/// for programs that use `select`; returns how many connections that leaves room for.
#[cfg(unix)]
pub(super) fn make_room() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let before = limit.current;
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "the number of open files stays as it was");
            limit.current = before;
        }
    }
    let files = limit.current.and_then(|files| usize::try_from(files).ok());
    files.map_or(usize::MAX, connections_of)
}

/// The limits of other systems are not known.
#[cfg(not(unix))]
pub(super) fn make_room() -> usize {
    usize::MAX
}

/// The most connections for this number of files; half of the files if there are few.
fn connections_of(files: usize) -> usize {
    files.saturating_sub(OTHERS).max(files / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_others() {
        for (files, connections) in [(1024, 896), (256, 128), (100, 50), (0, 0)] {
            assert_eq!(connections_of(files), connections, "{files}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_limit_of_the_process_is_raised_as_far_as_it_may_be() {
        use rustix::process::{Resource, getrlimit};

        let room = make_room();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert!(limit.current.is_none_or(|files| files > room as u64));
    }
}

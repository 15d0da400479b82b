//! Output whose reader may have seen enough, such as `head`.

use std::io::{self, ErrorKind, Write};

/// Drops what comes after the reader has gone: that is no failure, and what the command came to stays what it is.
pub(super) struct UntilClosed<'o> {
    pub(super) out: &'o mut dyn Write,
}

fn unless_closed<T>(written: io::Result<T>, otherwise: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(otherwise),
        other => other,
    }
}

impl Write for UntilClosed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unless_closed(self.out.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        unless_closed(self.out.flush(), ())
    }
}

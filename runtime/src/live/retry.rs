//! The pause until a list that could not be loaded is loaded again, and its log messages.

use std::time::Duration;

use crate::store::Error;

const FIRST: Duration = Duration::from_millis(200);
const LAST: Duration = Duration::from_secs(30);

/// Consecutive failures to load a list.
#[derive(Debug)]
pub(super) struct Retry {
    pause: Duration,
    /// The last logged error: the same error is logged once.
    reported: Option<String>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            pause: FIRST,
            reported: None,
        }
    }
}

impl Retry {
    /// Records an error; returns how long to wait. The pause doubles each time up to half a minute, but not while the
    /// store is only overloaded.
    pub(super) fn failed(&mut self, list: &str, error: &Error) -> Duration {
        let text = error.to_string();
        if self.reported.as_ref() != Some(&text) {
            tracing::error!(error = %text, list, "the rows of a list could not be loaded; it is tried again");
            self.reported = Some(text);
        }
        let pause = self.pause;
        if !matches!(error, Error::Busy) {
            self.pause = (self.pause * 2).min(LAST);
        }
        pause
    }

    /// Resets the pause.
    pub(super) fn succeeded(&mut self, list: &str) {
        if self.reported.is_some() {
            tracing::info!(list, "the rows of a list could be loaded again");
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute_and_begin_anew() {
        let mut retry = Retry::default();
        let fault = Error::internal("a row can't be read");
        let pauses: Vec<u128> = (0..10)
            .map(|_| retry.failed("notes", &fault).as_millis())
            .collect();
        let expected = [
            200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
        ];
        assert_eq!(pauses, expected);
        retry.succeeded("notes");
        assert_eq!(retry.failed("notes", &fault), FIRST);
    }

    #[test]
    fn a_busy_store_is_asked_again_soon() {
        let mut retry = Retry::default();
        for _ in 0..10 {
            assert_eq!(retry.failed("notes", &Error::Busy), FIRST);
        }
    }
}

//! Dates and times: RFC 3339, with what browsers and common tools leave out or write differently.
//!
//! `docs/types.md` has the rule. The last years that chrono knows are taken in UTC only, so that no offset leads beyond.

/// The first and the last year that chrono knows.
const YEARS: [i32; 2] = [-262_143, 262_142];

/// A text, taken from its beginning.
struct Cursor<'t>(&'t str);

impl<'t> Cursor<'t> {
    /// What the beginning is, up to the first character that is none of these.
    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'t str {
        let end = self.0.find(|other| !is(other)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn take(&mut self, one: impl Fn(char) -> bool) -> Option<char> {
        let first = self.0.chars().next().filter(|first| one(*first))?;
        self.0 = self.0.get(first.len_utf8()..)?;
        Some(first)
    }

    /// Two digits, for a number from `min` to `max`.
    fn two_digits(&mut self, min: u32, max: u32) -> Option<u32> {
        let digits = self
            .0
            .get(..2)
            .filter(|two| two.bytes().all(|byte| byte.is_ascii_digit()))?;
        let number = digits.parse().ok()?;
        self.0 = self.0.get(2..)?;
        (min..=max).contains(&number).then_some(number)
    }

    fn ends(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    /// `2026-05-01`; a year beyond four digits has a sign. Gives the year.
    fn date(&mut self) -> Option<i32> {
        let sign = self.take(|first| matches!(first, '+' | '-'));
        let digits = self.take_while(|digit| digit.is_ascii_digit());
        let has_length = match sign {
            None => digits.len() == 4,
            Some(_) => (4..=6).contains(&digits.len()),
        };
        let year: i32 = digits.parse().ok().filter(|_| has_length)?;
        let year = if sign == Some('-') { -year } else { year };
        let [first, last] = YEARS;
        self.take(|sign| sign == '-')?;
        let month = self.two_digits(1, 12)?;
        self.take(|sign| sign == '-')?;
        self.two_digits(1, days_of(year, month))?;
        (first..=last).contains(&year).then_some(year)
    }

    /// `09:00`, `09:00:00` or `09:00:00.5`, with seconds in what is given back.
    fn time(&mut self) -> Option<String> {
        let hour = self.two_digits(0, 23)?;
        self.take(|sign| sign == ':')?;
        let minute = self.two_digits(0, 59)?;
        let mut second = 0;
        let mut fraction = String::new();
        if self.take(|sign| sign == ':').is_some() {
            // The sixtieth is a leap second.
            second = self.two_digits(0, 60)?;
            if self.take(|sign| sign == '.').is_some() {
                let digits = self.take_while(|digit| digit.is_ascii_digit());
                if digits.is_empty() {
                    return None;
                }
                fraction = format!(".{digits}");
            }
        }
        Some(format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
    }

    /// `2026-05-01T09:00`, with its year.
    fn local_date_time(&mut self) -> Option<(String, i32)> {
        let text = self.0;
        let year = self.date()?;
        let date = text.strip_suffix(self.0)?;
        self.take(|sign| matches!(sign, 'T' | 't' | ' '))?;
        let time = self.time()?;
        Some((format!("{date}T{time}"), year))
    }

    /// `Z`, `+02:00` or `+0200`.
    fn offset(&mut self) -> Option<String> {
        let sign = self.take(|sign| matches!(sign, 'Z' | 'z' | '+' | '-'))?;
        if matches!(sign, 'Z' | 'z') {
            return Some("Z".into());
        }
        let hours = self.two_digits(0, 23)?;
        self.take(|sign| sign == ':');
        let minutes = self.two_digits(0, 59)?;
        Some(format!("{sign}{hours:02}:{minutes:02}"))
    }
}

fn days_of(year: i32, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether this is a date.
pub(super) fn is_date(text: &str) -> bool {
    let mut cursor = Cursor(text);
    cursor.date().is_some() && cursor.ends().is_some()
}

/// A time of day, with its seconds.
pub(super) fn time(text: &str) -> Option<String> {
    let mut cursor = Cursor(text);
    let time = cursor.time()?;
    cursor.ends().map(|()| time)
}

/// A date and a time of day, with `T` between them and seconds.
pub(super) fn local_date_time(text: &str) -> Option<String> {
    let mut cursor = Cursor(text);
    let (both, _) = cursor.local_date_time()?;
    cursor.ends().map(|()| both)
}

/// A moment: the same, with `Z` or an offset such as `+02:00`.
pub(super) fn date_time(text: &str) -> Option<String> {
    let mut cursor = Cursor(text);
    let (both, year) = cursor.local_date_time()?;
    let offset = cursor.offset()?;
    cursor.ends()?;
    let is_at_edge = YEARS.contains(&year);
    (!is_at_edge || offset == "Z").then(|| format!("{both}{offset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_be_left_out_and_separators_differ() {
        for text in [
            "2026-05-01T09:00",
            "2026-05-01 09:00",
            "2026-05-01t09:00:00",
        ] {
            let read = local_date_time(text);
            assert_eq!(read.as_deref(), Some("2026-05-01T09:00:00"), "{text}");
        }
        for text in ["2026-05-01T09:00Z", "2026-05-01 09:00:00z"] {
            let read = date_time(text);
            assert_eq!(read.as_deref(), Some("2026-05-01T09:00:00Z"), "{text}");
        }
        let offset = date_time("2026-05-01T09:00:00.25+0200");
        assert_eq!(offset.as_deref(), Some("2026-05-01T09:00:00.25+02:00"));
    }

    #[test]
    fn what_is_no_date_or_time_is_refused() {
        for text in [
            "2026-5-1",
            "2026-02-29",
            "2026-00-01",
            "2026-04-31",
            "26-04-01",
            "12026-04-01",
            "+262143-01-01",
            " 2026-04-01",
            "2026-04-01 ",
            "٢٠٢٦-04-01",
            "",
        ] {
            assert!(!is_date(text), "{text}");
        }
        for text in [
            "24:00",
            "9:00",
            "09:60",
            "09:00:61",
            "09:00:00.",
            "09",
            "09:00Z",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        for text in [
            "2026-05-01T09:00:00",
            "2026-05-01T09:00:00+02",
            "2026-05-01T09:00:00+24:00",
            "2026-05-01T09:00:00 Z",
            "2026-05-01T09:00:00UTC",
            "2026-05-01  09:00:00Z",
            "+262142-12-31T23:59:59+01:00",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }

    #[test]
    fn leap_days_and_the_years_at_the_edges_are_taken() {
        for text in [
            "2024-02-29",
            "2000-02-29",
            "0000-02-29",
            "-0004-02-29",
            "-262143-01-01",
            "+262142-12-31",
        ] {
            assert!(is_date(text), "{text}");
        }
        assert!(!is_date("1900-02-29"));
        assert!(date_time("+262142-12-31T23:59:59.999999999Z").is_some());
    }
}

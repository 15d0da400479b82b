//! Exact decimal numbers, as text and as JSON numbers.

/// The largest number that the 96 bits of a decimal hold, without its point.
const GREATEST: &str = "79228162514264337593543950335";

/// How many digits may stand behind the point.
const MOST_PLACES: usize = 28;

/// Whether this is a decimal number that is kept exactly: `12.50`.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = match digits.split_once('.') {
        Some((whole, places)) if !places.is_empty() => (whole, places),
        Some(_) => return false,
        None => (digits, ""),
    };
    let all = format!("{whole}{places}");
    let is_number = !whole.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
    let significant = all.trim_start_matches('0');
    let fits = significant.len() < GREATEST.len()
        || (significant.len() == GREATEST.len() && significant <= GREATEST);
    is_number && fits && places.len() <= MOST_PLACES
}

/// A JSON number as decimal text, without an exponent; nothing if it can't be kept exactly.
pub(crate) fn of_number(number: &str) -> Option<String> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let text = match exponent {
        0 => mantissa.to_owned(),
        _ => shifted(mantissa, exponent)?,
    };
    is_decimal(&text).then_some(text)
}

/// A decimal number times a power of ten.
fn shifted(mantissa: &str, exponent: i32) -> Option<String> {
    // Far beyond any decimal, and before it takes memory.
    if exponent.unsigned_abs() > 100 || mantissa.len() > 100 {
        return None;
    }
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{places}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let length = i32::try_from(all.len()).ok()?;
    let text = if point <= 0 {
        let zeros = "0".repeat(usize::try_from(-point).ok()?);
        format!("0.{zeros}{all}")
    } else if point >= length {
        let zeros = "0".repeat(usize::try_from(point - length).ok()?);
        format!("{all}{zeros}")
    } else {
        let (whole, places) = all.split_at_checked(usize::try_from(point).ok()?)?;
        format!("{whole}.{places}")
    };
    Some(format!("{sign}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_kept_exactly_or_refused() {
        for text in [
            "0",
            "-0",
            "12.50",
            "007.5",
            "79228162514264337593543950335",
            "-7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            assert!(is_decimal(text), "{text}");
        }
        for text in [
            "",
            "-",
            "+1",
            ".5",
            "5.",
            "1e5",
            "1,5",
            " 1",
            "1_000",
            "79228162514264337593543950336",
            "7.92281625142643375935439503351",
            "0.00000000000000000000000000001",
            "١",
        ] {
            assert!(!is_decimal(text), "{text}");
        }
    }

    #[test]
    fn a_number_is_written_without_its_exponent() {
        let of = |number| of_number(number);
        assert_eq!(of("12.50").as_deref(), Some("12.50"));
        assert_eq!(of("1e21").as_deref(), Some("1000000000000000000000"));
        assert_eq!(of("-1.5e-7").as_deref(), Some("-0.00000015"));
        assert_eq!(of("1.25E1").as_deref(), Some("12.5"));
        assert_eq!(of("1e29"), None);
        assert_eq!(of("1e-29"), None);
        assert_eq!(of("1e999999999"), None);
    }
}

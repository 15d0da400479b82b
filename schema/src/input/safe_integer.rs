//! Integers of 64 bits that travel as numbers: none beyond what JavaScript holds exactly is taken.

use serde::de::{Deserialize, Deserializer, Error, Unexpected};

use crate::limits::GREATEST_SAFE;

/// Reads a field that is declared as `#[resource(number)]`.
///
/// # Errors
/// When it is no integer, or one that no client could have sent exactly.
pub fn safe_integer<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + TryInto<i64> + Copy,
    D: Deserializer<'de>,
{
    let value = T::deserialize(deserializer)?;
    match value.try_into() {
        Ok(number) if (-GREATEST_SAFE..=GREATEST_SAFE).contains(&number) => Ok(value),
        Ok(number) => Err(Error::invalid_value(Unexpected::Signed(number), &"i64")),
        Err(_) => Err(Error::invalid_value(Unexpected::Other("integer"), &"i64")),
    }
}

/// [`safe_integer`] for an `Option`.
///
/// # Errors
/// The same.
pub fn optional_safe_integer<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + TryInto<i64> + Copy,
    D: Deserializer<'de>,
{
    let Some(value) = Option::<Wrapped<T>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    Ok(Some(value.0))
}

struct Wrapped<T>(T);

impl<'de, T: Deserialize<'de> + TryInto<i64> + Copy> Deserialize<'de> for Wrapped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        safe_integer(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;
    use crate::input::{Reader, Reading};

    #[test]
    fn what_javascript_would_round_is_no_whole_number() {
        let read = |value: Value| {
            let value = to_raw_value(&value).unwrap();
            let reader = Reader::new(&value, Reading::Strict);
            optional_safe_integer::<i64, _>(reader).map_err(|error| error.to_string())
        };
        assert_eq!(read(json!(GREATEST_SAFE)), Ok(Some(GREATEST_SAFE)));
        assert_eq!(read(json!(-GREATEST_SAFE)), Ok(Some(-GREATEST_SAFE)));
        assert_eq!(read(json!(null)), Ok(None));
        for value in [
            json!(GREATEST_SAFE + 1),
            json!(i64::MIN),
            json!("1"),
            json!(1.5),
        ] {
            assert_eq!(read(value), Err("must be a whole number".into()));
        }
    }
}

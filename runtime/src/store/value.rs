//! Values of columns and parameters, and their conversion from and to types of Rust.

use std::borrow::Cow;
use std::error::Error;

/// A value of a column or a parameter, in the types that all databases have.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'v> {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(Cow<'v, str>),
    /// Bytes.
    Blob(Cow<'v, [u8]>),
}

impl Value<'_> {
    /// The kind of value, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real number",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}

/// Why a value can't be written, or read as a type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// It is of another kind: text where a number is read.
    #[error("the value is of another kind")]
    Kind,
    /// The number is beyond what the type holds.
    #[error("{0} is out of range")]
    OutOfRange(i128),
    /// Any other reason.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

impl ValueError {
    /// A reason of another type.
    pub fn other(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(reason.into())
    }
}

/// A type whose values can be parameters of a statement.
///
/// ```
/// use rowcast_runtime::store::{ToValue, Value, ValueError};
///
/// struct Cents(i64);
///
/// impl ToValue for Cents {
///     fn to_value(&self) -> Result<Value<'_>, ValueError> {
///         Ok(Value::Integer(self.0))
///     }
/// }
///
/// assert_eq!(Some(Cents(5)).to_value().unwrap(), Value::Integer(5));
/// ```
pub trait ToValue {
    /// The value.
    ///
    /// # Errors
    /// When no database could store it.
    fn to_value(&self) -> Result<Value<'_>, ValueError>;
}

/// A type that columns can be read as.
pub trait FromValue: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// When the value does not have the type.
    fn from_value(value: Value<'_>) -> Result<Self, ValueError>;
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        match self {
            Some(value) => value.to_value(),
            None => Ok(Value::Null),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl ToValue for $integer {
            fn to_value(&self) -> Result<Value<'_>, ValueError> {
                let number = i64::try_from(*self);
                number
                    .map(Value::Integer)
                    .map_err(|_| ValueError::OutOfRange(*self as i128))
            }
        }

        impl FromValue for $integer {
            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                match value {
                    Value::Integer(number) => Self::try_from(number)
                        .map_err(|_| ValueError::OutOfRange(number.into())),
                    _ => Err(ValueError::Kind),
                }
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

impl ToValue for bool {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        Ok(Value::Integer(i64::from(*self)))
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl ToValue for f64 {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        Ok(Value::Real(*self))
    }
}

impl ToValue for f32 {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        Ok(Value::Real((*self).into()))
    }
}

impl FromValue for f64 {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            // The nearest number, as databases convert it.
            Value::Integer(number) => Ok(number as f64),
            Value::Real(number) => Ok(number),
            _ => Err(ValueError::Kind),
        }
    }
}

impl FromValue for f32 {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        f64::from_value(value).map(|number| number as f32)
    }
}

impl ToValue for str {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        Ok(Value::Text(self.into()))
    }
}

impl ToValue for String {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        self.as_str().to_value()
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            _ => Err(ValueError::Kind),
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        Ok(Value::Blob(self.into()))
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        self.as_slice().to_value()
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Blob(bytes) => Ok(bytes.into_owned()),
            _ => Err(ValueError::Kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_within_their_limits() {
        assert_eq!(u8::from_value(Value::Integer(255)).unwrap(), 255);
        let beyond = u8::from_value(Value::Integer(256)).unwrap_err();
        assert_eq!(beyond.to_string(), "256 is out of range");
        let beyond = u64::MAX.to_value().unwrap_err();
        assert_eq!(beyond.to_string(), "18446744073709551615 is out of range");
        assert!(matches!(
            i64::from_value(Value::Real(1.0)),
            Err(ValueError::Kind)
        ));
    }

    #[test]
    fn null_is_read_as_none_only() {
        assert_eq!(Option::<String>::from_value(Value::Null).unwrap(), None);
        assert!(String::from_value(Value::Null).is_err());
        assert_eq!(None::<i64>.to_value().unwrap(), Value::Null);
    }

    #[test]
    fn real_numbers_are_read_from_integers_too() {
        assert_eq!(f64::from_value(Value::Integer(3)).unwrap(), 3.0);
        assert_eq!(f32::from_value(Value::Real(0.1)).unwrap(), 0.1);
        assert!(f64::from_value(Value::Text("1".into())).is_err());
    }
}

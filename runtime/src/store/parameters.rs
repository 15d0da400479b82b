//! The parameters of a statement.

use super::ToValue;

/// Values for the parameters of a statement, in their order: `[id]`, `(after, limit)`, or [`values`] of several types.
pub trait Parameters {
    /// Passes them to `run`.
    #[doc(hidden)]
    fn with<R>(&self, run: impl FnOnce(&[&dyn ToValue]) -> R) -> R;
}

/// Parameters of several types, more than a tuple has.
///
/// ```
/// # use rowcast_runtime::{Error, store::{Transaction, values}};
/// # fn add(tx: &Transaction<'_>, name: &str, age: Option<u8>) -> Result<(), Error> {
/// tx.execute("INSERT INTO coaches (name, age) VALUES (?1, ?2)", values(&[&name, &age]))?;
/// # Ok(())
/// # }
/// ```
pub fn values<'v>(values: &'v [&'v dyn ToValue]) -> &'v [&'v dyn ToValue] {
    values
}

impl Parameters for [&dyn ToValue] {
    fn with<R>(&self, run: impl FnOnce(&[&dyn ToValue]) -> R) -> R {
        run(self)
    }
}

/// No parameters: `[]`.
impl Parameters for [&dyn ToValue; 0] {
    fn with<R>(&self, run: impl FnOnce(&[&dyn ToValue]) -> R) -> R {
        run(self)
    }
}

impl<P: Parameters + ?Sized> Parameters for &P {
    fn with<R>(&self, run: impl FnOnce(&[&dyn ToValue]) -> R) -> R {
        (**self).with(run)
    }
}

macro_rules! arrays {
    ($($length:literal)*) => {$(
        impl<V: ToValue> Parameters for [V; $length] {
            fn with<R>(&self, run: impl FnOnce(&[&dyn ToValue]) -> R) -> R {
                run(&self.each_ref().map(|value| value as &dyn ToValue))
            }
        }
    )*};
}

arrays!(1 2 3 4 5 6 7 8);

macro_rules! tuples {
    ($(($($value:ident $place:tt)*))*) => {$(
        impl<$($value: ToValue),*> Parameters for ($($value,)*) {
            fn with<R>(&self, run: impl FnOnce(&[&dyn ToValue]) -> R) -> R {
                run(&[$(&self.$place),*])
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
}

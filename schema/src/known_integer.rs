//! What the type of an integer tells where only its name can be seen: limits, which no text of digits has.

use std::any::type_name;

use crate::limits::{Whole, WholeLimits};

/// An integer of a primitive type, or one of those of `std::num` that can't be 0.
pub(crate) struct KnownInteger {
    pub(crate) limits: WholeLimits,
    /// Whether 0 is between the limits and no value all the same.
    pub(crate) lacks_zero: bool,
}

impl KnownInteger {
    pub(crate) fn of<T: ?Sized>() -> Option<Self> {
        let name = type_name::<T>();
        let primitive = name
            .strip_prefix("core::num::nonzero::NonZero<")
            .and_then(|name| name.strip_suffix('>'));
        let limits = WholeLimits::of_primitive(primitive.unwrap_or(name))?;
        let is_unsigned = limits.min == Some(Whole::Natural(0));
        let from = |min: Whole| WholeLimits {
            min: Some(min),
            ..limits
        };
        Some(Self {
            limits: match primitive {
                Some(_) if is_unsigned => from(Whole::Natural(1)),
                _ => limits,
            },
            lacks_zero: primitive.is_some() && !is_unsigned,
        })
    }
}

//! Lets derived code see what a macro can't: whether a type is an `Option` under another name.

use std::marker::PhantomData;

/// Asks about a type: `Written::<T>::IS_OPTION`, with [`Plain`] in scope.
#[derive(Debug)]
pub struct Written<T>(PhantomData<T>);

/// The answer for all types that have no answer of their own.
pub trait Plain {
    /// Whether the type is an `Option`.
    const IS_OPTION: bool = false;
}

impl<T> Plain for Written<T> {}

impl<T> Written<Option<T>> {
    /// Whether the type is an `Option`.
    pub const IS_OPTION: bool = true;
}

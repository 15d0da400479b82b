//! A place in a type that is in doubt, and values that show what holds there.

use serde_json::{Map, Value};

/// What is suspected of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// Keys that are whole numbers (or truth values) can't be read there.
    Keys,
    /// Integers of 128 bits can't be read there.
    WideInteger,
    /// An object can't be read.
    Whole,
    /// A choice that has nothing but its tag can't be read.
    OnlyTag,
    /// An enum's texts may have been declared in another order.
    Order,
    /// The keys of a map may be of a type that its JSON Schema does not tell.
    KeyForm,
    /// The digits may be of an integer whose limits its JSON Schema does not tell.
    Digits,
    /// The length of the text may be that in bytes, or in characters of one kind or another.
    Length,
    /// The server may not check the rules that clients do.
    Rules,
}

/// Values to try.
#[derive(Debug, Clone)]
pub(super) struct Trial<'a> {
    pub(super) suspicion: Suspicion,
    /// The named type that the place belongs to.
    pub(super) type_name: String,
    /// The part of the JSON Schema that it is about, of those that teach something of it.
    pub(super) node: Option<&'a Map<String, Value>>,
    /// Where the place is in the field, as in the paths of errors: `.stops[0].time`; empty for the field itself.
    pub(super) path: String,
    /// The keys of the place's own type, of an object.
    pub(super) keys: Vec<String>,
    /// What stands at the place; of those that teach something, a whole value that can't be read.
    pub(super) own: Value,
    /// The value without what is suspected; it must be accepted, or nothing is proven.
    pub(super) base: Value,
    /// Values with it, each with the key that stands for it.
    pub(super) tried: Vec<(String, Value)>,
    /// The value with something else at the place: if that is accepted, what stands there is dropped.
    pub(super) wrong: Option<Value>,
}

impl Trial<'_> {
    /// The trial as part of a value, in which it stands at `place`.
    pub(super) fn at(mut self, place: &str, wrap: &dyn Fn(Value) -> Value) -> Self {
        self.path.insert_str(0, place);
        self.wrapped(wrap)
    }

    pub(super) fn wrapped(mut self, wrap: &dyn Fn(Value) -> Value) -> Self {
        self.base = wrap(self.base);
        if self.node.is_some() {
            self.own = wrap(self.own);
        }
        self.wrong = self.wrong.map(wrap);
        for (_, value) in &mut self.tried {
            *value = wrap(value.take());
        }
        self
    }
}

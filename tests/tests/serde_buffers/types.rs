//! Where serde keeps what it reads in a buffer of its own, and what can stand there.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

macro_rules! enums {
    ($([$(#[$attribute:meta])*] $name:ident<$T:ident> $body:tt)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        $(#[$attribute])*
        pub enum $name<$T> $body
    )*};
}

enums! {
    [#[serde(tag = "t")]] Inside<T> { A { v: T }, B { b: bool } }
    [#[serde(tag = "t")]] InsideNew<T> { A(Wrap<T>), B { b: bool } }
    [#[serde(tag = "t")]] InsideBare<T> { A(T), B { b: bool } }
    [#[serde(tag = "t", content = "c")]] Beside<T> { A(T), B { b: bool } }
    [#[serde(untagged)]] Untagged<T> { A { v: T }, B { b: bool } }
    [#[serde(untagged)]] UntaggedBare<T> { A(T), B { b: bool } }
    [] Outside<T> { A(T), B { b: bool } }
    [] Mixed<T> { A(T), B { b: bool }, #[serde(untagged)] C { v: T } }
}

macro_rules! structs {
    ($([$(#[$attribute:meta])*] $name:ident<$T:ident> $body:tt)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        $(#[$attribute])*
        pub struct $name<$T> $body
    )*};
}

structs! {
    [] Wrap<T> { pub v: T }
    [] Flat<T> { pub o: bool, #[serde(flatten)] pub f: Wrap<T> }
    [] FlatOption<T> { pub o: bool, #[serde(flatten)] pub f: Option<Wrap<T>> }
    [] FlatMap<T> { pub o: bool, #[serde(flatten)] pub f: BTreeMap<String, T> }
    [] FlatBare<T> { pub o: bool, #[serde(flatten)] pub f: T }
    [] BesideFlat<T> { pub v: T, #[serde(flatten)] pub f: BTreeMap<String, bool> }
    [#[serde(tag = "t")]] Tagged<T> { pub v: T }
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Unit {
    One,
    Two,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Number(pub i32);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nothing;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Outer {
    Unit,
    One(i32),
    Two(i32, String),
    Named { x: i32 },
}

/// Has the tag of those around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t")]
pub enum Kind {
    A { v: i32 },
    B,
}

/// Has the key that is the tag of those around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    pub t: bool,
}

/// Has a key of the structs around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Same {
    pub o: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exact {
    #[serde(with = "Digits")]
    pub d: u64,
    #[serde(default, with = "OptionalDigits")]
    pub e: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedMap {
    pub a: bool,
    #[serde(flatten)]
    pub rest: BTreeMap<String, i32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedFlat {
    pub a: bool,
    #[serde(flatten)]
    pub rest: Wrap<i32>,
}

//! Declares what an application has and says on the wire.
//!
//! A schema is made of structs with derive macros and one function that registers them:
//!
//! ```
//! use rowcast_schema::prelude::*;
//!
//! /// Something to do.
//! #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
//! pub struct Todo {
//!     #[resource(id)]
//!     pub id: i64,
//!     #[garde(length(chars, min = 1, max = 80))]
//!     pub title: String,
//!     pub done: bool,
//! }
//!
//! pub fn schema() -> Description {
//!     Schema::new("Todos").resource::<Todo>().describe()
//! }
//!
//! let contract = rowcast_schema::resolve(&schema()).unwrap();
//! assert_eq!(contract.resources()[0].plural(), "todos");
//! ```
//!
//! `derive(Resource)` adds the inputs `NewTodo` and `TodoPatch` beside `Todo`. [`resolve`] turns a
//! [`Description`] into a [`Contract`], which settles every name, type and event, or says
//! everything that is wrong with it. This crate does no I/O; `rowcast-codegen` writes files from the contract.

mod bytes;
pub mod contract;
mod declare;
pub mod description;
mod field_code;
mod field_error;
mod formats;
pub mod input;
mod integers;
mod known_integer;
mod limits;
mod probe;
mod references;
mod resolve;
pub mod rule;
mod wire;
mod written;

pub use bytes::Bytes;
pub use contract::Contract;
pub use declare::{Command, Event, FieldOf, Id, Resource, Schema, Shown};
pub use description::{Description, EventStyle};
pub use field_code::{ExpectedType, FieldCode};
pub use field_error::{FieldError, FieldErrors, NO_FIELD};
pub use input::{Input, Reading};
pub use integers::{
    BigInt, Digits, FromDigits, OptionalBigInt, OptionalDigits, SafeInteger, ToDigits,
};
pub use resolve::{Finding, Findings, resolve};
pub use rowcast_macros::{Command, Event, Resource, View};
pub use wire::{Ack, Changes, ErrorCode, Page, PageQuery, Position, Ref};

/// What a file with declarations imports.
pub mod prelude {
    pub use crate::{
        BigInt, Bytes, Command, Description, Digits, Event, EventStyle, OptionalBigInt,
        OptionalDigits, Ref, Resource, SafeInteger, Schema, View,
    };
    /// The rules of types that are fields of others, which say `#[garde(dive)]`.
    pub use garde::Validate;
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
}

/// What code emitted by the derive macros calls. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use garde;
    pub use schemars;
    pub use serde;
    pub use serde_json;

    pub use crate::rule::{limit, literal};
    pub use crate::written::{Plain, Written, digit_limits, spelled};
}

//! The derive macros of Rowcast. Documented where they are used: `rowcast-schema` re-exports them.

mod attributes;
mod command;
mod docs;
mod errors;
mod event;
mod inputs;
mod resource;
mod rules;
mod serde_attributes;
mod types;
mod view;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Declares a resource: a kind of row that clients create, read, update, delete and watch.
#[proc_macro_derive(Resource, attributes(resource, garde))]
pub fn resource(input: TokenStream) -> TokenStream {
    resource::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// Declares a view: some fields of a resource, to be shown where another resource refers to it.
#[proc_macro_derive(View, attributes(view))]
pub fn view(input: TokenStream) -> TokenStream {
    view::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// Declares a command: a call that is not CRUD.
#[proc_macro_derive(Command, attributes(command, garde))]
pub fn command(input: TokenStream) -> TokenStream {
    command::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// Declares an event: something that the server tells and that is not CRUD.
#[proc_macro_derive(Event, attributes(event))]
pub fn event(input: TokenStream) -> TokenStream {
    event::expand(&parse_macro_input!(input as DeriveInput)).into()
}

//! The derive macros of Rowcast.
use proc_macro::TokenStream;
/// Declares a resource.
#[proc_macro_derive(Resource, attributes(resource, garde))]
pub fn resource(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Declares a view.
#[proc_macro_derive(View, attributes(view))]
pub fn view(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Declares a command.
#[proc_macro_derive(Command, attributes(command, garde))]
pub fn command(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Declares an event.
#[proc_macro_derive(Event, attributes(event))]
pub fn event(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

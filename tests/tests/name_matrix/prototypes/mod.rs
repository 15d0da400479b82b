//! A schema for each place where a name can stand. `Zebra` is the name, `Quagga` all else, `gnu` the number of the case; what
//! stands between `// {` and `// }` is repeated for each name.

pub mod application;
pub mod base;
pub mod call_name;
pub mod command;
pub mod command_field;
pub mod event;
pub mod event_name;
pub mod field;
pub mod list;
pub mod plural;
pub mod relation;
pub mod renamed_type;
pub mod resource;
pub mod through;
pub mod types;
pub mod variant;
pub mod view;
pub mod wire_name;

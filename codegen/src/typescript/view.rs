//! What the TypeScript templates print: one struct a template, everything settled.

use askama::Template;

use crate::filters;

#[derive(Template)]
#[template(path = "typescript/resource.ts.jinja")]
pub(super) struct ResourceFile<'a> {
    pub imports: Vec<String>,
    pub declarations: Vec<Declaration<'a>>,
    pub path_types: Vec<PathsType>,
    pub ack: String,
    pub interface: String,
    pub open_signature: String,
    pub open_list: String,
    pub one: String,
    pub many: String,
    pub verbs: Vec<Verb>,
}

#[derive(Template)]
#[template(path = "typescript/types.ts.jinja")]
pub(super) struct TypesFile<'a> {
    pub imports: Vec<String>,
    pub declarations: Vec<Declaration<'a>>,
}

#[derive(Template)]
#[template(path = "typescript/commands.ts.jinja")]
pub(super) struct CommandsFile<'a> {
    pub imports: Vec<String>,
    pub declarations: Vec<Declaration<'a>>,
    pub path_types: Vec<PathsType>,
    pub acks: Vec<CommandAck<'a>>,
}

#[derive(Template)]
#[template(path = "typescript/events.ts.jinja")]
pub(super) struct EventsFile<'a> {
    pub imports: Vec<String>,
    pub lists: Vec<List<'a>>,
    pub told: Vec<EventEntry>,
    pub called: Vec<EventEntry>,
    /// What the whole of the server's events is, for plain sockets.
    pub told_on_wire: &'static str,
    pub sync: &'static str,
}

#[derive(Template)]
#[template(path = "typescript/client.ts.jinja")]
pub(super) struct ClientFile {
    pub has_codecs: bool,
    pub imports: Vec<String>,
    pub title: String,
    pub client: String,
    pub resources: Vec<ResourceMember>,
    pub commands: Vec<CommandMember>,
    pub example: Option<String>,
}

/// What others export, under one roof: `index.ts`, and `zod.ts`.
#[derive(Template)]
#[template(path = "typescript/index.ts.jinja")]
pub(super) struct IndexFile {
    pub exports: Vec<String>,
}

#[derive(Template)]
#[template(path = "typescript/zod.ts.jinja")]
pub(super) struct SchemasFile {
    pub uses_zod: bool,
    pub imports: Vec<String>,
    pub constants: Vec<SchemaConstant>,
}

#[derive(Template)]
#[template(path = "typescript/react.ts.jinja")]
pub(super) struct ReactFile {
    pub imports: Vec<String>,
    pub title: String,
    pub client: String,
    pub context: String,
    pub provider: String,
    pub provider_head: String,
    pub use_client: String,
    /// The type of what is known of who is signed in.
    pub session: String,
    pub command: Option<CommandHook>,
    /// Those of the lists.
    pub hooks: Vec<Hook>,
}

/// The hook for commands: the type of their names.
pub(super) struct CommandHook {
    pub name: String,
    /// The type; begins with the blank or line break after `=`.
    pub names: String,
}

/// A hook of a list.
pub(super) struct Hook {
    pub doc: String,
    /// The whole declaration but for the semicolon.
    pub text: String,
}

#[derive(Template)]
#[template(path = "typescript/codecs.ts.jinja")]
pub(super) struct CodecsFile {
    pub constants: Vec<CodecConstant>,
    pub tables: Vec<String>,
}

/// What decodes a named type: the whole declaration but for the semicolon.
pub(super) struct CodecConstant {
    pub text: String,
}

#[derive(Template)]
#[template(path = "typescript/contract.ts.jinja")]
pub(super) struct ContractFile {
    pub fingerprint: String,
    pub runtime: String,
}

#[derive(Template)]
#[template(path = "typescript/tanstack.ts.jinja")]
pub(super) struct TanstackFile;

/// A validation schema.
pub(super) struct SchemaConstant {
    pub name: String,
    pub doc: String,
    /// The whole declaration but for the semicolon.
    pub text: String,
}

/// A named type.
pub(super) struct Declaration<'a> {
    pub name: &'a str,
    pub doc: String,
    pub body: Body,
}

pub(super) enum Body {
    Interface(Vec<PropertyLine>),
    /// The text begins with the blank or line break after `=`.
    Alias(String),
}

pub(super) struct PropertyLine {
    pub doc: String,
    pub key: String,
    pub optional: bool,
    /// The type; begins with the blank or line break after `:`.
    pub text: String,
}

/// A method of a resource's client.
pub(super) struct Verb {
    pub doc: String,
    pub signature: String,
}

/// The type that has the paths of an input.
pub(super) struct PathsType {
    pub doc: String,
    /// The whole declaration but for the semicolon.
    pub text: String,
}

pub(super) struct CommandAck<'a> {
    pub event: &'a str,
    pub text: String,
}

pub(super) struct List<'a> {
    pub on_request: bool,
    pub key: String,
    pub row: &'a str,
    pub many: String,
    pub whole: String,
    pub changes: String,
}

pub(super) struct EventEntry {
    pub doc: String,
    pub text: String,
}

pub(super) struct ResourceMember {
    pub doc: String,
    pub member: String,
    pub client: String,
    pub entry: String,
}

pub(super) struct CommandMember {
    pub doc: String,
    pub signature: String,
    pub entry: String,
}

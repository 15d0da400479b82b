//! Names that mean something to one language, the other, the database, or emitted code.

/// Kinds of names; a place of a schema is tried with some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Keywords of Rust and TypeScript.
    Keywords,
    /// Types and globals of both languages and of what emitted code imports.
    Globals,
    /// Members, functions and variables of both languages, of our runtimes and of emitted code, and words of SQL.
    Members,
    /// Names that differ in case or in underscores only, are beyond ASCII, are derived from others in the schema, or can't be
    /// files of some systems.
    Variants,
    /// Texts that are no identifiers.
    Texts,
}

const KEYWORDS: &str = "
    abstract any as async await become box break case catch class const constructor continue crate debugger declare default
    delete do dyn else enum eval export extends extern false final finally fn for from function gen get if impl implements
    import in infer instanceof interface is keyof let loop macro match mod module move mut namespace never new null number
    object of override package priv private protected pub public raw readonly ref require return safe satisfies self Self set
    static string struct super switch symbol this throw trait true try type typeof undefined union unique unknown unsafe
    unsized use using var virtual void where while with yield
";

const GLOBALS: &str = "
    Array ArrayBuffer Arc Awaited BigInt Boolean Box Clone Copy Date Debug Default Drop Err Error Exclude Extract Fn Future
    Function Infinity Intl Iterator JSON JsonSchema Map Math NaN None NonNullable Number Object Ok Omit Option Ord Output
    Parameters Partial Path Pick Promise Proxy Readonly ReadonlyArray ReadonlyMap Record Ref Reflect RegExp Required Result
    ReturnType Send Serialize Set Sized Some String Symbol Sync Uint8Array Vec WeakMap Window
    Access Action Adapter App BroadcastError BroadcastOperators Call Caller Client Command Commands Contract Database Event
    Events FieldRule Hooks IdOnly NoHooks React ReactNode Read Resource RowId Router Row Schema Scopes Select Server Session_
    SocketIo Error Tables Transaction View Zod
";

const MEMBERS: &str = "
    arguments document exports globalThis hasOwnProperty io length name prototype process std core
    alloc then toJSON valueOf window z react zod hooks codec rowcast validation
    after answers app at before by_ids call caller changed check_exists check_new check_patch children client commands connect
    connection contract count current delete_once deleted dropped emit event events execute exists fields found gone ids
    id_of identity index input insert items key keys kind limit list live live_list map map_row on open operator options page
    payload place position put_rows query reader reading references refresh remove require_reference reset row row_route rows
    route routes scope scope_of select server session shown_rows snapshot state status store subscribe sync table tables title
    transaction tx update updated url value values within write write_route
    ABORT group main oid order primary rowid sqlite_master temp json_each
    clone cmp drop eq fmt hash into try_from
";

const VARIANTS: &str = "
    Größe größe straße 名前 имя naïve élan ĳ ǅ ſ
    A a fooBar foobar FooBar FOOBAR foo_bar Foo_Bar foo1 foo_1 Foo1 Foo_1 foo_ _foo HTTPServer HttpServer
    book books Books BOOK BOOKS booK NewBook new_book Booklist BookList BookAck BookId BookPatch BookTitleInput BookRef
    LibraryClient LibraryProvider LibraryCommand CreateBook CreateBooks UpdateBook book_topics BookTopics SignInAck sign_in
    NewBookResult ListBooksResult UseBook UseBooks OpenBooks
    con CON nul aux com1 LPT1 Input OtherInput
";

const TEXTS: [&str; 14] = [
    "two words",
    "kebab-case",
    "1st",
    "a.b",
    "a:b",
    "a/b",
    "../up",
    "it's",
    "\"quoted\"",
    "back\\slash",
    "new\nline",
    "${x}`",
    "__proto__",
    "*/ // end",
];

/// The names of a kind, in the order in which they are tried.
pub fn names(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Keywords => KEYWORDS.split_whitespace().collect(),
        Kind::Globals => GLOBALS.split_whitespace().collect(),
        Kind::Members => MEMBERS.split_whitespace().collect(),
        Kind::Variants => VARIANTS.split_whitespace().collect(),
        Kind::Texts => TEXTS.to_vec(),
    }
}

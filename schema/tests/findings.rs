//! Every rule that `resolve` has: a schema that breaks it, and what its author is told.
//!
//! Long, since it is a table of cases.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    reason = "a test: it fails by panicking, and nobody imports it"
)]

use rowcast_schema::description::{
    Allowed, KeyDescription, RelationKind, Stamp, Unread, UnreadDescription, UnreadKind, Verb,
    VerbDescription,
};
use rowcast_schema::prelude::*;
use rowcast_schema::{Shown as _, resolve};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Author {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    #[serde(skip)]
    #[resource(hidden)]
    pub secret: Option<String>,
    #[resource(has_many = Book)]
    pub books: Vec<BookTitle>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Author)]
pub struct AuthorName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Book {
    #[resource(id)]
    pub id: i64,
    pub title: String,
    #[resource(belongs_to = Author)]
    pub author: AuthorName,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Book)]
pub struct BookTitle {
    pub id: i64,
    pub title: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
pub struct Login {
    pub name: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
pub struct Notice {
    pub text: String,
}

const KEY_FIELDS: &str = "choose from: `title`, `author`";

fn style(schema: &mut Description, pattern: &str) {
    schema.event_style = EventStyle::pattern(pattern);
    schema.event_style_at = Some(schema.resources[BOOK].declared_at.clone());
}

fn key(fields: &[&str]) -> KeyDescription {
    KeyDescription {
        unique: true,
        fields: fields.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn schema() -> Description {
    Schema::new("Library")
        .resource::<Author>()
        .resource::<Book>()
        .command::<Login>()
        .event::<Notice>()
        .describe()
}

/// A rule: its code, how to break it, and the message and help that this gives.
type Rule = (
    &'static str,
    fn(&mut Description),
    &'static str,
    &'static str,
);

const AUTHOR: usize = 0;
const BOOK: usize = 1;

fn event_of(schema: &mut Description, resource: usize, event: &str) {
    let create = VerbDescription {
        verb: Verb::Create,
        event: Some(event.into()),
        aliases: vec![],
    };
    schema.resources[resource].verbs = Some(vec![create]);
}

fn unread(schema: &mut Description, kind: UnreadKind) {
    schema.unread.push(UnreadDescription {
        declared_at: schema.commands[0].declared_at.clone(),
        unread: Unread {
            of: "Login".into(),
            field: "name".into(),
            type_name: "Step".into(),
            kind,
        },
    });
}

fn author_shown(schema: &mut Description) -> &mut rowcast_schema::description::RelationDescription {
    schema.resources[BOOK].fields[2].relation.as_mut().unwrap()
}

const RULES: &[Rule] = &[
    (
        "unread-keys",
        |schema| unread(schema, UnreadKind::Keys),
        "`Step`, in `Login.name`, has a map whose keys are numbers or truth values, and serde reads only text as keys there",
        "use text as keys (`BTreeMap<String, …>`), or keep the value out of enums that are untagged, tagged inside (`tag` without `content`) or beside, and out of structs with a `#[serde(flatten)]`",
    ),
    (
        "unread-integer",
        |schema| unread(schema, UnreadKind::WideInteger),
        "`Step`, in `Login.name`, has an integer of 128 bits, which serde can't read there",
        "let it travel as text by `#[serde(with = \"Digits\")]`, or keep the value out of enums that are untagged, tagged inside (`tag` without `content`) or beside, and out of structs with a `#[serde(flatten)]`",
    ),
    (
        "key-twice",
        |schema| unread(schema, UnreadKind::KeyTwice("kind".into())),
        "`Step`, in `Login.name`, has the key `kind` twice in one object, and serde reads it only once",
        "rename the field, or the `tag` of the enum around it",
    ),
    (
        "required-option",
        |schema| unread(schema, UnreadKind::Required("note".into())),
        "`Step`, in `Login.name`, may lack `note` by its type, but serde requires it",
        "say `#[serde(default)]` beside its `with` or `deserialize_with`",
    ),
    (
        "tag-without-object",
        |schema| unread(schema, UnreadKind::OnlyTag),
        "`Step`, in `Login.name`, has a choice that is tagged inside but holds no struct or map; serde can't write it",
        "say `content = \"…\"` beside `tag`, or give the choice a named field",
    ),
    (
        "tag-without-object",
        |schema| {
            let tag = serde_json::json!({ "kind": { "const": "Text" } });
            let tagged =
                serde_json::json!({ "type": "object", "properties": tag, "format": "date" });
            schema.output["Notice"] = serde_json::json!({ "oneOf": [tagged] });
        },
        "`Notice` puts a value that is no object into an object, by `tag` or `flatten`; serde can't write it",
        "say `content = \"…\"` beside `tag`, give the choice a named field, or don't flatten the field",
    ),
    (
        "closed-choice",
        |schema| schema.output["Notice"]["unevaluatedProperties"] = false.into(),
        "`Notice` has a flattened enum and denies unknown fields: serde denies the keys of most enums too",
        "remove `#[serde(deny_unknown_fields)]`, or keep the enum as one field",
    ),
    (
        "duplicate-resource",
        |schema| schema.resources.push(schema.resources[BOOK].clone()),
        "two resources are named `Book`",
        "register each resource once, and rename one if they differ",
    ),
    (
        "duplicate-plural",
        |schema| schema.resources[BOOK].plural = Some("authors".into()),
        "`Author` has the plural `authors` and `Book` has `authors`, which are one name in generated code",
        "give `Book` another one by `#[resource(plural = \"…\")]`",
    ),
    (
        "reserved-type",
        |schema| {
            let book = schema.output["Book"].clone();
            schema.output.insert("enum".into(), book);
            schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/enum" });
        },
        "a type can't be named `enum`, which is a word of TypeScript",
        "rename it, or only its name on the wire by `#[schemars(rename = \"…\")]`",
    ),
    (
        "plural-reserved",
        |schema| schema.resources[BOOK].plural = Some("aux".into()),
        "`Book` can't have the plural `aux`: Windows has no files of that name",
        "choose another one by `#[resource(plural = \"…\")]`",
    ),
    (
        "application-name",
        |schema| schema.name = "1st".into(),
        "`1st` can't be the name of the application: the client's type would be `1stClient`",
        "let the name in `Schema::new(\"…\")` begin with a letter",
    ),
    (
        "same-name",
        |schema| schema.resources[BOOK].fields[1].name = "Author_".into(),
        "`Book.Author_` and `Book.author` would share the constant `BY_AUTHOR` in generated code",
        "rename `Book.author`, so that the names differ in more than case and underscores",
    ),
    (
        "plural-form",
        |schema| schema.resources[BOOK].plural = Some("Books".into()),
        "the plural `Books` of `Book` is not in snake case",
        "write it as `books`",
    ),
    (
        "plural-reserved",
        |schema| schema.resources[BOOK].plural = Some("events".into()),
        "`Book` can't have the plural `events`: generated code uses that name otherwise",
        "choose another one by `#[resource(plural = \"…\")]`",
    ),
    (
        "reserved-type",
        |schema| {
            let book = schema.output["Book"].clone();
            schema.output.insert("Page".into(), book);
            schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/Page" });
        },
        "a type can't be named `Page`: the generated client has one of its own",
        "rename it, or only its name on the wire by `#[schemars(rename = \"…\")]`: `LibraryPage`",
    ),
    (
        "endless-type",
        |schema| {
            let inner =
                serde_json::json!({ "anyOf": [{ "$ref": "#/$defs/Next" }, { "type": "null" }] });
            schema.output.insert("Next".into(), inner);
            schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/Next" });
        },
        "`Next` is made of nothing but itself",
        "give it a field: a struct with a named field for the inner value",
    ),
    (
        "duplicate-type",
        |schema| {
            let title = schema.output["BookTitle"].clone();
            schema.output.insert("BookTitle2".into(), title);
            schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/BookTitle2" });
        },
        "two types are named `BookTitle`, of which one would be `BookTitle2`",
        "rename one of them, or only its name on the wire by `#[schemars(rename = \"…\")]`; a generic type gets a name for each of its uses by those of its parameters: `#[schemars(rename = \"Boxed_{T}\")]`",
    ),
    (
        "reserved-event",
        |schema| event_of(schema, BOOK, "disconnect"),
        "`Book` has the event `disconnect`, which Socket.IO keeps for itself",
        "give `Book` another event name",
    ),
    (
        "reserved-event",
        |schema| schema.commands[0].event = Some("refresh".into()),
        "`Login` has the event `refresh`, which every generated server has already",
        "give `Login` another event name",
    ),
    (
        "duplicate-event",
        |schema| event_of(schema, BOOK, "login"),
        "the event `login` that a client sends belongs to `Book` and to `Login`",
        "give `Login` another event name",
    ),
    (
        "duplicate-event",
        |schema| schema.events[0].event = Some("books".into()),
        "the event `books` that a server sends belongs to `Book` and to `Notice`",
        "give `Notice` another event name",
    ),
    (
        "client-member",
        |schema| schema.commands[0].name = "Books".into(),
        "`Books` and `Book` would both be `books` in the generated client",
        "rename `Books`, or choose another plural if it is a resource",
    ),
    (
        "data-key",
        |schema| schema.commands[0].data_key = "code".into(),
        "the ack of `Login` can't keep its data under `code`, which every ack has",
        "choose another key by `#[command(data = \"…\")]`",
    ),
    (
        "timestamp-type",
        |schema| schema.resources[BOOK].fields[1].stamp = Some(Stamp::Updated),
        "the server can't set `Book.title` to the time",
        "make it a plain `chrono::DateTime<Utc>`, without `Option` and without a serde form of its own",
    ),
    (
        "event-pattern",
        |schema| style(schema, "{resource}.{verb}.{version}"),
        "the pattern `{resource}.{verb}.{version}` has `{version}`, which stands for nothing",
        "write `{resource}`, `{resources}` or `{verb}`",
    ),
    (
        "event-pattern",
        |schema| style(schema, "{resource}.{verb}}"),
        "the pattern `{resource}.{verb}}` has a brace without its other half",
        "write `{resource}`, `{resources}` or `{verb}`",
    ),
    (
        "key-field",
        |schema| schema.resources[BOOK].keys = vec![key(&["title", "pages"])],
        "`unique(title, pages)` of `Book` names `pages`, which is no field",
        KEY_FIELDS,
    ),
    (
        "key-field",
        |schema| schema.resources[BOOK].keys = vec![key(&["title", "id"])],
        "`unique(title, id)` of `Book` names `id`, which no column of its own keeps",
        KEY_FIELDS,
    ),
    (
        "key-field",
        |schema| schema.resources[BOOK].keys = vec![key(&["title"])],
        "`unique(title)` of `Book` is no key of several fields",
        "name two or more, or mark the field itself by `#[resource(unique)]` or `#[resource(index)]`",
    ),
    (
        "id-type",
        |schema| schema.resources[BOOK].fields[0].rust_type = "String".into(),
        "the id `id` of `Book` is a `String`, which nobody makes",
        "let clients give it by `#[resource(id, by_client)]`, or make it a `Uuid` or an `i64`",
    ),
    (
        "id-type",
        |schema| schema.resources[BOOK].fields[0].by_client = true,
        "the id `id` of `Book` is an `i64` that clients give, but two of them would give the same",
        "remove `by_client`: the database counts it up; or make it a `Uuid` or a `String`",
    ),
    (
        "id-type",
        |schema| schema.resources[BOOK].fields[0].rust_type = "f64".into(),
        "the id `id` of `Book` is a `f64`",
        "make it an `i64` (the database counts it up), a `Uuid` (the server makes it), or a `String` with `by_client`",
    ),
    (
        "wide-integer",
        |schema| schema.resources[BOOK].fields[1].rust_type = "i64".into(),
        "`Book.title` is a `i64`, and JavaScript loses the digits of numbers beyond 2^53",
        "use `i32` or `u32`; or let it travel as text by `#[serde(with = \"Digits\")]` (`OptionalDigits` for an `Option`; `BigInt` and `OptionalBigInt` for a `bigint` in TypeScript); or say by `#[resource(number)]` that its values stay below 2^53",
    ),
    (
        "wide-integer",
        |schema| {
            let times = serde_json::json!({ "type": "array", "items": { "type": "integer", "format": "int64" } });
            schema.output["Notice"]["properties"]["text"] = times;
        },
        "`Notice.text` has an integer of 64 bits or more, and JavaScript loses the digits of numbers beyond 2^53",
        "let it travel as text by `#[serde(with = \"Digits\")]` (`OptionalDigits` for an `Option`; `BigInt` and `OptionalBigInt` for a `bigint` in TypeScript), or promise that its values stay within 2^53 by `#[schemars(with = \"SafeInteger\")]` (`Vec<SafeInteger>` for a list of them), or for all integers by `Schema::wide_integers_as_numbers()`",
    ),
    (
        "inherited-property",
        |schema| schema.resources[BOOK].fields[1].wire_name = "constructor".into(),
        "`Book` has the property `constructor`, which every object of JavaScript has already",
        "rename it, or only its name on the wire by `#[serde(rename = \"…\")]`",
    ),
    (
        "client-member",
        |schema| schema.commands[0].name = "ToString".into(),
        "`ToString` and the client itself would both be `toString` in the generated client",
        "rename `ToString`, or choose another plural if it is a resource",
    ),
    (
        "inherited-property",
        |schema| {
            let text = schema.output["Notice"]["properties"]["text"].clone();
            schema.output["Notice"]["properties"]["toString"] = text;
        },
        "`Notice` has the property `toString`, which every object of JavaScript has already",
        "rename it, or only its name on the wire by `#[serde(rename = \"…\")]`",
    ),
    (
        "ambiguous-bigint",
        |schema| {
            let choices = serde_json::json!({ "anyOf": [{ "type": "string", "format": "bigint" }, { "type": "string" }] });
            schema.output["Notice"]["properties"]["text"] = choices;
        },
        "`Notice` has choices of which one is a `bigint` where another one is text, and they travel alike",
        "tag the choices (`#[serde(tag = \"…\")]`), or let the integer stay text by `Digits`",
    ),
    (
        "ambiguous-bigint",
        |schema| {
            let object = |value| serde_json::json!({ "type": "object", "properties": { "a": value }, "required": ["a"] });
            let choices = [
                object(
                    serde_json::json!({ "type": "array", "items": { "type": "string", "format": "bigint" } }),
                ),
                object(serde_json::json!({ "type": "array", "items": { "type": "string" } })),
            ];
            schema.output["Notice"]["properties"]["text"] = serde_json::json!({ "anyOf": choices });
        },
        "`Notice` has choices of which one is a `bigint` where another one is text, and they travel alike",
        "tag the choices (`#[serde(tag = \"…\")]`), or let the integer stay text by `Digits`",
    ),
    (
        "column-type",
        |schema| {
            schema.resources[BOOK].fields[1].rust_type = "u64".into();
            schema.resources[BOOK].fields[1].number = true;
        },
        "`Book.title` is a `u64`, which no database column holds",
        "use `i64` or a smaller integer, or let it travel and be kept as text by `#[serde(with = \"Digits\")]`",
    ),
    (
        "unregistered-target",
        |schema| {
            author_shown(schema).target = "Person".into();
            author_shown(schema).shows.of = "Person".into();
            schema.resources[0].fields.pop();
        },
        "`Book.author` leads to `Person`, which is not registered",
        "add `.resource::<Person>()` to the schema",
    ),
    (
        "view-of-other",
        |schema| author_shown(schema).shows = Book::shown(),
        "`Book.author` leads to `Author`, but `Book` shows `Book`",
        "show it by `Author` or by a view with `#[view(of = Author)]`",
    ),
    (
        "way-back",
        |schema| {
            schema.resources[BOOK].fields.pop();
        },
        "`Author.books` has many `Book`, but no field there belongs to `Author`",
        "add a field with `#[resource(belongs_to = Author)]` to `Book`",
    ),
    (
        "way-back",
        |schema| {
            let mut translator = schema.resources[BOOK].fields[2].clone();
            translator.name = "translator".into();
            schema.resources[BOOK].fields.push(translator);
        },
        "`Author.books` has many `Book`, where `author` and `translator` lead back",
        "say which by `via = \"…\"`",
    ),
    (
        "way-back",
        |schema| {
            let field = schema.resources[0].fields.last_mut().unwrap();
            field.relation.as_mut().unwrap().via = Some("autor".into());
        },
        "`Author.books` has many `Book` via `autor`, but `Book.autor` does not belong to `Author`",
        "name the field there that has `belongs_to`",
    ),
    (
        "nested-relation",
        |schema| author_shown(schema).shows = Author::shown(),
        "`Book.author` shows a whole `Author`, whose `books` is a relation itself",
        "show it by a view of `Author` without `books`",
    ),
    (
        "view-without-id",
        |schema| drop(author_shown(schema).shows.fields.remove(0)),
        "the view `AuthorName` lacks the id of `Author`",
        "add the field `pub id: i64`: clients refer to the row by it",
    ),
    (
        "view-field",
        |schema| author_shown(schema).shows.fields[1].name = "nmae".into(),
        "`AuthorName.nmae` shows a field that `Author` lacks",
        "remove it, or choose one of: `id`, `name`",
    ),
    (
        "view-hidden",
        |schema| author_shown(schema).shows.fields[1].name = "secret".into(),
        "`AuthorName.secret` would show a hidden field of `Author`",
        "remove it: hidden fields never leave the server",
    ),
    (
        "view-type",
        |schema| author_shown(schema).shows.fields[1].optional = true,
        "`AuthorName.name` has another type than `Author.name`",
        "write `pub name: String`",
    ),
    (
        "view-name",
        |schema| author_shown(schema).shows.fields[1].wire_name = "fullName".into(),
        "`AuthorName.name` is `fullName` on the wire, but `name` in `Author`",
        "give both the same serde attributes",
    ),
    (
        "type-name",
        |schema| {
            let notice = schema.output["Notice"].clone();
            schema.output.insert("my-notice".into(), notice);
            schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/my-notice" });
        },
        "`my-notice` can't be the name of a type in the generated client",
        "choose a name of letters and digits by `#[schemars(rename = \"…\")]`",
    ),
    (
        "type-name",
        |schema| {
            let book = schema.output["Book"].clone();
            schema.output.insert("book".into(), book);
            schema.resources[BOOK].row = serde_json::json!({ "$ref": "#/$defs/book" });
        },
        "`Book` is renamed to `book` as a type",
        "remove `rename` from the struct: no name of a struct is on the wire",
    ),
    (
        "id-name",
        |schema| schema.resources[BOOK].fields[0].wire_name = "_id".into(),
        "`Book.id` is an id that is not named `id`",
        "name it `id`, in Rust and on the wire: clients refer to rows by it",
    ),
    (
        "duplicate-column",
        |schema| schema.resources[BOOK].fields[1].name = "author_id".into(),
        "`Book` would keep `author_id` and `author` both in the column `author_id`",
        "rename one of them; the column of a relation is its name with `_id`",
    ),
    (
        "duplicate-table",
        |schema| {
            author_shown(schema).kind = RelationKind::ManyToMany;
            author_shown(schema).through = Some("authors".into());
        },
        "`Book.author` keeps its pairs in the table `authors`, which is that of `Author`",
        "choose another one by `through = \"…\"`",
    ),
    (
        "reserved-table",
        |schema| schema.resources[BOOK].plural = Some("rowcast_books".into()),
        "`Book` would have the table `rowcast_books`, but the store and SQLite keep such names for themselves",
        "choose another `plural`; the events can keep their names",
    ),
    (
        "reserved-name",
        |schema| schema.resources[BOOK].name = "Transaction".into(),
        "`Transaction` is a name that the generated server needs itself",
        "rename the struct; its events, plural and fields can stay",
    ),
    (
        "reserved-name",
        |schema| {
            schema.resources[BOOK].fields[1].name = "ids".into();
            schema.resources[BOOK].fields[1].index = true;
        },
        "rows can't be looked up by `Book.ids`: `by_ids` looks them up by their ids",
        "rename the field; its name on the wire can stay by `#[serde(rename = \"ids\")]`",
    ),
    (
        "scope-missing",
        |schema| schema.resources[BOOK].scope = Some("author".into()),
        "`Author.books` shows rows of `Book`, which only those see who see their `Author`, but everybody sees each `Author`",
        "give `Author` a scope too: a `belongs_to = Author` and `#[resource(scope = …)]`, or `scope = id`, so that each is its own",
    ),
    (
        "scope-differs",
        |schema| {
            schema.resources[AUTHOR].scope = Some("id".into());
            schema.resources[BOOK].scope = Some("id".into());
        },
        "`Author.books` shows rows of `Book`, which only those see who see their `Book`, but each `Author` is seen by those who see its `Author`",
        "give both the same scope, or remove the relation",
    ),
    (
        "scope-refers",
        |schema| {
            schema.resources[AUTHOR].scope = Some("id".into());
            schema.resources[BOOK].scope = Some("author".into());
            let books = &mut schema.resources[AUTHOR].fields[3];
            books.relation.as_mut().unwrap().kind = RelationKind::ManyToMany;
        },
        "`Author.books` refers to rows whose scope is the `Author` itself, so there is none yet when it is added",
        "show them by a `has_many`, or refer to the `Author` from `Book`",
    ),
    (
        "event-shows",
        |schema| {
            schema.resources[AUTHOR].fields[1].access.read = Some(Allowed::SignedIn);
            schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/Author" });
        },
        "`Notice` is told to everybody, but shows `name`, which only whoever is signed in may see",
        "tell the id of the row, or a type without that field",
    ),
    (
        "row-flattened",
        |schema| {
            schema.resources[BOOK].fields[1].access.read = Some(Allowed::SignedIn);
            // As `flatten` makes it: the fields of the row beside others.
            let mut flat = schema.output["Book"].clone();
            flat["properties"]["stars"] = serde_json::json!({ "type": "boolean" });
            let list = serde_json::json!({ "type": "array", "items": flat });
            schema.output.insert("Shelf".into(), list);
            schema.commands[0].ack = serde_json::json!({ "$ref": "#/$defs/Shelf" });
        },
        "what `Login` sends has all fields of `Book` among its own, and `Book` has fields that only some may see",
        "keep the row in a field of its own, without `flatten`",
    ),
    (
        "field-access-recursive",
        |schema| {
            schema.resources[AUTHOR].fields[1].access.read = Some(Allowed::Role("boss".into()));
            let tree = serde_json::json!({ "type": "object", "required": ["of"], "properties": {
                "of": { "$ref": "#/$defs/Author" },
                "below": { "type": "array", "items": { "$ref": "#/$defs/Tree" } },
            } });
            schema.output.insert("Tree".into(), tree);
            schema.commands[0].ack = serde_json::json!({ "$ref": "#/$defs/Tree" });
        },
        "what `Login` sends has fields that only some may see, and `Tree` in it contains itself",
        "show rows without these fields there, by a view",
    ),
    (
        "impossible-rule",
        |schema| {
            let rule = rowcast_schema::rule::Rule::Range {
                min: Some(5.into()),
                max: Some(1.into()),
            };
            schema.resources[BOOK].fields[1].rules = vec![rule];
        },
        "`Book.title` has a `range` from 5 to 1, which no value has",
        "exchange `min` and `max`, or correct one of them",
    ),
    (
        "impossible-rule",
        |schema| {
            let length = rowcast_schema::rule::Rule::Length {
                unit: rowcast_schema::rule::LengthUnit::Characters,
                min: Some(3),
                max: Some(2),
            };
            schema.resources[BOOK].fields[1].rules =
                vec![rowcast_schema::rule::Rule::Inner(vec![length])];
        },
        "`Book.title` has a `length` from 3 to 2, which no value has",
        "exchange `min` and `max`, or correct one of them",
    ),
    (
        "no-first-row",
        |schema| {
            author_shown(schema).target = "Book".into();
            author_shown(schema).shows.of = "Book".into();
        },
        "`Book.author` must refer to a row that is there already, so the first `Book` can't be added",
        "make one of the references an `Option`",
    ),
    (
        "no-first-row",
        |schema| {
            let back = &mut schema.resources[AUTHOR].fields[3];
            back.optional = false;
            back.relation.as_mut().unwrap().kind = RelationKind::BelongsTo;
        },
        "each of `Author`, `Book` must refer to a row of another one of them that is there already, so none can be the first",
        "make one of the references an `Option`",
    ),
    (
        "read-only-relation",
        |schema| schema.resources[BOOK].fields[2].read_only = true,
        "`Book.author` is a relation that nobody could ever set",
        "remove `read_only`, and let a hook refuse what clients may not set",
    ),
];

#[test]
fn a_good_schema_has_no_findings() {
    assert_eq!(
        resolve(&schema())
            .map_err(|findings| findings.to_string())
            .map(|contract| contract.views().len()),
        Ok(2)
    );
}

#[test]
fn every_rule_says_what_is_wrong_and_what_to_do() {
    for (code, spoil, message, help) in RULES {
        let mut schema = schema();
        spoil(&mut schema);
        let findings = resolve(&schema).unwrap_err();
        let found: Vec<_> = findings
            .as_slice()
            .iter()
            .map(|finding| (finding.code, &*finding.message, &*finding.help))
            .collect();
        assert!(
            found.contains(&(code, message, help)),
            "{code}: {message}\nfound:\n{findings}"
        );
        // What only follows from it would lead astray.
        if ["duplicate-resource", "duplicate-plural", "id-type"].contains(code) {
            assert_eq!(found.len(), 1, "{findings}");
        }
        assert!(
            findings
                .as_slice()
                .iter()
                .all(|finding| finding.at.is_some()),
            "{findings}"
        );
    }
}

#[test]
fn types_are_checked_without_resources_too() {
    let mut schema = Schema::new("Library").event::<Notice>().describe();
    let notice = schema.output["Notice"].clone();
    schema.output.insert("Page".into(), notice);
    schema.events[0].payload = serde_json::json!({ "$ref": "#/$defs/Page" });
    let findings = resolve(&schema).unwrap_err();
    assert_eq!(findings.as_slice()[0].code, "reserved-type");
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_their_places() {
    let mut schema = schema();
    schema.commands[0].data_key = "ok".into();
    schema.resources[BOOK].plural = Some("Books".into());
    author_shown(&mut schema).shows.fields[1].name = "nmae".into();
    let findings = resolve(&schema).unwrap_err();
    let codes: Vec<_> = findings
        .as_slice()
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(codes, ["view-field", "plural-form", "data-key"]);
    let text = findings.to_string();
    assert!(
        text.contains("error[view-field]: `AuthorName.nmae`"),
        "{text}"
    );
    assert!(
        text.contains("findings.rs:") && text.contains("\n  help: remove it"),
        "{text}"
    );
}

/// The id of a row needs no word about its 64 bits where it is a reference.
#[test]
fn an_event_names_a_row_by_a_reference() {
    #[derive(Debug, Serialize, JsonSchema, Event)]
    pub struct Lent {
        pub book: Ref<Book>,
    }
    let schema = Schema::new("Library")
        .resource::<Author>()
        .resource::<Book>()
        .event::<Lent>();
    assert!(resolve(&schema.describe()).is_ok());
}

/// The type in the input has another name than the row, which no line of the schema has.
#[test]
fn a_row_in_an_input_is_called_so() {
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    pub struct Map {
        #[resource(id)]
        pub id: i64,
        pub title: Option<String>,
    }
    #[derive(Debug, Deserialize, JsonSchema, Command)]
    pub struct Lend {
        pub map: Map,
    }
    let schema = Schema::new("Library").resource::<Map>().command::<Lend>();
    let findings = resolve(&schema.describe()).unwrap_err();
    let found: Vec<_> = findings
        .as_slice()
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(found, ["row-in-input"], "{findings}");
    let text = findings.to_string();
    assert!(text.contains("refer to the row by `Ref<Map>`"), "{text}");
}

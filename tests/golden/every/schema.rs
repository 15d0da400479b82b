//! Every construct that serde and garde can put into a schema, sent both ways by one command.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZeroI8, NonZeroU8, NonZeroU32};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rowcast_schema::prelude::*;
use rust_decimal::Decimal;
use url::Url;
use uuid::Uuid;

/// Sends everything, and gets it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = Probe)]
pub struct Probe {
    pub scalars: Scalars,
    pub formats: Formats,
    pub containers: Containers,
    pub choices: Choices,
    pub exotic: Exotic,
    pub page: Numbered<Color>,
    pub pair: Numbered<Vec<Label>>,
    pub tree: Tree,
    pub formula: Formula,
    pub any: serde_json::Value,
    pub maybe: Option<Point>,
    #[serde(rename = "else")]
    pub keyword: Option<bool>,
    #[serde(default)]
    pub defaulted: u16,
    #[serde(with = "Digits")]
    pub exact: u64,
    #[serde(default, with = "OptionalDigits")]
    pub maybe_exact: Option<i64>,
    #[serde(with = "BigInt")]
    pub huge: u64,
    #[serde(default, with = "OptionalBigInt")]
    pub maybe_huge: Option<i64>,
    pub raw: Bytes,
    pub maybe_raw: Option<Bytes>,
}

/// Obeys every rule that both sides know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = Ruled)]
pub struct Ruled {
    #[garde(length(chars, min = 1, max = 5))]
    pub name: String,
    #[garde(length(min = 2, max = 6))]
    pub bytes: String,
    #[garde(length(utf16, max = 4))]
    pub units: String,
    #[garde(length(graphemes, max = 3))]
    pub seen: String,
    #[garde(range(min = 18, max = 120))]
    pub age: Option<u8>,
    #[garde(range(min = -0.5, max = 0.5))]
    pub ratio: f64,
    #[garde(pattern(r"[^ \t\r\n]"))]
    pub nickname: String,
    #[serde(rename = "nicknameAgain")]
    #[garde(matches(nickname))]
    pub nickname_again: String,
    #[garde(pattern("^a.c$"))]
    pub dotted: Option<String>,
    #[garde(contains("@"), prefix("a"), suffix("z"))]
    pub parts: Option<String>,
    #[garde(email)]
    pub email: Option<String>,
    #[garde(url)]
    pub homepage: Option<String>,
    #[garde(ip)]
    pub address: Option<String>,
    #[garde(ipv4)]
    pub old_address: Option<String>,
    #[garde(ascii)]
    pub plain: Option<String>,
    #[garde(alphanumeric)]
    pub letters: Option<String>,
    #[garde(length(min = 1, max = 3), inner(length(chars, max = 2)))]
    pub tags: Vec<String>,
    #[garde(inner(length(max = 2), inner(length(chars, max = 2))))]
    pub more_tags: Option<Vec<String>>,
    #[serde(rename = "limitedPoint")]
    #[garde(dive)]
    pub point: Limited,
    #[serde(with = "BigInt")]
    #[garde(range(min = 2, max = 9_007_199_254_740_993_u64))]
    pub huge: u64,
    #[serde(with = "OptionalDigits")]
    #[garde(range(max = 10))]
    pub exact: Option<i64>,
    #[garde(length(min = 1, max = 3))]
    pub raw: Option<Bytes>,
    #[garde(required)]
    pub agreed: Option<bool>,
    #[garde(length(min = 1, max = 2))]
    pub entries: BTreeMap<String, u8>,
}

/// Rules of a type that is part of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, garde::Validate)]
pub struct Limited {
    #[garde(range(min = 0, max = 9))]
    pub x: i32,
    #[garde(length(chars, max = 3))]
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scalars {
    pub int8: i8,
    pub uint8: u8,
    pub int16: i16,
    pub uint16: u16,
    pub int32: i32,
    pub uint32: u32,
    #[schemars(with = "SafeInteger")]
    pub int64: i64,
    pub not_zero: NonZeroU32,
    pub float: f32,
    pub double: f64,
    pub yes: bool,
    pub letter: char,
    pub text: String,
    pub nothing: (),
    pub maybe: Option<u8>,
}

/// Texts of a certain form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Formats {
    pub moment: DateTime<Utc>,
    pub local: NaiveDateTime,
    pub day: NaiveDate,
    pub hour: NaiveTime,
    pub uuid: Uuid,
    pub url: Url,
    pub price: Decimal,
    pub address: IpAddr,
}

/// Takes texts of each format, in each place where a text can stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = FormatProbe)]
pub struct FormatProbe {
    pub moment: Option<DateTime<Utc>>,
    pub offset: Option<DateTime<FixedOffset>>,
    pub local: Option<NaiveDateTime>,
    pub day: Option<NaiveDate>,
    pub hour: Option<NaiveTime>,
    pub uuid: Option<Uuid>,
    pub url: Option<Url>,
    pub price: Option<Decimal>,
    pub address: Option<IpAddr>,
    pub address4: Option<Ipv4Addr>,
    pub address6: Option<Ipv6Addr>,
    pub letter: Option<char>,
    pub letters: Option<Vec<char>>,
    pub text: Option<String>,
    #[garde(length(graphemes, max = 1))]
    pub emoji: Option<String>,
    #[garde(length(graphemes, equal = 1))]
    pub flag: Option<String>,
    /// Has the form of a decimal's JSON Schema nearly, and is a text.
    #[garde(pattern("^-?[0-9]+([.][0-9]+)?$"))]
    pub version: Option<String>,
    #[garde(ip)]
    pub host: Option<String>,
    #[garde(pattern(r"\S"))]
    pub title: Option<String>,
    pub single: Option<f32>,
    pub double: Option<f64>,
    pub byte: Option<u8>,
    #[garde(range(min = 18, max = 120))]
    pub age: Option<u8>,
    pub not_zero: Option<NonZeroI8>,
    pub from_one: Option<NonZeroU8>,
    #[serde(default, with = "OptionalDigits")]
    pub exact: Option<i64>,
    pub signed_keys: Option<BTreeMap<i32, bool>>,
    pub wide_keys: Option<BTreeMap<i128, bool>>,
    pub keys: Option<KeyFormats>,
    pub counters: Option<Counters>,
    pub days: Option<Vec<NaiveDate>>,
    /// Has a rule of the application.
    #[garde(custom(any_price))]
    pub ruled_price: Option<Decimal>,
    pub prices: Option<BTreeMap<String, Decimal>>,
    pub pair: Option<(NaiveTime, Decimal)>,
    pub loose: Option<LooseFormats>,
    pub flattened: Option<FlattenedFormats>,
    pub inside: Option<InsideFormats>,
    pub beside: Option<BesideFormats>,
    pub untagged: Option<UntaggedFormats>,
    #[garde(dive)]
    pub reaction: Option<Reaction>,
}

/// Maps whose keys are of a type with a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyFormats {
    pub bytes: Option<BTreeMap<u8, bool>>,
    pub huge: Option<BTreeMap<u128, bool>>,
    pub not_zero: Option<BTreeMap<NonZeroI8, bool>>,
    pub from_one: Option<BTreeMap<NonZeroU8, bool>>,
    pub days: Option<BTreeMap<NaiveDate, bool>>,
    pub hours: Option<BTreeMap<NaiveTime, bool>>,
    pub locals: Option<BTreeMap<NaiveDateTime, bool>>,
    pub moments: Option<BTreeMap<DateTime<Utc>, bool>>,
    pub uuids: Option<BTreeMap<Uuid, bool>>,
    pub urls: Option<BTreeMap<Url, bool>>,
    pub prices: Option<BTreeMap<Decimal, bool>>,
    pub addresses: Option<BTreeMap<IpAddr, bool>>,
    pub letters: Option<BTreeMap<char, bool>>,
    pub answers: Option<BTreeMap<bool, bool>>,
    pub colors: Option<BTreeMap<Color, bool>>,
    pub nested: Option<BTreeMap<Color, BTreeMap<u8, bool>>>,
    pub sizes: Option<BTreeMap<Paper, u8>>,
    pub shorts_of_bytes: Option<BTreeMap<u16, u8>>,
    pub bytes_of_shorts: Option<BTreeMap<u8, u16>>,
    pub days_of_moments: Option<BTreeMap<NaiveDate, DateTime<Utc>>>,
    pub bytes_at: Option<BTreeMap<DateTime<Utc>, u8>>,
}

/// Without doc comments at its choices, which schemars describes in another way.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Paper {
    #[serde(alias = "a4")]
    A4,
    #[serde(rename = "letter")]
    Letter,
}

/// Digits in a type that is part of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counters {
    #[serde(default, with = "OptionalDigits")]
    pub wide: Option<u64>,
    #[serde(default, with = "OptionalDigits")]
    pub widest: Option<u128>,
    #[serde(default, with = "OptionalDigits")]
    pub not_zero: Option<NonZeroI8>,
    #[serde(default, with = "OptionalDigits")]
    pub from_one: Option<NonZeroU8>,
}

fn any_price(_: &Option<Decimal>, _: &()) -> garde::Result {
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LooseFormats {
    pub local: Option<NaiveDateTime>,
    pub uuid: Option<Uuid>,
    pub price: Option<Decimal>,
    pub single: Option<f32>,
    pub not_zero: Option<NonZeroI8>,
    pub deeper: Option<Box<LooseFormats>>,
}

/// Serde reads these without knowing their types first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlattenedFormats {
    pub name: Option<String>,
    #[serde(flatten)]
    pub rest: LooseFormats,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum InsideFormats {
    Local { at: NaiveDateTime },
    Day { at: NaiveDate },
    Price { at: Decimal },
    Single { at: f32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub enum BesideFormats {
    Local(NaiveDateTime),
    Price(Decimal),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum UntaggedFormats {
    Local(NaiveDateTime),
    Days(Vec<NaiveDate>),
    Priced { price: Decimal },
}

/// A character as people see them has several to Unicode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, garde::Validate)]
pub struct Reaction {
    #[garde(length(graphemes, min = 1, max = 1))]
    pub emoji: String,
    #[garde(length(bytes, min = 2, max = 4))]
    pub bytes: String,
    #[garde(length(chars, max = 4))]
    pub characters: Option<String>,
    #[garde(length(utf16, max = 4))]
    pub units: Option<String>,
    #[garde(length(utf16, min = 4))]
    pub long: Option<String>,
    #[garde(length(max = 4))]
    pub short: Option<String>,
    #[garde(skip)]
    pub letter: Option<char>,
    #[garde(dive)]
    pub signed: Option<Signature>,
}

/// Fields whose names are others on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(rename_all_fields = "camelCase")]
pub enum Signature {
    ByHand {
        #[garde(length(graphemes, max = 1))]
        last_letter: String,
    },
    Stamp(#[garde(length(graphemes, max = 1))] String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Containers {
    pub list: Vec<i32>,
    pub lists: Vec<Vec<Option<bool>>>,
    pub three: [u8; 3],
    pub pair: (u8, String),
    pub set: BTreeSet<String>,
    pub map: BTreeMap<String, Point>,
    pub numbered: BTreeMap<u32, String>,
    pub by_size: BTreeMap<Size, u8>,
    pub boxed: Box<Point>,
    pub either: Result<u8, String>,
    pub blobs: BTreeMap<String, Vec<Bytes>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choices {
    pub color: Color,
    pub outside: Outside,
    pub inside: Inside,
    pub beside: Beside,
    pub untagged: Untagged,
    pub label: Label,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Size {
    Small,
    Large,
}

/// A color.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Color {
    DarkRed,
    /// Like grass */ in `spring` @home.
    Green,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Outside {
    Unit,
    One(u8),
    Two(u8, String),
    Named { a: bool, b: Option<bool> },
    Raw(Bytes),
    Huge(Huge),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inside {
    Dot,
    Circle {
        radius: f64,
    },
    /// Its radius is another type than that of a circle.
    Ball {
        radius: Bytes,
    },
    Huge(Huge),
    At(Point),
}

/// An integer that no number of JavaScript holds. The schemas do not know the limits of its type here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Huge {
    #[serde(with = "BigInt")]
    pub radius: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub enum Beside {
    Nothing,
    Number(i32),
    Both(bool, String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    Number(i32),
    Text(String),
    Point(Point),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Label(pub String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    pub x: f64,
    /// Upwards.
    pub y: Option<f64>,
}

/// A generic type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Numbered{T}")]
pub struct Numbered<T> {
    pub number: u32,
    pub value: T,
}

/// A recursive type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    pub name: String,
    pub children: Vec<Tree>,
}

/// A recursive choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Formula {
    Number(f64),
    Negative(Box<Formula>),
    Sum(Vec<Formula>),
}

/// What serde can do to a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exotic {
    pub camel_case: bool,
    #[serde(rename = "class")]
    pub renamed: bool,
    #[serde(default)]
    pub with_default: u8,
    #[serde(default = "five")]
    pub with_five: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sometimes: Option<bool>,
    #[serde(flatten)]
    pub origin: Origin,
    pub closed: Closed,
    pub open: Open,
}

fn five() -> u8 {
    5
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    pub origin_x: i32,
    pub origin_y: Option<i32>,
}

/// Takes no other keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    pub only: bool,
}

/// Keeps other keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    pub named: bool,
    #[serde(flatten)]
    pub rest: BTreeMap<String, Vec<u8>>,
}

/// Differs by direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Command)]
#[command(ack = Directed)]
pub struct Directed {
    pub inner: Directions,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Directions {
    #[serde(skip_serializing)]
    pub secret: Option<String>,
    #[serde(skip_deserializing)]
    pub made: u8,
    #[serde(rename(serialize = "outName", deserialize = "inName"))]
    pub name: String,
    #[serde(default)]
    pub color: Option<Color>,
}

/// Its inputs come from forms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(lenient)]
pub struct Thing {
    #[resource(id)]
    pub id: i64,
    #[garde(length(chars, min = 1, max = 5))]
    pub name: String,
    #[garde(range(min = 1, max = 20))]
    pub count: Option<u8>,
    pub ratio: f64,
    pub color: Color,
    pub point: Point,
    pub labels: Vec<Label>,
    #[serde(default)]
    pub done: bool,
    #[serde(with = "OptionalDigits")]
    pub exact: Option<u64>,
    #[serde(with = "OptionalBigInt")]
    pub huge: Option<u64>,
    pub photo: Option<Bytes>,
    #[garde(required)]
    pub must: Option<String>,
}

pub fn schema() -> Description {
    Schema::new("Every")
        .resource::<Thing>()
        .command::<Probe>()
        .command::<Ruled>()
        .command::<Directed>()
        .command::<FormatProbe>()
        .describe()
}

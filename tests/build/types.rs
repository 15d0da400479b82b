//! The types of `tests/serde_types`: structs and enums with all of serde's attributes, in pairs.
//!
//! Each attribute of a place meets each attribute of every other place.

/// What stands on a struct.
const STRUCTS: [&str; 11] = [
    "",
    r#"#[serde(rename_all = "camelCase")]"#,
    r#"#[serde(rename_all(serialize = "camelCase", deserialize = "SCREAMING_SNAKE_CASE"))]"#,
    r#"#[serde(rename = "Other")]"#,
    "#[serde(deny_unknown_fields)]",
    "#[serde(default)]",
    r#"#[serde(tag = "kind")]"#,
    r#"#[serde(expecting = "a thing", crate = "serde")]"#,
    r#"#[serde(bound = "")]"#,
    r#"#[serde(deny_unknown_fields, tag = "kind")]"#,
    r#"#[serde(default, deny_unknown_fields)]"#,
];

/// What stands on a field of it.
const FIELDS: [&str; 13] = [
    "",
    r#"#[serde(rename = "x y")]"#,
    r#"#[serde(rename(serialize = "written", deserialize = "read"))]"#,
    r#"#[serde(alias = "other name")]"#,
    "#[serde(default)]",
    r#"#[serde(default = "forms::GIVEN")]"#,
    "#[serde(skip)]",
    "#[serde(skip_serializing)]",
    "#[serde(skip_deserializing)]",
    r#"#[serde(default, skip_serializing_if = "forms::is_given")]"#,
    r#"#[serde(with = "forms::wrapped")] #[schemars(with = "forms::It<TYPE>")]"#,
    r#"#[serde(serialize_with = "forms::same::serialize", deserialize_with = "forms::same::deserialize")]"#,
    r#"#[serde(bound = "")]"#,
];

/// The type of its last field.
const LAST: [&str; 10] = [
    "last: Vec<u8>",
    "#[serde(flatten)] last: forms::Inner",
    "#[serde(flatten)] last: Option<forms::Inner>",
    "#[serde(flatten)] last: BTreeMap<String, i32>",
    "#[serde(flatten)] last: forms::Outside",
    "#[serde(flatten)] last: forms::Inside",
    "#[serde(flatten)] last: forms::Beside",
    "#[serde(flatten)] last: forms::Untagged",
    "#[serde(flatten)] last: Option<forms::Inside>",
    "#[serde(flatten)] last: forms::Closed",
];

/// How the choices of an enum are tagged.
const TAGS: [&str; 4] = [
    "",
    r#"#[serde(tag = "kind")]"#,
    r#"#[serde(tag = "kind", content = "content")]"#,
    "#[serde(untagged)]",
];

/// What else stands on an enum.
const ENUMS: [&str; 9] = [
    "",
    r#"#[serde(rename_all = "camelCase")]"#,
    r#"#[serde(rename_all = "SCREAMING-KEBAB-CASE", rename_all_fields = "kebab-case")]"#,
    r#"#[serde(rename_all(serialize = "lowercase", deserialize = "snake_case"))]"#,
    r#"#[serde(rename_all_fields(serialize = "camelCase", deserialize = "UPPERCASE"))]"#,
    "#[serde(deny_unknown_fields)]",
    r#"#[serde(expecting = "a choice", crate = "serde")]"#,
    r#"#[serde(rename = "Other", bound = "")]"#,
    r#"#[serde(deny_unknown_fields, rename_all = "camelCase")]"#,
];

/// What stands on a variant of it.
const VARIANTS: [&str; 11] = [
    "",
    r#"#[serde(rename = "x y")]"#,
    r#"#[serde(rename(serialize = "written", deserialize = "read"))]"#,
    r#"#[serde(alias = "other name")]"#,
    "#[serde(skip)]",
    "#[serde(skip_serializing)]",
    "#[serde(skip_deserializing)]",
    r#"#[serde(rename_all = "camelCase")]"#,
    "#[serde(untagged)]",
    r#"#[serde(with = "forms::wrapped")] #[schemars(with = "forms::It<forms::Inner>")]"#,
    "#[serde(other)]",
];

/// Types that are no structs with several named fields, nor enums.
const SMALL: [&str; 14] = [
    "pub struct Type(pub i32);",
    "pub struct Type(pub forms::Inner);",
    "pub struct Type(pub Option<i32>);",
    "#[serde(transparent)] pub struct Type { pub only: forms::Inner }",
    "#[serde(transparent)] pub struct Type { pub only: Option<forms::Outside> }",
    "pub struct Type;",
    "pub struct Type {}",
    "#[serde(deny_unknown_fields)] pub struct Type {}",
    "pub struct Type(pub i32, pub String);",
    "pub struct Type(pub i32, #[serde(skip)] pub String, pub Option<bool>);",
    "#[serde(default)] pub struct Type(pub i32, pub String);",
    "pub struct Type(pub i32, #[serde(default)] pub Option<bool>);",
    "pub struct Type(#[serde(with = \"forms::wrapped\")] #[schemars(with = \"forms::It<i32>\")] pub i32);",
    "#[serde(tag = \"kind\")] pub struct Type {}",
];

/// Conversions; `Raw` is the form on the wire.
const CONVERTED: [(&str, &str); 3] = [
    (
        r#"#[serde(from = "forms::Raw", into = "forms::Raw")]"#,
        "impl From<forms::Raw> for Type { fn from(raw: forms::Raw) -> Self { Self { n: raw.raw } } }",
    ),
    (
        r#"#[serde(try_from = "forms::Raw", into = "forms::Raw")]"#,
        "impl TryFrom<forms::Raw> for Type { type Error = String; fn try_from(raw: forms::Raw) -> Result<Self, String> { Ok(Self { n: raw.raw }) } }",
    ),
    (
        r#"#[serde(from = "forms::Raw")]"#,
        "impl From<forms::Raw> for Type { fn from(raw: forms::Raw) -> Self { Self { n: raw.raw } } }",
    ),
];

const DERIVES: &str =
    "#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)] #[allow(non_snake_case)]";

/// Names of structs can't be changed on events, nor can they have tags.
fn event(declared: &str) -> &'static str {
    let has_tag = declared.contains("pub struct") && declared.contains("tag =");
    match has_tag || declared.contains("#[serde(rename = \"Other\"") {
        true => "",
        false => "#[derive(Event)]",
    }
}

/// All of them, each in a module of its own, and a list of the modules.
pub fn text() -> String {
    let structs = FIELDS.iter().enumerate().flat_map(|(i, first)| {
        FIELDS
            .iter()
            .enumerate()
            .map(move |(j, second)| a_struct((i, first), (j, second)))
    });
    let enums = VARIANTS.iter().enumerate().flat_map(|(i, first)| {
        VARIANTS
            .iter()
            .enumerate()
            .map(move |(j, second)| an_enum((i, first), (j, second)))
    });
    let small = SMALL
        .iter()
        .map(|text| format!("{DERIVES} #[derive(Default)] {text}"));
    let converted = CONVERTED.iter().flat_map(|(attribute, conversion)| {
        let into =
            "impl From<Type> for forms::Raw { fn from(own: Type) -> Self { Self { raw: own.n } } }";
        [
            "",
            "#[serde(deny_unknown_fields)]",
            r#"#[serde(rename_all = "UPPERCASE")]"#,
        ]
        .map(|other| {
            format!(
                "{DERIVES} {attribute} {other} pub struct Type {{ pub n: i32 }} {conversion} {into}"
            )
        })
    });
    let types: Vec<String> = small.chain(converted).chain(structs).chain(enums).collect();
    let mut text = String::new();
    for (index, declared) in types.iter().enumerate() {
        let event = event(declared);
        text += &format!(
            "#[allow(non_snake_case)] pub mod t{index} {{ use super::*; {event} {declared}\n"
        );
        text += &format!("pub const TEXT: &str = r###\"{declared}\"###; }}\n");
    }
    let all: String = (0..types.len()).map(|index| format!("t{index} ")).collect();
    text += &format!("types!({all});\n");
    for (group, indexes) in (0..types.len()).collect::<Vec<_>>().chunks(20).enumerate() {
        text += &items(group, indexes);
    }
    let groups: String = (0..types.len().div_ceil(20))
        .map(|index| format!("g{index} "))
        .collect();
    text + &format!("items!({groups});\n")
}

/// A command, a resource and a view that have the types as fields.
fn items(group: usize, indexes: &[usize]) -> String {
    let fields = |vis: &str| -> String {
        indexes
            .iter()
            .map(|index| format!("{vis} t{index}: super::t{index}::Type,"))
            .collect()
    };
    let fields = fields("pub");
    format!(
        "pub mod g{group} {{ use super::*;
        #[derive(Debug, Deserialize, JsonSchema, Command)] pub struct Call {{ {fields} }}
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)] pub struct Row {{ #[resource(id)] pub id: i64, {fields} }}
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)] #[view(of = Row)] pub struct Shown {{ pub id: i64, {fields} }}
        pub const FIELDS: &[&str] = &[{}]; }}\n",
        indexes.iter().map(|index| format!("\"t{index}\",")).collect::<String>()
    )
}

fn second(attributes: &str) -> String {
    attributes
        .replace("x y", "y x")
        .replace("\"written\"", "\"written too\"")
        .replace("\"read\"", "\"read too\"")
        .replace("other name", "name of another")
}

fn a_struct((i, one): (usize, &&str), (j, two): (usize, &&str)) -> String {
    let container = STRUCTS[(i + j) % STRUCTS.len()];
    let last = LAST[(i + 2 * j) % LAST.len()];
    let one = one.replace("TYPE", "i32").replace("GIVEN", "given_number");
    let two = second(two)
        .replace("TYPE", "Option<String>")
        .replace("GIVEN", "given_text");
    format!(
        "{DERIVES} #[derive(Default)] {container} pub struct Type {{ {one} pub first_field: i32, {two} pub fooBAR: Option<String>, {last} }}"
    )
}

fn an_enum((i, one): (usize, &&str), (j, two): (usize, &&str)) -> String {
    let tag = TAGS[(i + j) % TAGS.len()];
    let other_attributes = ENUMS[(i + 2 * j) % ENUMS.len()];
    let is_tagged = tag.contains("tag =");
    let fits = |attributes: &str, body: &str| match attributes {
        // For choices that hold nothing, and where there is a tag.
        "#[serde(other)]" => body == "UnitOne" && is_tagged,
        "#[serde(untagged)]" => !tag.contains("untagged"),
        attributes if attributes.contains("with =") => body.starts_with("New"),
        _ => true,
    };
    let bodies = [
        "UnitOne",
        "NewType(forms::Inner)",
        "StructLike { first_field: i32, #[serde(default)] fooBAR: Option<String> }",
        "TwoParts(u8, String)",
    ];
    let unit = if j % 2 == 0 {
        one.to_string()
    } else {
        second(two)
    };
    let new = if j % 2 == 0 {
        second(two)
    } else {
        one.to_string()
    };
    let on_struct = second(VARIANTS[(i * 3 + j) % 8])
        .replace("y x", "z")
        .replace("too", "three");
    let attributes = [unit, new, on_struct, String::new()];
    let mut variants: Vec<String> = attributes
        .iter()
        .zip(bodies)
        .filter(|(_, body)| !(body.starts_with("Two") && tag.contains("tag = \"kind\")")))
        .map(|(attributes, body)| match fits(attributes, body) {
            true => format!("{attributes} {body}"),
            false => body.to_owned(),
        })
        .collect();
    // serde wants what is untagged, and what stands for others, behind the rest.
    if variants
        .iter()
        .any(|variant| variant.contains("(untagged)"))
    {
        let others = variants.iter_mut();
        others.for_each(|variant| *variant = variant.replace("#[serde(other)]", ""));
    }
    variants.sort_by_key(|variant| {
        variant.contains("(other)") as u8 + 2 * variant.contains("(untagged)") as u8
    });
    format!(
        "{DERIVES} {tag} {other_attributes} pub enum Type {{ {} }}",
        variants.join(", ")
    )
}

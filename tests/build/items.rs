//! The items of `tests/serde_matrix`: fields with all of serde's attributes that an item can have, in pairs.

use std::fmt::Write as _;

/// What stands on a field; `M` is where the functions are.
const FIELD: [&str; 9] = [
    "",
    r#"#[serde(rename = "x y")]"#,
    "#[serde(default)]",
    r#"#[serde(default = "M::given")]"#,
    r#"#[serde(with = "M")] #[schemars(with = "serde_json::Value")]"#,
    r#"#[serde(deserialize_with = "M::deserialize")] #[schemars(with = "serde_json::Value")]"#,
    r#"#[serde(serialize_with = "M::serialize")] #[schemars(with = "serde_json::Value")]"#,
    r#"#[serde(skip_serializing_if = "M::is_given")]"#,
    r#"#[serde(default, with = "M")] #[schemars(with = "serde_json::Value")]"#,
];

/// What only commands can have: they are read and never written.
const OF_COMMANDS: [&str; 3] = [
    r#"#[serde(rename(serialize = "written", deserialize = "read"))]"#,
    "#[serde(skip_serializing)]",
    r#"#[serde(rename(deserialize = "läs"), default = "M::given")]"#,
];

const CONTAINER: [&str; 10] = [
    "",
    r#"#[serde(rename_all = "lowercase")]"#,
    r#"#[serde(rename_all = "UPPERCASE")]"#,
    r#"#[serde(rename_all = "PascalCase")]"#,
    r#"#[serde(rename_all = "camelCase")]"#,
    r#"#[serde(rename_all = "snake_case")]"#,
    r#"#[serde(rename_all = "SCREAMING_SNAKE_CASE")]"#,
    r#"#[serde(rename_all = "kebab-case")]"#,
    r#"#[serde(rename_all = "SCREAMING-KEBAB-CASE")]"#,
    r#"#[serde(rename_all(serialize = "camelCase", deserialize = "camelCase"))]"#,
];

const DERIVES: &str = "#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema";

/// All of them, as Rust.
pub fn text() -> String {
    let of_commands: Vec<&str> = FIELD.into_iter().chain(OF_COMMANDS).collect();
    let mut text = String::new();
    let mut count = 0;
    for (index, (first, second, container)) in pairs(&of_commands).enumerate() {
        let fields = fields(first, second);
        write(
            &mut text,
            format_args!(
                "{DERIVES}, Command)] {container} #[allow(non_snake_case)] pub struct Command{index} {{ {fields} }}\n",
            ),
        );
        count = index + 1;
    }
    write(
        &mut text,
        format_args!("each!(commands Command {});\n", numbers("Command", count)),
    );
    for (index, (first, second, container)) in pairs(&FIELD).enumerate() {
        let own = fields(first, second);
        // What is an `Option` may be left out of what creates a row, however it is read.
        let optional = format!("{second} #[serde(default)]");
        let has_default = second.contains("default");
        let alike = fields(first, if has_default { second } else { &optional });
        write(
            &mut text,
            format_args!(
                "{DERIVES}, Resource)] {container} #[allow(non_snake_case)] pub struct Row{index} {{ #[resource(id)] pub id: i64, {own} }}\n\
             #[derive(Debug, Deserialize, JsonSchema)] {container} #[allow(non_snake_case, dead_code)] pub struct Like{index} {{ {alike} }}\n\
             {DERIVES}, View)] #[view(of = Row{index})] {container} #[allow(non_snake_case)] pub struct View{index} {{ pub id: i64, {own} }}\n",
            ),
        );
        count = index + 1;
    }
    write(
        &mut text,
        format_args!(
            "rows!({});\n",
            (0..count)
                .map(|n| format!("Row{n} NewRow{n} Like{n} View{n},"))
                .collect::<String>()
        ),
    );
    text
}

fn write(text: &mut String, line: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = text.write_fmt(line);
}

fn numbers(name: &str, count: usize) -> String {
    (0..count).map(|n| format!("{name}{n},")).collect()
}

/// Each with each; the containers take turns.
fn pairs<'a>(attributes: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str, &'static str)> {
    let all = attributes
        .iter()
        .flat_map(move |first| attributes.iter().map(move |second| (*first, *second)));
    let alone = CONTAINER.into_iter().map(|container| ("", "", container));
    let turns = all
        .zip(CONTAINER.into_iter().cycle())
        .map(|((first, second), container)| (first, second, container));
    alone.chain(turns)
}

/// Names that case conversions treat differently, and a rename that would be the same on both only once.
fn fields(first: &str, second: &str) -> String {
    let placed = |attributes: &str| attributes.replace('M', "crate::forms");
    let second = placed(&second.replace("M::given", "M::given_text"))
        .replace("x y", "y x")
        .replace("\"read\"", "\"read too\"")
        .replace("läs", "lös");
    format!(
        "{} pub first_field: u8, {second} pub fooBAR: Option<String>, pub r#type: Vec<i32>, pub _a__b2c: Option<bool>",
        placed(&first.replace("M::given", "M::given_number"))
    )
}

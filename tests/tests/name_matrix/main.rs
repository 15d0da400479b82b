//! Names that mean something elsewhere, in every place of a schema.
//!
//! Each is refused by a finding that names both parties, or is part of a schema whose Rust and TypeScript are written for the
//! stage `names`, which compiles them.

pub mod bundles;
pub mod cases;
pub mod list;
#[allow(non_snake_case)]
pub mod prototypes;
pub mod roles;

use std::path::Path;
use std::{fs, io};

use bundles::{Bundle, Error, Matrix, matrix};
use rowcast_codegen::OutputFile;
use rowcast_schema::Finding;

/// What a name can clash with that is no item of a schema.
const OTHERS: [&str; 9] = [
    "TypeScript",
    "Rust",
    "SQLite",
    "Socket.IO",
    "Windows",
    "the generated client",
    "generated server",
    "generated code",
    "transactions",
];

/// Findings about the form of one name.
const FORMS: [&str; 4] = ["application-name", "plural-form", "table-form", "type-name"];

#[test]
fn names_are_emitted_or_refused_with_both_parties() {
    let matrix = matrix();
    write(&matrix.bundles).unwrap();
    let silent: Vec<String> = matrix.refusals.iter().filter_map(silence).collect();
    assert_eq!(silent, Vec::<String>::new());
    check_samples(&matrix);
}

/// The findings on a name, unless they say what it clashes with.
fn silence(refusal: &Error) -> Option<String> {
    let names_both = |finding: &Finding| {
        let quoted = finding.message.matches('`').count() / 2;
        let has_other = OTHERS.iter().any(|other| finding.message.contains(other));
        FORMS.contains(&finding.code) || quoted > 1 || (quoted > 0 && has_other)
    };
    let texts = refusal
        .findings
        .iter()
        .map(|finding| format!("[{}] {}", finding.code, finding.message));
    let cases = refusal
        .cases
        .iter()
        .map(|case| format!("{} {:?}", case.role.name, case.name));
    let text = || {
        format!(
            "{:?}: {:?}",
            cases.collect::<Vec<_>>(),
            texts.collect::<Vec<_>>()
        )
    };
    let says_why = refusal.findings.iter().all(names_both);
    (!says_why).then(text)
}

/// Some names whose fate is known, so that a matrix that tries nothing is noticed.
fn check_samples(matrix: &Matrix) {
    let is_refused = |role: &str, names: &[&str]| {
        matrix.refusals.iter().any(|refusal| {
            refusal.cases.iter().all(|case| case.role.name == role)
                && refusal
                    .cases
                    .iter()
                    .map(|case| case.name)
                    .eq(names.iter().copied())
        })
    };
    let is_emitted = |role: &str, name: &str| {
        let cases = matrix.bundles.iter().flat_map(|bundle| &bundle.cases);
        cases
            .into_iter()
            .any(|case| case.role.name == role && case.name == name)
    };
    for (role, names) in [
        ("types", &["Promise"][..]),
        ("plural", &["children"]),
        ("plural", &["page"]),
        ("plural", &["aux"]),
        ("plural", &["foo1", "foo_1"]),
        ("command", &["class"]),
        ("field", &["fooBar", "foobar"]),
        ("field", &["fooBar", "foo_bar"]),
        ("through", &["1st"]),
        ("field", &["constructor"]),
        ("wire_name", &["__proto__"]),
    ] {
        assert!(is_refused(role, names), "{role} {names:?}");
    }
    for (role, name) in [
        ("field", "type"),
        ("command", "Größe"),
        ("view", "名前"),
        ("wire_name", "it's"),
        ("call_name", "new\nline"),
        ("event", "SocketIo"),
        ("command_field", "prototype"),
    ] {
        assert!(is_emitted(role, name), "{role} {name:?}");
    }
}

/// How many packages the compiler checks side by side.
const PACKAGES: usize = 2;

/// Writes packages of Rust with all schemas and servers, about as large as each other, and the clients.
fn write(bundles: &[Bundle]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("name_matrix");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut packages = [const { (0, String::new()) }; PACKAGES];
    for (index, bundle) in bundles.iter().enumerate() {
        let schema = format!("schema_{index}");
        let server = bundle.rust(&format!("crate::{schema}")).unwrap();
        let smallest = (0..PACKAGES).min_by_key(|package| packages[*package].0);
        let number = smallest.unwrap_or_default();
        let (size, lib) = &mut packages[number];
        *size += server.iter().map(|file| file.text.len()).sum::<usize>();
        *lib += &format!("pub mod {schema};\npub mod server_{index};\n");
        let source = folder.join(format!("part_{number}/src"));
        write_all(&source.join(format!("server_{index}")), &server)?;
        fs::write(source.join(format!("{schema}.rs")), bundle.source())?;
        write_all(
            &folder.join(format!("typescript/{index}")),
            &bundle.typescript(),
        )?;
    }
    write_packages(&folder, &packages.map(|(_, lib)| lib))
}

fn write_packages(folder: &Path, libs: &[String]) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    for (number, lib) in libs.iter().enumerate() {
        let package = folder.join(format!("part_{number}"));
        let head = "#![recursion_limit = \"1024\"]\n#![allow(warnings)]\n";
        fs::write(package.join("src/lib.rs"), format!("{head}{lib}"))?;
        let manifest = include_str!("Cargo.toml.in")
            .replace("ROOT", &root.display().to_string())
            .replace("NUMBER", &number.to_string());
        fs::write(package.join("Cargo.toml"), manifest)?;
    }
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"part_*\"]\n";
    fs::write(folder.join("Cargo.toml"), workspace)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let config = format!(
        "{{ \"extends\": \"{}/tests/golden/tsconfig.json\", \"include\": [\"typescript\"] }}\n",
        root.display()
    );
    fs::write(folder.join("tsconfig.json"), config)
}

fn write_all(folder: &Path, files: &[OutputFile]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for file in files {
        fs::write(folder.join(&file.path), &file.text)?;
    }
    Ok(())
}

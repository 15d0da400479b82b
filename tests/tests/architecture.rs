//! The direction of imports: what CONTRIBUTING.md draws, a test keeps.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test: it fails by panicking, and nothing imports it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// The folders of the runtime. Each may use those behind it.
const RUNTIME: [&str; 5] = ["http", "session", "rpc", "live", "store"];

/// What stands beside these folders, and what it may use.
const BESIDE: [(&str, &[&str]); 2] = [("accounts", &["rpc", "live", "store"]), ("metrics", &[])];

/// Modules that use each other, until they are straightened. None may be added, and one that is gone must go from here.
const CIRCLES: &[&str] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// All Rust files in a folder, with their paths below it.
fn sources(folder: &Path) -> Vec<(PathBuf, TokenStream)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let below = path.strip_prefix(folder).unwrap().to_owned();
                found.push((below, text.parse().unwrap()));
            }
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found
}

/// All that is named behind `crate::`, as paths: `store::RowId`.
fn paths_of_crate(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    collect_paths(tokens, "crate", &mut found);
    found
}

fn collect_paths(tokens: TokenStream, first: &str, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect_paths(group.stream(), first, found),
            TokenTree::Ident(ident) if *ident == first => {
                expand(Vec::new(), &tokens[index + 1..], found);
            }
            _ => {}
        }
    }
}

/// Follows a path: `::a::b`, or `::a::{b, c::d}`.
fn expand(mut path: Vec<String>, rest: &[TokenTree], found: &mut Vec<Vec<String>>) {
    match rest {
        [
            TokenTree::Punct(one),
            TokenTree::Punct(two),
            next,
            rest @ ..,
        ] if one.as_char() == ':' && two.as_char() == ':' => match next {
            TokenTree::Ident(ident) => {
                path.push(ident.to_string());
                expand(path, rest, found);
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
                for member in inner.split(is_comma).filter(|member| !member.is_empty()) {
                    let TokenTree::Ident(first) = &member[0] else {
                        continue;
                    };
                    let mut path = path.clone();
                    path.push(first.to_string());
                    expand(path, &member[1..], found);
                }
            }
            _ => found.push(path),
        },
        _ if path.is_empty() => {}
        _ => found.push(path),
    }
}

fn folder_of(below: &Path) -> String {
    let first = below.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn may_use(folder: &str, other: &str) -> bool {
    let place = |name: &str| RUNTIME.iter().position(|known| *known == name);
    let is_behind = match (place(folder), place(other)) {
        (Some(own), Some(other)) => own <= other,
        _ => false,
    };
    let beside = BESIDE.iter().find(|(name, _)| *name == folder);
    folder == other
        || is_behind
        || other == "metrics"
        || beside.is_some_and(|(_, others)| others.contains(&other))
}

#[test]
fn the_folders_of_the_runtime_use_only_those_behind_them() {
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (below, tokens) in sources(&root().join("runtime/src")) {
        let folder = folder_of(&below);
        if folder == "lib" {
            continue;
        }
        for path in paths_of_crate(tokens) {
            seen.insert((folder.clone(), path[0].clone()));
            if !may_use(&folder, &path[0]) {
                wrong.insert(format!("{}: crate::{}", below.display(), path.join("::")));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "against the direction {RUNTIME:?}:\n{wrong:#?}"
    );
    // The paths are found at all.
    for (folder, other) in RUNTIME.iter().zip(&RUNTIME[1..]) {
        let pair = ((*folder).to_owned(), (*other).to_owned());
        assert!(seen.contains(&pair), "{pair:?} is used by no file");
    }
}

/// What `mod.rs`, or `lib.rs`, of a folder has from its modules: the module of each name.
fn exports(tokens: &TokenStream) -> BTreeMap<String, String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut paths = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if matches!(token, TokenTree::Ident(ident) if *ident == "use")
            && let Some(TokenTree::Ident(module)) = tokens.get(index + 1)
        {
            expand(vec![module.to_string()], &tokens[index + 2..], &mut paths);
        }
    }
    let named = paths.into_iter().filter(|path| path.len() > 1);
    named
        .map(|path| (path[path.len() - 1].clone(), path[0].clone()))
        .collect()
}

/// The modules of a folder, by those that they use: by `super::`, or by the path of the folder in its crate.
fn uses(src: &Path, folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources(folder);
    let modules: BTreeSet<String> = sources.iter().map(|(below, _)| folder_of(below)).collect();
    let is_root = |below: &Path| {
        ["mod.rs", "lib.rs"]
            .iter()
            .any(|name| below.as_os_str() == *name)
    };
    let root = sources.iter().find(|(below, _)| is_root(below));
    let exports = root.map(|(_, tokens)| exports(tokens)).unwrap_or_default();
    let within: Vec<String> = folder
        .strip_prefix(src)
        .unwrap()
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (below, tokens) in sources.iter().filter(|(below, _)| !is_root(below)) {
        let own = folder_of(below);
        let by_crate = paths_of_crate(tokens.clone()).into_iter();
        let mut paths: Vec<Vec<String>> = by_crate
            .filter_map(|path| Some(path.strip_prefix(within.as_slice())?.to_vec()))
            .collect();
        if below.components().count() == 1 {
            collect_paths(tokens.clone(), "super", &mut paths);
        }
        for name in paths.iter().filter_map(|path| path.first()) {
            let used = exports
                .get(name)
                .filter(|_| !modules.contains(name))
                .unwrap_or(name);
            if modules.contains(used) && *used != own {
                uses.entry(own.clone()).or_default().insert(used.clone());
            }
        }
    }
    uses
}

/// Pairs of modules of which each leads to the other.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let leads_to = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from.to_owned()];
        while let Some(module) = next.pop() {
            for used in uses.get(&module).into_iter().flatten() {
                if reached.insert(used.clone()) {
                    next.push(used.clone());
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = uses
        .keys()
        .map(|module| (module, leads_to(module)))
        .collect();
    let in_circle = |module: &&String| reached[*module].contains(*module);
    uses.keys().filter(in_circle).cloned().collect()
}

/// All folders of a crate that are modules, and its `src`.
fn folders(src: &Path) -> BTreeSet<PathBuf> {
    let files = sources(src).into_iter().map(|(below, _)| below);
    files
        .map(|below| src.join(below.parent().unwrap()))
        .collect()
}

/// Whether something is named so, at any depth.
fn names(tokens: &TokenStream, wanted: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == wanted,
        TokenTree::Group(group) => names(&group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[test]
fn only_the_store_of_a_database_knows_its_driver() {
    let is_apart = |below: &Path| !below.starts_with("store/sqlite");
    let runtime = sources(&root().join("runtime/src"));
    let (apart, inside): (Vec<_>, Vec<_>) = runtime.iter().partition(|(below, _)| is_apart(below));
    assert!(inside.iter().any(|(_, tokens)| names(tokens, "rusqlite")));
    let emitted = sources(&root().join("tests/golden"));
    let emitted = emitted
        .iter()
        .filter(|(below, _)| below.iter().any(|part| part == "rust"));
    let emitted: Vec<_> = emitted.collect();
    assert!(!emitted.is_empty());
    for (below, tokens) in apart.into_iter().chain(emitted) {
        assert!(
            !names(tokens, "rusqlite"),
            "{} names rusqlite",
            below.display()
        );
    }
}

#[test]
fn the_modules_of_a_folder_form_no_circle() {
    let root = root();
    let mut found = BTreeSet::new();
    for of in ["schema", "macros", "codegen", "runtime"] {
        let src = root.join(of).join("src");
        for folder in folders(&src) {
            let uses = uses(&src, &folder);
            let name = folder.strip_prefix(&root).unwrap().display().to_string();
            let circle = circles(&uses);
            found.extend(circle.iter().map(|module| format!("{name}/{module}")));
        }
    }
    let known: BTreeSet<String> = CIRCLES.iter().map(|&circle| circle.to_owned()).collect();
    assert_eq!(found, known);
}

/// The modules of the client runtime, by those that they import.
fn client_imports() -> BTreeMap<String, BTreeSet<String>> {
    let src = root().join("client/src");
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in ["", "react", "zod"] {
        for entry in fs::read_dir(src.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".ts") || name.ends_with(".test.ts") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let found = text.split(" from \"").skip(1).filter_map(|rest| {
                let target = rest.split('"').next()?.strip_suffix(".js")?;
                let (folder, target) = match target.strip_prefix("../") {
                    Some(target) => ("", target),
                    None => (folder, target.strip_prefix("./")?),
                };
                Some(module(folder, target))
            });
            let own = module(folder, name.trim_end_matches(".ts"));
            imports.insert(own, found.collect());
        }
    }
    imports
}

fn module(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

#[test]
fn the_client_knows_neither_react_nor_zod_and_its_modules_form_no_circle() {
    let imports = client_imports();
    assert_eq!(circles(&imports), BTreeSet::new());
    let folder = |module: &str| module.split_once('/').map(|(folder, _)| folder.to_owned());
    for (own, others) in &imports {
        for other in others {
            let is_own = folder(other).is_none() || folder(other) == folder(own);
            assert!(is_own, "{own} imports {other}");
        }
    }
    assert!(
        imports["react/rows"]
            .iter()
            .any(|other| folder(other).is_none())
    );
}

/// Files of ours that hold code, below some folders; not what is emitted or built.
fn files(folders: &[&str], endings: &[&str]) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 6] = [
        "target",
        "node_modules",
        "generated",
        "golden",
        "dist",
        "projects",
    ];
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_ours = !NOT_OURS.contains(&&*name) && !name.starts_with('.');
                open.extend(is_ours.then_some(path));
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found
}

/// Functions are counted by clippy and Biome.
#[test]
fn long_files_say_why_they_are_long() {
    let folders = [
        "macros", "schema", "codegen", "runtime", "client", "tests", "examples", "bench", "fuzz",
        "xtask",
    ];
    let code = files(&folders, &[".rs", ".ts", ".tsx"]);
    assert!(code.len() > 400, "{} files", code.len());
    let templates = files(&["codegen/templates"], &[".jinja"]);
    assert!(templates.len() > 15, "{} templates", templates.len());
    let limits = [(code, 400), (templates, 120)];
    for (files, most) in limits {
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let count = text.lines().count();
            let says_why = text
                .lines()
                .take(12)
                .any(|line| line.contains("Long, since "));
            assert!(
                count <= most || says_why,
                "{}: {count} lines",
                file.display()
            );
        }
    }
}

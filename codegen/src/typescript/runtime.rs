//! The client runtime, the same for every schema: its modules, and where emitted files find them.

use serde::Deserialize;

use crate::output::{OutputFile, RUNTIME_FOLDER, RUNTIME_SOURCE};

/// Where emitted files find the client runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientRuntime {
    /// In the folder `rowcast` beside them, which is emitted too: a front end needs no package but `socket.io-client`.
    #[default]
    Vendored,
    /// In the npm package `@rowcast/client`.
    Package,
}

/// A part of the runtime that emitted files import, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The client.
    Client,
    /// What codecs are made of.
    Codec,
    /// What React hooks are made of.
    React,
    /// Lists as collections of TanStack DB.
    TanstackDb,
    /// What validation schemas are made of.
    Zod,
}

/// A module: its path below the folder, without ending, and its text.
type Module = (&'static str, &'static str);

macro_rules! modules {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../client/src/", $path, ".ts")))),*]
    };
}

const CLIENT: &[Module] = modules![
    "call-queue",
    "calls",
    "connection",
    "deferred",
    "encoding",
    "errors",
    "field-errors",
    "freeze",
    "guards",
    "index",
    "keys",
    "list-layers",
    "list-state",
    "listeners",
    "live-list",
    "options",
    "page",
    "payload",
    "positions",
    "requests",
    "rows",
    "socket-events",
    "status",
    "sync",
    "timers",
    "values",
    "verbs",
    "version",
    "wire",
];

const CODEC: &[Module] = modules!["codec"];

const REACT: &[Module] = modules![
    "react/calls",
    "react/connection",
    "react/context",
    "react/form-errors",
    "react/identity",
    "react/identity-store",
    "react/index",
    "react/provider",
    "react/rows",
    "react/session-token",
    "react/shallow-equal",
];

const TANSTACK_DB: &[Module] = modules!["tanstack"];

const ZOD: &[Module] = modules![
    "zod/addresses",
    "zod/checks",
    "zod/choices",
    "zod/decimals",
    "zod/errors",
    "zod/index",
    "zod/lengths",
    "zod/messages",
    "zod/numbers",
    "zod/objects",
    "zod/platform",
    "zod/preprocess",
    "zod/rules",
    "zod/texts",
    "zod/times",
    "zod/types",
];

impl Part {
    /// The module that emitted files import, as templates write it.
    pub(super) const fn module(self) -> &'static str {
        match self {
            Self::Client => "rowcast/index",
            Self::Codec => "rowcast/codec",
            Self::React => "rowcast/react/index",
            Self::TanstackDb => "rowcast/tanstack",
            Self::Zod => "rowcast/zod/index",
        }
    }

    fn modules(self) -> &'static [Module] {
        match self {
            Self::Client => CLIENT,
            Self::Codec => CODEC,
            Self::React => REACT,
            Self::TanstackDb => TANSTACK_DB,
            Self::Zod => ZOD,
        }
    }

    /// The modules of this part, as they are emitted.
    pub(super) fn files(self) -> impl Iterator<Item = OutputFile> {
        self.modules().iter().map(|(path, text)| {
            let path = format!("{RUNTIME_FOLDER}/{path}.ts");
            OutputFile::new(path, RUNTIME_SOURCE, &[], text)
        })
    }
}

/// How the npm package names a module of the runtime; none for other modules.
pub(super) fn package_specifier(module: &str) -> Option<String> {
    let path = module.strip_prefix(RUNTIME_FOLDER)?.strip_prefix('/')?;
    let part = path.strip_suffix("index").unwrap_or(path);
    let specifier = format!("@rowcast/client/{part}");
    Some(specifier.trim_end_matches('/').to_owned())
}

/// The version of the runtime that emitted clients want, as far as it must be the same: the major one, and below 1.0 the
/// minor one too.
pub(super) fn wanted_version() -> String {
    let (major, minor) = (
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
    );
    match major {
        "0" => format!("0.{minor}"),
        _ => major.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    const PARTS: [Part; 5] = [
        Part::Client,
        Part::Codec,
        Part::React,
        Part::TanstackDb,
        Part::Zod,
    ];

    fn client() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../client")
    }

    /// The modules in a folder, without tests.
    fn modules_in(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                modules_in(&path, &format!("{below}{name}/"), found);
            } else if let Some(module) = name.strip_suffix(".ts")
                && !module.ends_with(".test")
            {
                found.insert(format!("{below}{module}"));
            }
        }
    }

    #[test]
    fn every_module_of_the_package_belongs_to_a_part() {
        let mut there = BTreeSet::new();
        modules_in(&client().join("src"), "", &mut there);
        let listed = PARTS.iter().flat_map(|part| part.modules());
        let listed: BTreeSet<String> = listed.map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(listed, there);
    }

    #[test]
    fn a_part_imports_only_itself_and_the_client() {
        for part in PARTS {
            let known: Vec<&str> = part
                .modules()
                .iter()
                .chain(CLIENT)
                .map(|one| one.0)
                .collect();
            for (path, text) in part.modules() {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                for import in text.split("from \"").skip(1) {
                    let (specifier, _) = import.split_once('"').unwrap();
                    let Some(module) = specifier.strip_suffix(".js") else {
                        continue;
                    };
                    let module = match module.strip_prefix("../") {
                        Some(above) => above.to_owned(),
                        None => format!("{folder}/{}", module.trim_start_matches("./")),
                    };
                    let module = module.trim_start_matches('/');
                    assert!(known.contains(&module), "{path}: {specifier}");
                }
            }
        }
    }

    #[test]
    fn the_package_has_the_version_of_this_crate() {
        let version = env!("CARGO_PKG_VERSION");
        let read = |path: &str| std::fs::read_to_string(client().join(path)).unwrap();
        assert!(read("package.json").contains(&format!("\"version\": \"{version}\"")));
        assert!(read("src/version.ts").contains(&format!("VERSION: string = \"{version}\"")));
        assert!(format!("{version}.").starts_with(&format!("{}.", wanted_version())));
    }

    #[test]
    fn the_package_exports_each_part_under_its_name() {
        let manifest = std::fs::read_to_string(client().join("package.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        for part in PARTS {
            let specifier = package_specifier(part.module()).unwrap();
            let path = specifier.replacen("@rowcast/client", ".", 1);
            let module = part.module().strip_prefix("rowcast/").unwrap();
            let source = &manifest["exports"][path.as_str()]["@rowcast/source"];
            assert_eq!(source, &format!("./src/{module}.ts"), "{specifier}");
        }
        assert_eq!(package_specifier("coaches"), None);
        assert_eq!(package_specifier("rowcast_rooms"), None);
    }
}

//! Asks `resolve` about each name, and puts those that pass into as few schemas as can be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rowcast_codegen::{
    ClientRuntime, OutputFile, RustOptions, TypeScriptOptions, render_rust, render_typescript,
};
use rowcast_schema::{Contract, Description, Finding, resolve};
use serde_json::Value;

use super::cases::{Case, can_be_identifier, source};
use super::roles::{BASE, ROLES, Role};
use super::{list, prototypes};

/// A name that can't stand where it was put, alone or beside what else is in a schema.
pub struct Error {
    pub cases: Vec<Case>,
    pub findings: Vec<Finding>,
}

/// Names that one schema can have.
pub struct Bundle {
    pub cases: Vec<Case>,
    pub description: Description,
    pub contract: Contract,
}

/// What became of all names.
#[derive(Default)]
pub struct Matrix {
    pub bundles: Vec<Bundle>,
    pub refusals: Vec<Error>,
}

/// Why a case is not in a bundle.
enum Clash {
    /// Two items have one name, which Rust or schemars would keep apart.
    Items,
    Findings(Vec<Finding>),
}

/// Tries every name in every place.
pub fn matrix() -> Matrix {
    let base = serde_json::to_value(prototypes::base::schema()).unwrap();
    let mut matrix = Matrix::default();
    let mut alike: BTreeMap<(&str, String), Vec<Case>> = BTreeMap::new();
    let mut waiting: Vec<Vec<Case>> = Vec::new();
    for (number, (role, name)) in named_roles().into_iter().enumerate() {
        let case = Case::new(role, name, number);
        let same = alike.entry((role.space, folded(name))).or_default();
        let index = same.iter().filter(|other| other.name == name).count();
        waiting.resize(waiting.len().max(index + 1), Vec::new());
        waiting[index].push(case.clone());
        same.push(case);
    }
    let variants = list::names(list::Kind::Variants);
    for cases in alike.values() {
        let cases = cases.iter().filter(|case| variants.contains(&case.name));
        matrix.compare(&base, &cases.collect::<Vec<_>>());
    }
    let mut rest = Vec::new();
    for mut cases in waiting {
        cases.append(&mut rest);
        rest = matrix.bundle(&base, cases);
    }
    while !rest.is_empty() {
        rest = matrix.bundle(&base, rest);
    }
    matrix
}

/// The places, with the names that each is tried with.
fn named_roles() -> Vec<(&'static Role, &'static str)> {
    let mut all = Vec::new();
    for role in &ROLES {
        let names = role.kinds.iter().flat_map(|kind| list::names(*kind));
        // serde's derive can't read variants of these names.
        let no_variants = ["BigInt", "Err", "None", "Ok", "Some"];
        let is_variant = role.name == "variant";
        let can_be = |name: &&str| {
            (is_text(role) || can_be_identifier(name))
                && !(is_variant && no_variants.contains(name))
        };
        all.extend(names.filter(can_be).map(|name| (role, name)));
    }
    all
}

/// Takes every second case out that is named.
fn halves(cases: Vec<Case>, named: impl Fn(&Case) -> bool) -> (Vec<Case>, Vec<Case>) {
    let is_only = cases.iter().filter(|case| named(case)).count() == 1;
    let mut count = usize::from(is_only);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for case in cases {
        count += usize::from(named(&case));
        let is_taken = named(&case) && count % 2 == 0;
        if is_taken { &mut second } else { &mut first }.push(case);
    }
    (first, second)
}

/// What is left of a name where capitals, underscores and all that is no letter don't count.
fn folded(name: &str) -> String {
    let letters = name.to_lowercase();
    let letters: String = letters
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .collect();
    if letters.is_empty() {
        name.to_owned()
    } else {
        letters
    }
}

impl Matrix {
    /// Tries pairs of names that are spelled almost alike.
    fn compare(&mut self, base: &Value, alike: &[&Case]) {
        for (index, case) in alike.iter().enumerate() {
            for other in alike[..index].iter().filter(|other| other.meets(case)) {
                self.is_refused(base, &[other, case]);
            }
        }
    }

    /// Puts cases into one schema, but for those that are refused there; gives those that clash with others in it.
    fn bundle(&mut self, base: &Value, mut cases: Vec<Case>) -> Vec<Case> {
        let mut rest = Vec::new();
        loop {
            let all: Vec<&Case> = cases.iter().collect();
            let findings = match with(base, &all) {
                Ok((description, contract)) => {
                    self.bundles.push(Bundle {
                        cases,
                        description,
                        contract,
                    });
                    return rest;
                }
                Err(Clash::Items) => {
                    let mut seen = BTreeSet::new();
                    let mut is_first = |case: &Case| seen.insert((case.role.space, case.name));
                    let (first, second): (Vec<_>, Vec<_>) =
                        cases.into_iter().partition(|case| is_first(case));
                    let is_alone = second.is_empty();
                    rest.extend(second);
                    cases = first;
                    cases.retain(|case| {
                        !is_alone || !matches!(with(base, &[case]), Err(Clash::Items))
                    });
                    continue;
                }
                Err(Clash::Findings(findings)) => findings,
            };
            let count = cases.len();
            let named = |case: &Case| case.is_named_in(&findings);
            cases.retain(|case| !(named(case) && self.is_refused(base, &[case])));
            if cases.len() == count {
                let (first, second) = halves(cases, named);
                assert!(!second.is_empty(), "{findings:?}");
                cases = first;
                rest.extend(second);
            }
        }
    }

    fn is_refused(&mut self, base: &Value, cases: &[&Case]) -> bool {
        match with(base, cases) {
            Err(Clash::Findings(findings)) => {
                let cases = cases.iter().map(|case| (*case).clone()).collect();
                self.refusals.push(Error { cases, findings });
                true
            }
            _ => false,
        }
    }
}

/// Whether the name is a text in Rust, so that it need be no identifier.
fn is_text(role: &Role) -> bool {
    role.source.contains("\"Zebra")
}

/// The schema with the cases.
fn with(base: &Value, cases: &[&Case]) -> Result<(Description, Contract), Clash> {
    let mut all = base.clone();
    let mut names = BTreeSet::new();
    for case in cases {
        let mut own = case.description();
        if case.role.name == "application" {
            all["name"] = own["name"].clone();
        }
        own["name"] = all["name"].clone();
        let of = |kind: &str, own: &Value| -> Vec<String> {
            let items = own[kind].as_array().into_iter().flatten();
            items
                .map(|item| item["name"].as_str().unwrap_or_default().to_owned())
                .collect()
        };
        let own_names = ["resources", "commands", "events"]
            .into_iter()
            .flat_map(|kind| of(kind, &own));
        let types = ["output", "input"].into_iter().flat_map(|kind| {
            own[kind]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        });
        let base_has = |name: &str| {
            ["output", "input"]
                .into_iter()
                .any(|kind| base[kind].get(name).is_some())
        };
        let own_names: BTreeSet<String> = own_names
            .chain(types)
            .filter(|name| !name.contains("Quagga"))
            .collect();
        if own_names
            .iter()
            .any(|name| names.contains(name) || base_has(name))
        {
            return Err(Clash::Items);
        }
        names.extend(own_names);
        merge(&mut all, own);
    }
    let all: Description = serde_json::from_value(all).unwrap();
    match resolve(&all) {
        Ok(contract) => Ok((all, contract)),
        Err(findings) => Err(Clash::Findings(findings.as_slice().to_vec())),
    }
}

/// Adds what `own` has more: entries of objects, items of lists, those with a name by it.
fn merge(all: &mut Value, own: Value) {
    match (all, own) {
        (Value::Object(all), Value::Object(own)) => {
            for (key, value) in own {
                match all.get_mut(&key) {
                    Some(other) => merge(other, value),
                    None => drop(all.insert(key, value)),
                }
            }
        }
        (Value::Array(all), Value::Array(own)) => {
            for item in own {
                let name = item.get("name").filter(|name| name.is_string());
                let same = |other: &&mut Value| match name {
                    Some(name) => other.get("name") == Some(name),
                    None => **other == item,
                };
                match all.iter_mut().find(same) {
                    Some(other) => merge(other, item),
                    None => all.push(item),
                }
            }
        }
        _ => {}
    }
}

impl Bundle {
    /// The cases with one copy of a schema each.
    pub fn groups(&self) -> Vec<Vec<&Case>> {
        let mut groups: Vec<Vec<&Case>> = Vec::new();
        for case in &self.cases {
            match groups
                .iter_mut()
                .find(|group| group[0].module() == case.module())
            {
                Some(group) => group.push(case),
                None => groups.push(vec![case]),
            }
        }
        groups
    }

    /// The schema as Rust: a module for each group, and all their items together.
    pub fn source(&self) -> String {
        let mut text = String::new();
        let mut module = |name: &str, code: &str| {
            writeln!(text, "pub mod {name} {{\n{code}\n}}\npub use {name}::*;").unwrap();
        };
        let base = BASE.lines().filter(|line| !line.starts_with("//!"));
        module("place_of_base", &base.collect::<Vec<_>>().join("\n"));
        for group in self.groups() {
            module(&group[0].module(), &source(&group));
        }
        text
    }

    pub fn rust(&self, schema: &str) -> Result<Vec<OutputFile>, String> {
        let options = RustOptions::new(schema);
        render_rust(&self.contract, &options).map_err(|error| error.to_string())
    }

    pub fn typescript(&self) -> Vec<OutputFile> {
        let options = TypeScriptOptions {
            zod: true,
            react: true,
            branded_ids: true,
            // No name of a schema gets into the runtime, which would be the same for all.
            runtime: ClientRuntime::Package,
            ..TypeScriptOptions::default()
        };
        render_typescript(&self.contract, &options).unwrap()
    }
}

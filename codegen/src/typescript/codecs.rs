//! `codecs.ts`: which parts of what travels the client turns into `bigint` and `Uint8Array`, for contracts that have such.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::{Property, Resource, Scalar, Shape, TextFormat, TypeDefinition};
use rowcast_schema::description::Verb;

use super::expression::Expression;
use super::names::{member, string_literal};
use super::view::{CodecConstant, CodecsFile};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};

/// Which types have parts that travel in another form than the client has them.
#[derive(Debug)]
pub(super) struct Codecs<'a> {
    definitions: BTreeMap<&'a str, &'a TypeDefinition>,
    coded: BTreeSet<&'a str>,
}

impl<'a> Codecs<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let types = contract.types().iter();
        let mut codecs = Self {
            definitions: types.map(|one| (one.name.as_str(), one)).collect(),
            coded: BTreeSet::new(),
        };
        loop {
            let found: Vec<&str> = codecs
                .definitions
                .iter()
                .filter(|(name, one)| !codecs.coded.contains(*name) && codecs.concern(&one.shape))
                .map(|(name, _)| *name)
                .collect();
            if found.is_empty() {
                return codecs;
            }
            codecs.coded.extend(found);
        }
    }

    /// Whether the client needs a file of codecs.
    pub(super) fn are_needed(&self) -> bool {
        !self.coded.is_empty()
    }

    /// Whether values of this type travel in another form than the client has them.
    pub(super) fn concern(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Scalar(scalar) => of_scalar(*scalar).is_some(),
            Shape::Named(name) => self.coded.contains(name.as_str()),
            Shape::List(inner) | Shape::Map(inner) | Shape::Checked(inner, _) => {
                self.concern(inner)
            }
            Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
                parts.iter().any(|part| self.concern(part))
            }
            Shape::Object(properties) => self.concern_any(properties),
            Shape::Open(properties, rest) => self.concern_any(properties) || self.concern(rest),
            Shape::Any | Shape::Never | Shape::Null | Shape::Literal(_) => false,
        }
    }

    /// Whether the rows or the inputs of a resource do.
    pub(super) fn concern_resource(&self, resource: &Resource) -> bool {
        let name = &resource.name;
        let types = [name.clone(), format!("New{name}"), format!("{name}Patch")];
        types.iter().any(|name| self.coded.contains(name.as_str()))
    }

    fn concern_any(&self, properties: &[Property]) -> bool {
        properties
            .iter()
            .any(|property| self.concern(&property.shape))
    }

    pub(super) fn render(&self, contract: &Contract) -> Result<OutputFile, RenderError> {
        let mut file = Declared {
            codecs: self,
            declared: BTreeSet::new(),
            begun: BTreeSet::new(),
            constants: Vec::new(),
        };
        let tables = file.tables(contract);
        let body = CodecsFile {
            constants: file.constants,
            tables,
        }
        .render()?;
        Ok(OutputFile::new(
            "codecs.ts",
            "all its types",
            &declared_in(contract),
            &body,
        ))
    }
}

fn of_scalar(scalar: Scalar) -> Option<&'static str> {
    match scalar {
        Scalar::Text(TextFormat::BigInt) => Some("codec.bigint"),
        Scalar::Bytes => Some("codec.bytes"),
        _ => None,
    }
}

fn call(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Call(format!("codec.{function}"), arguments)
}

/// The declarations of a file, each behind those that it mentions.
struct Declared<'c, 'a> {
    codecs: &'c Codecs<'a>,
    declared: BTreeSet<&'a str>,
    begun: BTreeSet<&'a str>,
    constants: Vec<CodecConstant>,
}

impl Declared<'_, '_> {
    /// The entries of the exported object.
    fn tables(&mut self, contract: &Contract) -> Vec<String> {
        let (mut rows, mut answers, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for resource in contract.resources() {
            let Some(row) = self.decoder(&Shape::Named(resource.name.clone())) else {
                continue;
            };
            rows.push((resource.list_event.as_str().to_owned(), row.clone()));
            for call in &resource.calls {
                let answer = match call.verb {
                    Verb::Create | Verb::Update | Verb::Get => row.clone(),
                    Verb::List => page(&row),
                    Verb::Delete => continue,
                };
                answers.push((call.event.as_str().to_owned(), answer));
            }
        }
        for command in contract.commands() {
            let answer = self.decoder(&command.ack);
            answers.extend(answer.map(|answer| (command.event.as_str().to_owned(), answer)));
        }
        for event in contract.events() {
            let payload = self.decoder(&event.payload);
            events.extend(payload.map(|payload| (event.event.as_str().to_owned(), payload)));
        }
        [("rows", rows), ("answers", answers), ("events", events)]
            .into_iter()
            .map(|(name, entries)| {
                let table = call("named", vec![Expression::Object(entries)]);
                format!("{name}: {}", table.laid_out(2 + name.len() + 2, 2, 1))
            })
            .collect()
    }

    /// What decodes values of this type, unless they are what they shall be.
    fn decoder(&mut self, shape: &Shape) -> Option<Expression> {
        if !self.codecs.concern(shape) {
            return None;
        }
        match shape {
            Shape::Scalar(scalar) => of_scalar(*scalar).map(Expression::atom),
            Shape::Named(name) => self.named(name),
            Shape::Checked(inner, _) => self.decoder(inner),
            Shape::List(item) => self.decoder(item).map(|item| call("list", vec![item])),
            Shape::Map(value) => self.decoder(value).map(|value| call("map", vec![value])),
            Shape::Tuple(places) => {
                let places = places.iter().map(|place| self.decoder_or_same(place));
                Some(call("tuple", vec![Expression::Array(places.collect())]))
            }
            Shape::Object(properties) => {
                let fields = self.fields(properties);
                Some(call("object", vec![Expression::Object(fields)]))
            }
            Shape::Open(properties, rest) => Some(self.open(properties, rest)),
            Shape::Intersection(parts) => {
                let parts = parts.iter().filter_map(|part| self.decoder(part));
                Some(each(parts.collect()))
            }
            Shape::Union(members) => {
                let alone = members.iter().filter(|one| **one != Shape::Null).count() == 1;
                let choices = members.iter().filter_map(|member| {
                    let decoder = self.decoder(member)?;
                    let tags = self.tags(member);
                    Some(match tags.is_empty() || alone {
                        true => decoder,
                        false => call("when", vec![Expression::Object(tags), decoder]),
                    })
                });
                Some(each(choices.collect()))
            }
            Shape::Any | Shape::Never | Shape::Null | Shape::Literal(_) => None,
        }
    }

    fn decoder_or_same(&mut self, shape: &Shape) -> Expression {
        self.decoder(shape)
            .unwrap_or_else(|| Expression::atom("codec.same"))
    }

    fn fields(&mut self, properties: &[Property]) -> Vec<(String, Expression)> {
        let coded = properties.iter().filter_map(|property| {
            let decoder = self.decoder(&property.shape)?;
            Some((property.name.clone(), decoder))
        });
        coded.collect()
    }

    fn open(&mut self, properties: &[Property], rest: &Shape) -> Expression {
        let Some(others) = self.decoder(rest) else {
            return call("object", vec![Expression::Object(self.fields(properties))]);
        };
        let all = properties
            .iter()
            .map(|property| (property.name.clone(), self.decoder_or_same(&property.shape)));
        call("object", vec![Expression::Object(all.collect()), others])
    }

    fn named(&mut self, name: &str) -> Option<Expression> {
        let (name, definition) = self.codecs.definitions.get_key_value(name)?;
        let constant = format!("{}Codec", member(name));
        if self.begun.insert(name) {
            let decoder = self.decoder(&definition.shape)?;
            self.declared.insert(name);
            let head = format!("const {constant}: Decode =");
            self.constants.push(CodecConstant {
                text: decoder.declared(&head),
            });
        }
        Some(match self.declared.contains(name) {
            true => Expression::Atom(constant),
            // It is in the middle of its own declaration.
            false => call("lazy", vec![Expression::Atom(format!("() => {constant}"))]),
        })
    }

    /// The fields by which a choice tells itself from others.
    fn tags(&self, shape: &Shape) -> Vec<(String, Expression)> {
        match shape {
            Shape::Object(properties) | Shape::Open(properties, _) => properties
                .iter()
                .filter_map(|property| match &property.shape {
                    Shape::Literal(value) => Some((property.name.clone(), literal(value))),
                    _ => None,
                })
                .collect(),
            Shape::Intersection(parts) => parts.iter().flat_map(|part| self.tags(part)).collect(),
            Shape::Checked(inner, _) => self.tags(inner),
            _ => Vec::new(),
        }
    }
}

fn literal(value: &serde_json::Value) -> Expression {
    let text = value.as_str().map(string_literal);
    Expression::Atom(text.unwrap_or_else(|| value.to_string()))
}

fn each(mut decoders: Vec<Expression>) -> Expression {
    match decoders.len() {
        1 => decoders.remove(0),
        _ => call("each", vec![Expression::Array(decoders)]),
    }
}

fn page(row: &Expression) -> Expression {
    let rows = call("list", vec![row.clone()]);
    let fields = vec![("rows".to_owned(), rows)];
    call("object", vec![Expression::Object(fields)])
}

//! Locks of an earlier form, which knew less of types.

use rowcast_schema::contract::{Scalar, Shape, TextFormat};
use rowcast_schema::rule::{LengthUnit, Rule};

use super::{Lock, LockedCommand, LockedEvent};

impl Lock {
    pub(super) fn is_of_first_form(&self) -> bool {
        self.format == 1
    }

    /// The lock without what one of the first form does not tell: what the keys of maps are, the limits of digits, in what the
    /// length of a text is counted, and that a text is one character. Servers obeyed all that already.
    pub(super) fn as_in_first_form(&self) -> Self {
        let mut lock = self.clone();
        let wire = &mut lock.wire;
        let commands = wire.commands.values_mut();
        let of_commands = commands.flat_map(|LockedCommand { payload, ack, .. }| {
            payload.iter_mut().chain(std::iter::once(ack))
        });
        let events = wire.events.values_mut();
        let of_events = events.map(|LockedEvent { payload, .. }| payload);
        of_commands
            .chain(of_events)
            .chain(wire.types.values_mut())
            .for_each(|shape| *shape = first_form(shape));
        lock
    }
}

fn first_form(shape: &Shape) -> Shape {
    match shape {
        Shape::Scalar(Scalar::Text(TextFormat::Character)) => {
            Shape::Scalar(Scalar::Text(TextFormat::Plain))
        }
        Shape::Checked(inner, rules) => {
            let is_digits = is_digits(inner);
            let known = rules.iter().filter_map(|rule| known(rule, is_digits));
            match (first_form(inner), known.collect::<Vec<Rule>>()) {
                (inner, rules) if rules.is_empty() => inner,
                (inner, rules) => Shape::Checked(Box::new(inner), rules),
            }
        }
        other => other.with_parts(&first_form),
    }
}

fn is_digits(shape: &Shape) -> bool {
    let formats = [TextFormat::Digits, TextFormat::BigInt];
    matches!(shape, Shape::Scalar(Scalar::Text(format)) if formats.contains(format))
}

fn known(rule: &Rule, is_digits: bool) -> Option<Rule> {
    match rule {
        Rule::Key(_) | Rule::Integer { .. } => None,
        Rule::NotZero if is_digits => None,
        // Of a `char`.
        Rule::Length {
            unit: LengthUnit::Unstated,
            min: Some(1),
            max: Some(1),
        } => None,
        Rule::Length { unit, min, max } => Some(Rule::Length {
            unit: match unit {
                LengthUnit::Simple | LengthUnit::Items => *unit,
                _ => LengthUnit::Unstated,
            },
            min: *min,
            max: *max,
        }),
        other => Some(other.clone()),
    }
}

//! Which of serde's attributes an item can have.
//!
//! serde itself writes rows, views and events, and schemars describes what it writes. Inputs are read by Rowcast: `NewX` and
//! `XPatch`, which it makes of the fields of a resource, and commands. There, attributes can't be followed that change how
//! the whole of a struct is read.

/// What the macros make of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Resource,
    View,
    Command,
    Event,
}

/// Where an attribute stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Container,
    Field,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::View => "view",
            Self::Command => "command",
            Self::Event => "event",
        }
    }
}

use Role::{Command, Event, Resource, View};

/// An attribute, the roles that can have it, and what others should do instead.
type Row = (&'static str, &'static [Role], &'static str);

const CONTAINER: &[Row] = &[
    ("rename_all", &[Resource, View, Command, Event], ""),
    ("crate", &[Resource, View, Command, Event], ""),
    ("bound", &[Resource, View, Command, Event], ""),
    ("rename", &[], "give the struct that name"),
    (
        "default",
        &[View, Event],
        "say `#[serde(default)]` on each field that may be left out",
    ),
    (
        "deny_unknown_fields",
        &[View, Event],
        "remove it: keys that are not known are ignored in inputs",
    ),
    (
        "expecting",
        &[View, Event],
        "remove it: the messages for wrong inputs are Rowcast's",
    ),
    ("tag", &[Event], "add a field for the tag"),
    ("content", &[Event], "add a field of an enum with `content`"),
    ("untagged", &[Event], "add a field of an untagged enum"),
    (
        "transparent",
        &[Event],
        "keep the struct around its field, and make that transparent",
    ),
    ("from", &[Event], FIELDS_AS_THEY_TRAVEL),
    ("try_from", &[Event], FIELDS_AS_THEY_TRAVEL),
    ("into", &[Event], FIELDS_AS_THEY_TRAVEL),
    ("remote", &[], "derive it for a struct of your own"),
    ("rename_all_fields", &[Event], "use `rename_all`"),
    ("variant_identifier", &[Event], "remove it"),
    ("field_identifier", &[Event], "remove it"),
];

const FIELDS_AS_THEY_TRAVEL: &str = "declare the fields as they travel, and convert the struct where it is used; or keep the type as one field of the struct";

const FIELD: &[Row] = &[
    ("rename", &[Resource, View, Command, Event], ""),
    ("default", &[Resource, View, Command, Event], ""),
    ("with", &[Resource, View, Command, Event], ""),
    ("serialize_with", &[Resource, View, Command, Event], ""),
    ("deserialize_with", &[Resource, View, Command, Event], ""),
    ("bound", &[Resource, View, Command, Event], ""),
    ("skip_serializing_if", &[Resource, View, Command, Event], ""),
    (
        "skip",
        &[Resource, Event],
        "remove the field; what the server works out itself has no place in what travels",
    ),
    (
        "skip_serializing",
        &[Command, Event],
        "a column that never travels is `#[resource(hidden)]` with `#[serde(skip)]`",
    ),
    (
        "skip_deserializing",
        &[View, Event],
        "what clients can't set is no field of a command, and `#[resource(read_only)]` in a resource",
    ),
    (
        "flatten",
        &[Event],
        "declare the inner fields here, or keep the struct as one field",
    ),
    (
        "alias",
        &[View, Event],
        "take the other name as an optional field of its own while clients send it",
    ),
    ("borrow", &[View, Event], "use an owned type"),
    ("getter", &[], "derive it for a struct of your own"),
];

/// Why an item, or a field of it, can't have an attribute; nothing if it can.
pub(crate) fn judge(role: Role, place: Place, name: &str) -> Option<String> {
    let (table, of) = match place {
        Place::Container => (CONTAINER, ""),
        Place::Field => (FIELD, "a field of "),
    };
    let found = table.iter().find(|(known, ..)| *known == name);
    let help = match found {
        Some((_, roles, _)) if roles.contains(&role) => return None,
        Some((.., help)) => help,
        None => "remove it",
    };
    let (a, role) = (if role == Event { "an" } else { "a" }, role.name());
    Some(format!(
        "`#[serde({name})]` can't be used on {of}{a} {role}\nhelp: {help}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{CONTAINER, FIELD, Place, Role, judge};

    /// What serde's documentation lists, of version 1.0.229.
    const OF_CONTAINERS: &str = "rename rename_all rename_all_fields deny_unknown_fields tag content untagged bound default \
         remote transparent from try_from into crate expecting variant_identifier field_identifier";
    const OF_FIELDS: &str = "rename alias default flatten skip skip_serializing skip_deserializing skip_serializing_if \
         serialize_with deserialize_with with borrow bound getter";

    #[test]
    fn each_attribute_of_serde_is_decided_upon() {
        for (names, table) in [(OF_CONTAINERS, CONTAINER), (OF_FIELDS, FIELD)] {
            let mut names: Vec<&str> = names.split_whitespace().collect();
            let mut known: Vec<&str> = table.iter().map(|(name, ..)| *name).collect();
            names.sort_unstable();
            known.sort_unstable();
            assert_eq!(names, known);
        }
    }

    #[test]
    fn what_is_refused_has_a_remedy_and_what_is_unknown_is_refused() {
        for (name, roles, help) in CONTAINER.iter().chain(FIELD) {
            assert_eq!(help.is_empty(), roles.len() == 4, "{name}");
        }
        let message = judge(Role::Event, Place::Field, "of_tomorrow");
        let message = message.unwrap_or_default();
        assert!(
            message.starts_with("`#[serde(of_tomorrow)]` can't be used on a field of an event")
        );
    }
}

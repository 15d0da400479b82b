//! Positions of the planner's lists, and what a `sync` from them says.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::client::{Client, argument_of};

/// The lists of the planner, as a page that shows all of them syncs them.
pub const ALL: [&str; 4] = ["coaches", "exercise_moves", "workout_plans", "schedules"];

/// What a `sync` answered: each list with its changes.
#[derive(Debug, PartialEq)]
pub struct Answer(Map<String, Value>);

impl Answer {
    /// Reads the frame of an ack.
    pub fn read(frame: &str) -> Outcome<Self> {
        let mut ack: Value = serde_json::from_str(argument_of(frame))?;
        match ack["data"].take() {
            Value::Object(lists) => Ok(Self(lists)),
            _ => Err(format!("`sync` was refused: {ack}").into()),
        }
    }

    /// The payload by which a client syncs that has seen all this.
    pub fn as_request(&self) -> String {
        let position = |(name, changes): (&String, &Value)| {
            let position = json!({ "epoch": changes["epoch"], "at": changes["to"] });
            (name.clone(), position)
        };
        Value::Object(self.0.iter().map(position).collect()).to_string()
    }

    /// The same lists after what was told later.
    fn followed_by(mut self, later: &Self) -> Self {
        for (name, list) in &mut self.0 {
            let later = &later.0[name];
            let before = list["put"].as_array().into_iter().flatten();
            let put = later["put"].as_array().into_iter().flatten();
            let rows: BTreeMap<_, _> = before
                .chain(put)
                .map(|row| (row["id"].as_i64(), row))
                .collect();
            list["put"] = rows.into_values().cloned().collect();
            list["to"] = later["to"].clone();
        }
        self
    }

    /// Whether somebody who had `before`, all of it, has the rows of `now` after this.
    pub fn leads_from(&self, before: &Self, now: &Self) -> bool {
        let nothing = json!([]);
        now.0.iter().all(|(name, now)| {
            let (before, told) = (&before.0[name], &self.0[name]);
            let rows = match &told["from"] {
                Value::Null => &told["put"],
                from if *from == before["to"] && told["put"] == nothing => &before["put"],
                _ => return false,
            };
            *rows == now["put"] && told["dropped"] == nothing && told["to"] == now["to"]
        })
    }
}

/// The payload by which a client syncs these lists that has seen nothing.
pub fn from_nothing(lists: &[&str]) -> String {
    let lists: Map<String, Value> = lists
        .iter()
        .map(|list| ((*list).to_owned(), Value::Null))
        .collect();
    Value::Object(lists).to_string()
}

/// Fetches whole lists as they are now: a busy list may be told as it was a moment ago, and what came later after that.
pub async fn whole(client: &mut Client, lists: &[&str]) -> Outcome<Answer> {
    let first = Answer::read(&client.call("sync", &from_nothing(lists), None).await?)?;
    let later = client.call("sync", &first.as_request(), None).await?;
    Ok(first.followed_by(&Answer::read(&later)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(from: Value, to: u64, put: Value) -> Answer {
        let text = json!({ "ok": true, "data": { "a": { "epoch": "e", "from": from, "to": to, "put": put, "dropped": [] } } });
        Answer::read(&format!("431[{text}]")).unwrap()
    }

    #[test]
    fn an_answer_names_the_next_position() {
        let request = answer(Value::Null, 7, json!([])).as_request();
        assert_eq!(request, r#"{"a":{"epoch":"e","at":7}}"#);
        assert_eq!(from_nothing(&["a"]), r#"{"a":null}"#);
    }

    #[test]
    fn later_rows_take_the_place_of_earlier_ones() {
        let row = |id: u8, text: &str| json!({ "id": id, "text": text });
        let before = answer(Value::Null, 2, json!([row(1, "a"), row(3, "a")]));
        let later = answer(json!(2), 4, json!([row(2, "b"), row(3, "b")]));
        let now = json!([row(1, "a"), row(2, "b"), row(3, "b")]);
        assert_eq!(before.followed_by(&later), answer(Value::Null, 4, now));
    }

    #[test]
    fn rows_are_what_was_there_or_what_was_told() {
        let before = answer(Value::Null, 7, json!([1, 2]));
        let same = answer(Value::Null, 7, json!([1, 2]));
        let other = answer(Value::Null, 8, json!([1, 3]));
        let nothing = answer(json!(7), 7, json!([]));
        assert!(nothing.leads_from(&before, &same));
        assert!(!nothing.leads_from(&before, &other));
        assert!(other.leads_from(&before, &other));
        assert!(!other.leads_from(&before, &same));
    }
}

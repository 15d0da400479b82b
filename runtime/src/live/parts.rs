//! Divides the rows of a whole list into parts, so that a large list is not sent as one frame.
//!
//! A part is a slice of the encoded list that all clients share; it is found by the id before it.

use std::sync::{Arc, OnceLock};

use rowcast_schema::input::Json;
use serde_json::value::RawValue;

use crate::store::{Error, RowId};

/// Bytes of rows in one answer to `sync`, shared evenly by the lists that were requested in parts.
///
/// At 50 kB/s they take five seconds, well within the tolerated delay of an Engine.IO heartbeat. Rows that changed
/// since a position that the client has are not divided; they leave less for the next rows of the list.
const MAX_ANSWER: usize = 256 * 1024;
/// Bytes of an answer that each list requested in parts may have at least.
const MIN_PART: usize = 16 * 1024;
/// A list is divided between blocks of at most this number of bytes, or of one row. It bounds the search for one row.
const MAX_BLOCK: usize = 4 * 1024;

/// Bytes of rows that a part may have, given the number of divided lists.
pub(super) fn budget(lists: usize) -> usize {
    (MAX_ANSWER / lists.max(1)).max(MIN_PART)
}

/// The rows of a whole list, encoded once for all clients.
pub(super) struct Rows {
    json: Arc<RawValue>,
    /// The boundaries of parts, computed on first use. `None` if the rows are not in the order of their ids.
    blocks: OnceLock<Option<Vec<Block>>>,
}

/// Consecutive rows. A block begins where the one before ends.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// The id of the last row.
    last: RowId,
    /// The offset of the byte that follows the last row.
    end: usize,
}

/// Some rows of a list.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) rows: Arc<RawValue>,
    /// The id of the last row, if rows follow it.
    pub(super) more: Option<RowId>,
}

impl Rows {
    pub(super) fn new(json: Arc<RawValue>) -> Self {
        Self {
            json,
            blocks: OnceLock::new(),
        }
    }

    /// All rows.
    pub(super) fn json(&self) -> &Arc<RawValue> {
        &self.json
    }

    /// As many of the first rows as fit into `budget` bytes, but at least one; all of them if they are unordered.
    pub(super) fn first_part(&self, budget: usize) -> Result<Part, Error> {
        let all = Part {
            rows: self.json.clone(),
            more: None,
        };
        if self.json.get().len() <= budget {
            return Ok(all);
        }
        Ok(self.part(None, budget)?.unwrap_or(all))
    }

    /// As many of the rows with greater ids as fit into `budget` bytes, but at least one; `None` if they are unordered.
    pub(super) fn part_after(&self, after: &RowId, budget: usize) -> Result<Option<Part>, Error> {
        self.part(Some(after), budget)
    }

    fn part(&self, after: Option<&RowId>, budget: usize) -> Result<Option<Part>, Error> {
        let blocks = self.blocks.get_or_init(|| blocks_of(&self.json));
        let Some(blocks) = blocks else {
            return Ok(None);
        };
        let passed = after.map_or(0, |after| {
            blocks.partition_point(|block| block.last <= *after)
        });
        let begin = self.begin(blocks, passed, after)?;
        let rest = &blocks[passed..];
        let fitting = rest.partition_point(|block| block.end - begin <= budget);
        let (part, more) = rest.split_at(fitting.max(1).min(rest.len()));
        let rows = match part.last() {
            Some(last) => list_of(&self.json.get()[begin..last.end])?,
            None => list_of("")?,
        };
        let more = part.last().filter(|_| !more.is_empty());
        Ok(Some(Part {
            rows: rows.into(),
            more: more.map(|last| last.last.clone()),
        }))
    }

    /// The offset of the first row after an id, given how many blocks have no such row.
    fn begin(
        &self,
        blocks: &[Block],
        passed: usize,
        after: Option<&RowId>,
    ) -> Result<usize, Error> {
        let start = passed.checked_sub(1).map_or(1, |last| blocks[last].end);
        let (Some(after), Some(block)) = (after, blocks.get(passed)) else {
            return Ok(start);
        };
        let block = &self.json.get()[start..block.end];
        let rows = without_comma(block);
        let list = list_of(rows)?;
        let known = rows_of(&list).take_while(|row| id_of(row).is_some_and(|id| id <= *after));
        // Counted without the bracket before the rows.
        let known = known.last().map_or(0, |row| end_of(&list, row) - 1);
        Ok(start + block.len() - rows.len() + known)
    }
}

/// Divides a list, if its rows are in the order of their ids.
fn blocks_of(json: &RawValue) -> Option<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut begin = 1;
    for row in rows_of(json) {
        let last = id_of(row)?;
        let end = end_of(json, row);
        match blocks.last_mut() {
            Some(block) if last <= block.last => return None,
            Some(block) if end - begin <= MAX_BLOCK => *block = Block { last, end },
            before => {
                begin = before.map_or(begin, |block| block.end);
                blocks.push(Block { last, end });
            }
        }
    }
    Some(blocks)
}

/// The rows of an encoded list.
pub(super) fn rows_of(list: &RawValue) -> impl Iterator<Item = &RawValue> {
    let rows = match Json::of(list) {
        Json::List(rows) => Some(rows),
        _ => None,
    };
    rows.into_iter().flatten()
}

/// The id of an encoded row.
pub(super) fn id_of(row: &RawValue) -> Option<RowId> {
    let Json::Object(mut entries) = Json::of(row) else {
        return None;
    };
    // The first value of the key, so that the rest is not parsed. Encoders write a key once.
    let is_id = |(key, _): &(Option<_>, _)| key.as_deref() == Some("id");
    let (_, id) = Iterator::find(&mut entries, is_id)?;
    serde_json::from_str(id.get()).ok()
}

/// The offset of the byte that follows a row of a list.
fn end_of(list: &RawValue, row: &RawValue) -> usize {
    let row = row.get();
    row.as_ptr().addr() - list.get().as_ptr().addr() + row.len()
}

/// A list of comma-separated rows.
fn list_of(rows: &str) -> Result<Box<RawValue>, Error> {
    let rows = without_comma(rows);
    Ok(RawValue::from_string(format!("[{rows}]"))?)
}

fn without_comma(rows: &str) -> &str {
    rows.trim_start_matches([' ', '\t', '\r', '\n', ','])
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    /// A list whose row with the id `n` is `sizes[n - 1]` bytes and a few more.
    fn rows(sizes: &[usize]) -> Rows {
        let row = |(index, size)| json!({ "id": index + 1, "text": "x".repeat(size) });
        let rows: Vec<_> = sizes.iter().copied().enumerate().map(row).collect();
        Rows::new(to_raw_value(&rows).unwrap().into())
    }

    fn ids(part: &Part) -> Vec<RowId> {
        rows_of(&part.rows).map(|row| id_of(row).unwrap()).collect()
    }

    fn int_ids(ids: impl IntoIterator<Item = i64>) -> Vec<RowId> {
        ids.into_iter().map(RowId::Int).collect()
    }

    #[test]
    fn parts_are_all_of_a_list_and_within_the_budget() {
        let sizes: Vec<_> = (0..3000).map(|n| n * 7 % 300).collect();
        let list = rows(&sizes);
        let mut part = list.first_part(MIN_PART).unwrap();
        let mut found = ids(&part);
        while let Some(after) = part.more {
            assert_eq!(found.last(), Some(&after));
            part = list.part_after(&after, MIN_PART).unwrap().unwrap();
            let bytes = part.rows.get().len();
            assert!(bytes <= MIN_PART + 2, "{bytes}");
            assert!(part.more.is_none() || bytes > MIN_PART - 2 * MAX_BLOCK);
            found.extend(ids(&part));
        }
        assert_eq!(found, int_ids(1..=3000));
    }

    #[test]
    fn a_part_begins_after_any_id() {
        let list = rows(&[1000; 20]);
        for after in -1..22 {
            let part = list.part_after(&RowId::Int(after), usize::MAX);
            let part = part.unwrap().unwrap();
            assert_eq!(ids(&part), int_ids(after.max(0) + 1..=20), "{after}");
            assert_eq!(part.more, None);
        }
    }

    #[test]
    fn a_row_beyond_the_budget_is_a_part_of_its_own() {
        let list = rows(&[10, 2 * MIN_PART, 10]);
        let first = list.first_part(MIN_PART).unwrap();
        assert_eq!((ids(&first), first.more), (int_ids([1]), Some(1.into())));
        let second = list.part_after(&1.into(), MIN_PART).unwrap().unwrap();
        assert_eq!((ids(&second), second.more), (int_ids([2]), Some(2.into())));
        let third = list.part_after(&2.into(), MIN_PART).unwrap().unwrap();
        assert_eq!((ids(&third), third.more), (int_ids([3]), None));
    }

    #[test]
    fn lists_without_an_order_of_ids_are_not_divided() {
        for rows in [
            json!([{ "id": 2, "text": "x".repeat(100) }, { "id": 1 }]),
            json!([{ "id": 1, "text": "x".repeat(100) }, { "id": 1 }]),
            json!([{ "text": "x".repeat(100) }]),
        ] {
            let list = Rows::new(to_raw_value(&rows).unwrap().into());
            let part = list.first_part(10).unwrap();
            assert_eq!((part.rows.get(), part.more), (list.json().get(), None));
            assert!(list.part_after(&1.into(), 10).unwrap().is_none());
        }
    }

    #[test]
    fn lists_may_be_empty_or_written_with_spaces() {
        let empty = rows(&[]).part_after(&1.into(), 10).unwrap().unwrap();
        assert_eq!((empty.rows.get(), empty.more), ("[]", None));
        let json = RawValue::from_string("[ {\"id\": 1} , { \"id\":2 } ]".to_owned()).unwrap();
        let list = Rows::new(json.into());
        let part = list.part_after(&1.into(), 10).unwrap().unwrap();
        assert_eq!(ids(&part), int_ids([2]));
        let first = list.first_part(10).unwrap();
        assert_eq!((ids(&first), first.more), (int_ids([1, 2]), None));
    }

    #[test]
    fn an_answer_is_shared_by_its_lists() {
        assert_eq!(budget(0), MAX_ANSWER);
        assert_eq!(budget(1), MAX_ANSWER);
        assert_eq!(budget(4), MAX_ANSWER / 4);
        assert_eq!(budget(100), MIN_PART);
    }
}

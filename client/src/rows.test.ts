import { expect, test } from "vitest";
import { findRow, placeRows } from "./rows.js";
import type { Id } from "./wire.js";

interface Row {
  readonly id: Id;
  readonly name?: string;
}

function placed(rows: readonly Row[], changed: readonly (readonly [Id, Row | undefined])[]) {
  return placeRows(rows, new Map(changed));
}

test("rows are placed by their ids: numbers by value, text by code point", () => {
  const numbers = [10, 9, -1].map((id) => [id, { id }] as const);
  expect(placed([], numbers).map(({ id }) => id)).toEqual([-1, 9, 10]);
  // The code units of the last one are lower than those of the one before it.
  const texts = ["\u{1f600}", "\uffff", "é", "a", "B", ""].map((id) => [id, { id }] as const);
  expect(placed([], texts).map(({ id }) => id)).toEqual(["", "B", "a", "é", "\uffff", "\u{1f600}"]);
});

test("rows are replaced and dropped, and those that are not there are not missed", () => {
  const rows: readonly Row[] = [{ id: 1 }, { id: 2 }, { id: 3 }];
  const next = placed(rows, [
    [2, { id: 2, name: "second" }],
    [3, undefined],
    [4, undefined],
  ]);
  expect(next).toEqual([{ id: 1 }, { id: 2, name: "second" }]);
  expect(next[0]).toBe(rows[0]);
  expect(placed(rows, [])).toBe(rows);
});

test("a row is found by its id", () => {
  const rows = [{ id: 1 }, { id: 3 }];
  expect(findRow(rows, 3)).toBe(rows[1]);
  expect(findRow(rows, 2)).toBeUndefined();
  expect(findRow(rows, 4)).toBeUndefined();
});

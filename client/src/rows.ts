/** Rows in the order of their ids. */
import type { Id, Identified } from "./wire.js";

/** The row with this id, in rows by id. */
export function findRow<Row extends Identified>(rows: readonly Row[], id: Id): Row | undefined {
  const row = rows[placeOf(rows, id)];
  return row?.id === id ? row : undefined;
}

/** Where a row with this id is, or belongs. */
function placeOf(rows: readonly Identified[], id: Id): number {
  let [start, end] = [0, rows.length];
  while (start < end) {
    const middle = (start + end) >> 1;
    const row = rows[middle];
    if (row && compareIds(row.id, id) < 0) start = middle + 1;
    else end = middle;
  }
  return start;
}

/** Rows by id with some of them replaced, or dropped; the same array if there are none. */
export function placeRows<Row extends Identified>(
  rows: readonly Row[],
  changed: ReadonlyMap<Id, Row | undefined>,
): readonly Row[] {
  if (changed.size === 0) return rows;
  const next = [...rows];
  for (const [id, row] of changed) {
    const index = placeOf(next, id);
    next.splice(index, next[index]?.id === id ? 1 : 0, ...(row ? [row] : []));
  }
  return next;
}

/** Orders ids as the server does: numbers by value, text by code point. */
function compareIds(a: Id, b: Id): number {
  return typeof a === "number" ? a - Number(b) : compareText(a, String(b));
}

/** By code point: the halves of characters beyond U+FFFF are not the highest code units. */
function compareText(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return (a.codePointAt(index) ?? -1) - (b.codePointAt(index) ?? -1);
}

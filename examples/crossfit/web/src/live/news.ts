/** What others do, in words. */
import type { RowChange } from "./changes.js";

/** Says what somebody else did to a row, or null if nobody did anything. */
export function describeChange<Row>(
  change: RowChange<Row> | null,
  nameOf: (row: Row) => string,
): string | null {
  return change && `Just now: “${nameOf(change.row)}” was ${change.kind}.`;
}

/**
 * What a list shows: the server's rows, and over them the writes of this client.
 *
 * Plain data, no socket. `list-state.ts` has what changes it.
 */
import { RowcastError } from "./errors.js";
import { frozen } from "./freeze.js";
import { throwLater } from "./listeners.js";
import { findRow, placeRows } from "./rows.js";
import { isEqual } from "./values.js";
import type { Changes, Id, Identified, Position } from "./wire.js";

/** One's own write that the list's position has not reached yet; without a row, a deletion. */
export interface OwnWrite<Row> {
  readonly id: Id;
  readonly row: Row | null;
  readonly position: Position;
}

/** What a write without an answer is expected to do to its row. */
export interface Guess<Row extends Identified> {
  readonly id: Row["id"];
  /** Makes of the row what to show; undefined where there is none, before and after. */
  readonly change: (row: Row | undefined) => Row | undefined;
}

/**
 * A list as far as this client knows it: plain data, never changed, only replaced by the functions
 * below. What is shown lies in three layers: the server's changes, own writes that it has
 * carried out, and guesses about those that it has not answered. A lower layer may change at any
 * time; those above are laid over it anew.
 */
export interface ListState<Row extends Identified> {
  /** The position that `fed` has reached; null before the first whole list. */
  readonly position: Position | null;
  /** The list as the server's changes made it, by id. */
  readonly fed: readonly Row[];
  /** Own writes that `fed` does not contain yet, one of each row. */
  readonly own: readonly OwnWrite<Row>[];
  /** What writes without an answer are expected to do, in the order in which they were made. */
  readonly guesses: readonly Guess<Row>[];
  /** Changes that came before those that lead to them. */
  readonly early: readonly Changes<Row>[];
  /** The list as far as it has been loaded, while its parts come; then it takes the place of `fed`. */
  readonly part: Part<Row> | null;
  /** `fed` with `own` and `guesses` over it: the same array until a row of it changes. */
  readonly rows: readonly Row[];
}

/** The beginning of a list at a position, up to the id `after`. */
export interface Part<Row extends Identified> {
  readonly position: Position;
  readonly fed: readonly Row[];
  readonly after: Id;
}

/** The own write of a row that the list does not contain yet. */
export function ownWrite<Row extends Identified>(
  { own }: ListState<Row>,
  id: Id,
): OwnWrite<Row> | undefined {
  return own.find((write) => write.id === id);
}

/** Brings `rows` of the next state in line with the layers that have changed. */
export function withRows<Row extends Identified>(
  before: ListState<Row>,
  next: ListState<Row>,
): ListState<Row> {
  const { fed, own, guesses } = next;
  if (fed === before.fed && own === before.own && guesses === before.guesses) return next;
  const rows = placeRows(fed, overlay(next));
  const isSame =
    rows.length === before.rows.length && rows.every((row, index) => row === before.rows[index]);
  return { ...next, rows: isSame ? before.rows : frozen(rows) };
}

/** What own writes and guesses make of rows; undefined for those that are not to be seen. */
function overlay<Row extends Identified>(state: ListState<Row>): ReadonlyMap<Id, Row | undefined> {
  const changed = new Map<Id, Row | undefined>();
  for (const { id, row } of state.own) changed.set(id, row ?? undefined);
  for (const guess of state.guesses) {
    const { id } = guess;
    const row = changed.has(id) ? changed.get(id) : findRow(state.fed, id);
    changed.set(id, guessRow(guess, row));
  }
  // A guess makes its row anew each time: what is equal to the row from before stays that row.
  for (const [id, row] of changed) changed.set(id, row && reuseRow(state, row));
  return changed;
}

/** A guess that fails on what the row has become must not keep the list from going on. */
function guessRow<Row extends Identified>(
  guess: Guess<Row>,
  row: Row | undefined,
): Row | undefined {
  try {
    return changeRow(guess, row);
  } catch (error) {
    throwLater(error);
    return row;
  }
}

/** What a guess makes of a row; fails if it makes another row of it. */
export function changeRow<Row extends Identified>(
  { id, change }: Guess<Row>,
  row: Row | undefined,
): Row | undefined {
  const changed = change(row);
  if (changed && changed.id !== id) {
    throw new RowcastError("an optimistic row must keep its id");
  }
  return changed;
}

/** The object known for a row already, if nothing in it differs: views compare by identity. */
export function reuseRow<Row extends Identified>(state: ListState<Row>, row: Row): Row {
  const lists = [state.fed, state.rows, state.part?.fed ?? []];
  const known = [ownWrite(state, row.id)?.row, ...lists.map((list) => findRow(list, row.id))];
  return known.find((other) => other && isEqual(other, row)) ?? frozen(row);
}

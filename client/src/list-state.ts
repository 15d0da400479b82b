/** How a list goes from one state to the next: by the server's changes, and by own writes. Plain data, no socket. */
import {
  changeRow,
  type Guess,
  type ListState,
  type OwnWrite,
  ownWrite,
  type Part,
  reuseRow,
  withRows,
} from "./list-layers.js";
import { isBefore, isPosition, isReachedBy } from "./positions.js";
import { findRow, placeRows } from "./rows.js";
import type { Changes, Id, Identified, Known, Position } from "./wire.js";

/** How many early changes are kept; with fewer, a busy list might never catch up. */
const MAX_EARLY = 100;

/** Makes the state of a list of which nothing is known yet. */
export function createListState<Row extends Identified>(): ListState<Row> {
  return { position: null, fed: [], own: [], guesses: [], early: [], part: null, rows: [] };
}

/**
 * Applies changes, in whatever order they come: repeats are dropped, and what follows a gap waits
 * until {@link wantsSync} has been answered.
 *
 * To the answer to a sync belongs the state as it was when the sync was sent. An answer that ends before what was known then
 * comes of a server whose history went back (a backup was restored): what came of the lost part is given up.
 */
export function applyChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  asked: ListState<Row> = createListState(),
): ListState<Row> {
  const end = endOf(changes);
  const wentBack = receivedPositions(asked).some((position) => isBefore(end, position));
  const known = wentBack ? forgetReceived(state, asked, changes) : state;
  // The answer to what was asked before another part came is as good as a push.
  const part = known.part === asked.part ? known.part : null;
  let next = takeChanges(known, changes, part);
  for (let before = known; next.position !== before.position; ) {
    before = next;
    next = { ...before, early: [] };
    for (const waiting of before.early) next = takeChanges(next, waiting, null);
  }
  return withRows(state, next);
}

/** Shows what a write is expected to do, until {@link settleWrite} ends it. Fails as `change` does. */
export function applyGuess<Row extends Identified>(
  state: ListState<Row>,
  guess: Guess<Row>,
): ListState<Row> {
  changeRow(guess, findRow(state.rows, guess.id));
  return withRows(state, { ...state, guesses: [...state.guesses, guess] });
}

/**
 * Ends a write: its guess, if there was one, and in the same step, so that nothing else is seen in between, shows what came of
 * it: a row, or null for a deletion. Older changes do not undo that until the list's own position has reached the write's.
 * Without a result, all is as if nothing had been guessed.
 */
export function settleWrite<Row extends Identified>(
  state: ListState<Row>,
  write: OwnWrite<Row> | null,
  guess?: Guess<Row> | false,
): ListState<Row> {
  const guesses = guess ? state.guesses.filter((other) => other !== guess) : state.guesses;
  return withRows(state, { ...state, guesses, own: write ? ownWith(state, write) : state.own });
}

/** The own writes with another one, unless something newer is known. */
function ownWith<Row extends Identified>(
  state: ListState<Row>,
  { id, row, position }: OwnWrite<Row>,
): readonly OwnWrite<Row>[] {
  const { own } = state;
  const earlier = ownWrite(state, id);
  if (state.position && isReachedBy(position, state.position)) return own;
  if (earlier && isBefore(position, earlier.position)) return own;
  const written = { id, row: row && reuseRow(state, row), position };
  return [...own.filter((other) => other !== earlier), written];
}

/** Whether the list lacks changes that only a sync can bring. */
export function wantsSync<Row extends Identified>(state: ListState<Row>): boolean {
  return state.early.length > 0 || state.part !== null || syncPosition(state) === null;
}

/** What to say in a sync: the list is wanted in parts. */
export function syncKnown<Row extends Identified>(state: ListState<Row>): Known {
  const position = syncPosition(state);
  return { ...position, after: position && (state.part?.after ?? null) };
}

/** The position to sync from; null if all of the list is needed. */
export function syncPosition<Row extends Identified>(state: ListState<Row>): Position | null {
  const { position } = state.part ?? state;
  const epoch = position?.epoch;
  const foreignChanges = state.early.some((changes) => changes.epoch !== epoch);
  const foreignWrites = state.own.some((write) => write.position.epoch !== epoch);
  return foreignChanges || foreignWrites ? null : position;
}

/** All positions that this client has received, in changes and in answers. */
function receivedPositions<Row extends Identified>(state: ListState<Row>): readonly Position[] {
  const own = state.own.map((write) => write.position);
  const lists = [state.position, state.part?.position].filter(isPosition);
  return [...own, ...state.early.map(endOf), ...lists];
}

function endOf({ epoch, to }: Changes<unknown>): Position {
  return { epoch, at: to };
}

/** Forgets what had been received when a sync was sent; a whole list makes up for it. */
function forgetReceived<Row extends Identified>(
  state: ListState<Row>,
  asked: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  const own = state.own.filter((write) => !asked.own.includes(write));
  const early = state.early.filter((changes) => !asked.early.includes(changes));
  const position = changes.from === null ? null : state.position;
  return { ...state, position, own, early, part: null };
}

/** Takes changes, which may follow on a part of the list. */
function takeChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  part: Part<Row> | null,
): ListState<Row> {
  const { position } = state;
  const { epoch, from } = changes;
  if (position && isReachedBy(endOf(changes), position)) {
    return from === null || part ? completed(state, state.fed, position) : state;
  }
  if (from === null) return takeRows(state, [], changes);
  if (part) return takeRows(state, part.fed, changes);
  const follows = position && isReachedBy({ epoch, at: from }, position);
  if (follows) return takeRows(state, state.fed, changes);
  return { ...state, early: [...state.early, changes].slice(-MAX_EARLY) };
}

/** Takes all of a list, a part of it after those before, or what has changed in it. */
function takeRows<Row extends Identified>(
  state: ListState<Row>,
  before: readonly Row[],
  changes: Changes<Row>,
): ListState<Row> {
  const position = endOf(changes);
  const fed = changedRows(state, before, changes);
  if (changes.more === undefined) return completed(state, fed, position);
  // The list that is being loaded has the writes of earlier epochs. They are shown until it is there.
  const contained = (write: OwnWrite<Row>): OwnWrite<Row> =>
    write.position.epoch === position.epoch ? write : { ...write, position };
  const own = state.own.map(contained);
  const part = { position, fed, after: changes.more };
  return { ...state, own, early: ofEpoch(state.early, position.epoch), part };
}

/** The whole list is there. What came of other epochs will never fit. */
function completed<Row extends Identified>(
  state: ListState<Row>,
  fed: readonly Row[],
  position: Position,
): ListState<Row> {
  const own = state.own.filter((write) => isBefore(position, write.position));
  return { ...state, position, fed, own, early: ofEpoch(state.early, position.epoch), part: null };
}

function ofEpoch<Row>(early: readonly Changes<Row>[], epoch: string): readonly Changes<Row>[] {
  return early.filter((changes) => changes.epoch === epoch);
}

function changedRows<Row extends Identified>(
  state: ListState<Row>,
  rows: readonly Row[],
  { put, dropped }: Pick<Changes<Row>, "put" | "dropped">,
): readonly Row[] {
  const changed = new Map<Id, Row | undefined>(dropped.map((id) => [id, undefined]));
  for (const row of put) changed.set(row.id, reuseRow(state, row));
  return placeRows(rows, changed);
}

/** The calls of a list: one function for each kind. */
import { isIdentified } from "./guards.js";
import type { OpenList } from "./live-list.js";
import type { Ack, DeleteAck, GetAck, Identified, PageAck, PageQuery } from "./wire.js";

/** How to create a row whose id the client gives. */
export interface CreateOptions<Row extends Identified> {
  /**
   * The row as it is expected to be, from the id of the input. It is in the list at once; the
   * server's row takes its place, and it is gone again if the call is refused or fails. Without an
   * id in the input, nothing is shown before the answer.
   */
  readonly optimistic?: (id: Row["id"]) => Row;
}

/**
 * How to update a row.
 *
 * @example
 * async function rename(notes: NoteList, id: NoteId, title: string): Promise<boolean> {
 *   const ack = await notes.update({ id, title }, { optimistic: (row) => ({ ...row, title }) });
 *   return ack.ok;
 * }
 */
export interface UpdateOptions<Row extends Identified> {
  /**
   * Makes of the row what it is expected to become: a new object, shown at once. The server's row
   * takes its place, and what was there before comes back if the call is refused or fails.
   *
   * Set values, do not count on: it is called again for each change to the row that comes before
   * the answer, which may be the update itself.
   */
  readonly optimistic?: (row: Row) => Row;
}

/** How to delete a row. */
export interface DeleteOptions {
  /** Whether the row goes at once, and comes back if the call is refused or fails. */
  readonly optimistic?: boolean;
}

/** Makes the function that creates rows; the new row is in the list when it resolves. */
export function createVerb<Row extends Identified, New>(
  list: OpenList<Row>,
  event: string,
): (input: New, options?: CreateOptions<Row>) => Promise<Ack<Row, New>> {
  return (input, { optimistic } = {}) => {
    if (!optimistic || !isIdentified(input)) return list.write(event, input);
    const { id } = input;
    return list.write(event, input, { id, change: () => optimistic(id) });
  };
}

/** Makes the function that updates rows; the new state is in the list when it resolves. */
export function updateVerb<Row extends Identified, Patch extends Identified>(
  list: OpenList<Row>,
  event: string,
): (patch: Patch, options?: UpdateOptions<Row>) => Promise<Ack<Row, Patch>> {
  return (patch, { optimistic } = {}) =>
    list.write(
      event,
      patch,
      optimistic && { id: patch.id, change: (row) => row && optimistic(row) },
    );
}

/** Makes the function that deletes rows; the row is gone from the list when it resolves. */
export function deleteVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (id: Row["id"], options?: DeleteOptions) => Promise<DeleteAck<Row>> {
  return (id, { optimistic } = {}) =>
    list.write(event, { id }, optimistic ? { id, change: () => undefined } : undefined, true);
}

/** Makes the function that asks the server for one row. */
export function getVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (id: Row["id"]) => Promise<GetAck<Row>> {
  return (id) => list.call(event, { id });
}

/** Makes the function that asks the server for a part of the list. */
export function listVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (query?: PageQuery<Row>) => Promise<PageAck<Row>> {
  return (query = {}) => list.call(event, query);
}

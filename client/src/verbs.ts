/** The calls of a list: one function for each kind. */
import { isIdentified } from "./guards.js";
import type { Guess } from "./list-layers.js";
import type { MakeCall } from "./requests.js";
import type { Id, Identified } from "./wire.js";

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

/** The calls that lists may have. */
type Verb = "create" | "update" | "delete" | "get" | "list";

/** The events of the calls that a list has. */
export type ListEvents<List> = { readonly [Name in Verb & keyof List]: string };

/**
 * Writes a row, or deletes it, and shows that when it is answered: in place of the guess, which is shown until then, and
 * gone if the write is refused or fails.
 */
type Write = (
  event: string,
  payload: unknown,
  guess?: Guess<Identified> | false,
  isDeletion?: boolean,
) => Promise<unknown>;

/** The calls for which there are events. What a call has written is in the list when the call resolves. */
export function callsOf(
  write: Write,
  call: MakeCall,
  { create, update, delete: remove, get, list }: Partial<Record<Verb, string>>,
): object {
  return {
    ...(create && {
      create: (input: unknown, { optimistic }: CreateOptions<Identified> = {}) => {
        if (!optimistic || !isIdentified(input)) return write(create, input);
        const { id } = input;
        return write(create, input, { id, change: () => optimistic(id) });
      },
    }),
    ...(update && {
      update: (patch: Identified, { optimistic }: UpdateOptions<Identified> = {}) =>
        write(
          update,
          patch,
          optimistic && { id: patch.id, change: (row) => row && optimistic(row) },
        ),
    }),
    ...(remove && {
      delete: (id: Id, { optimistic }: DeleteOptions = {}) =>
        write(remove, { id }, optimistic && { id, change: () => undefined }, true),
    }),
    ...(get && { get: (id: Id) => call(get, { id }) }),
    ...(list && { list: (query: object = {}) => call(list, query) }),
  };
}

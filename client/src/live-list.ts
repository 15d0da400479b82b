/** Lists that follow the server's, and what is written to them. */
import type { OpenConnection } from "./connection.js";
import { defer } from "./deferred.js";
import { RowcastProtocolError } from "./errors.js";
import { isIdentified } from "./guards.js";
import type { Guess, ListState, OwnWrite } from "./list-layers.js";
import { applyGuess, createListState, settleWrite } from "./list-state.js";
import { createListeners, type Unsubscribe } from "./listeners.js";
import { positionOf } from "./positions.js";
import { findRow } from "./rows.js";
import type { ConnectionStatus } from "./status.js";
import type { SyncedList } from "./sync.js";
import { trusted } from "./values.js";
import { callsOf, type ListEvents } from "./verbs.js";
import type { Ack, Identified } from "./wire.js";

/**
 * A list that follows the server's.
 *
 * @example
 * function show(list: LiveList<{ id: number; name: string }>): Unsubscribe {
 *   return list.subscribe(() => console.log(list.rows.map((row) => row.name)));
 * }
 */
export interface LiveList<Row extends Identified> {
  /** All rows in the order of their ids; never changed, replaced when a row changes. */
  readonly rows: readonly Row[];
  /**
   * Resolves when the list is there for the first time. Rejects if the server refuses the connection,
   * or there has been none for the `timeout` of calls, or it is closed; once there is a connection
   * again, this is another promise.
   */
  readonly ready: Promise<void>;
  /** Whether the list is there already: before, `rows` is empty and says nothing. */
  readonly isReady: boolean;
  /** As of the connection, but for this list alone: `live` if it is up to date, as far as is known. */
  readonly status: ConnectionStatus;
  /** The row with this id, if it is in the list. */
  readonly find: (id: Row["id"]) => Row | undefined;
  /** The same as `rows`, as `useSyncExternalStore` wants it. */
  readonly getSnapshot: () => readonly Row[];
  /** Calls the listener after every change of the rows or of the status. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
}

/**
 * Opens the live list of this name, with the calls for which there are events.
 *
 * @example
 * const coaches = defineList<CoachList>(connection, "coaches", { create: "new_coach" });
 */
export function defineList<List>(
  connection: OpenConnection,
  name: string,
  events: ListEvents<List>,
): List {
  const { subscribe, notify } = createListeners();
  const list: SyncedList<Identified> = {
    name,
    state: createListState(),
    status: "connecting",
    ready: defer(),
    isStale: true,
    isBusy: false,
    update,
    notify,
  };
  connection.follow(list);

  function update(next: ListState<Identified>): void {
    const before = list.state;
    list.state = next;
    if (next.position) list.ready.resolve();
    if (next.rows !== before.rows || (next.position && !before.position)) notify();
  }

  async function write(
    event: string,
    payload: unknown,
    guess?: Guess<Identified> | false,
    isDeletion = false,
  ): Promise<Ack<unknown>> {
    if (guess) update(applyGuess(list.state, guess));
    let write: OwnWrite<Identified> | null = null;
    try {
      const ack = await connection.write<Ack<unknown>>(event, payload);
      if (ack.ok) {
        const row = isDeletion ? payload : ack.data;
        if (!isIdentified(row)) throw new RowcastProtocolError(event, "no row");
        const position = positionOf(ack);
        write = position && { id: row.id, row: isDeletion ? null : row, position };
      }
      return ack;
    } finally {
      update(settleWrite(list.state, write, guess));
      connection.catchUp();
    }
  }

  const live: LiveList<Identified> = {
    get rows() {
      return list.state.rows;
    },
    get isReady() {
      return list.state.position !== null;
    },
    get status() {
      return list.status;
    },
    get ready() {
      return list.ready.promise;
    },
    find: (id) => findRow(list.state.rows, id),
    getSnapshot: () => list.state.rows,
    subscribe,
  };
  return trusted(Object.assign(live, callsOf(write, connection.call, events)));
}

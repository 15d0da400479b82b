/** Keeps lists up to date. */
import { type Deferred, defer } from "./deferred.js";
import type { Codecs } from "./encoding.js";
import { RowcastProtocolError, RowcastTimeoutError, toError } from "./errors.js";
import { isChanges } from "./guards.js";
import type { ListState } from "./list-layers.js";
import { applyChanges, syncKnown, wantsSync } from "./list-state.js";
import { createListeners } from "./listeners.js";
import { isPosition, isReachedBy } from "./positions.js";
import type { ConnectionStatus } from "./status.js";
import { backoff, type Timer } from "./timers.js";
import { isObject } from "./values.js";
import type { Identified, Known, SyncRequest } from "./wire.js";

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
declare function setTimeout(run: (nothing?: unknown) => void, milliseconds: number): Timer;
declare function clearTimeout(timer: Timer): void;

/** A list that is kept up to date. */
export interface SyncedList<Row extends Identified = Identified> {
  readonly name: string;
  state: ListState<Row>;
  status: ConnectionStatus;
  ready: Deferred<void>;
  /** Not synced yet since the connection is up. */
  isStale: boolean;
  /** Whether it is being synced, or that has failed and is put off. */
  isBusy: boolean;
  readonly update: (next: ListState<Row>) => void;
  readonly notify: () => void;
}

interface Syncs {
  readonly all: SyncedList[];
  readonly receive: (list: SyncedList, payload: unknown) => void;
  readonly start: () => void;
  /** Rejects `ready` of all lists; {@link Syncs.start} renews it for those that have not arrived. */
  readonly giveUp: (reason: Error) => void;
  readonly stop: () => void;
  readonly catchUp: () => void;
  /** Syncs though nothing seems to be missed; calls back if there is no answer in time. */
  readonly check: (limit: number, silent: () => void) => void;
  /** Waits until the named lists contain what was written up to the positions, or for a while. */
  readonly reach: (positions: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** Asks for what lists lack. */
export type RequestSync = (
  request: SyncRequest<Record<string, unknown>>,
  limit?: number,
) => Promise<unknown>;

/** How long a write waits for lists that are to contain it. */
const REACH_TIMEOUT = 3000;

/** Whether a list is up to date, as far as is known. */
export function isSettled(list: SyncedList): boolean {
  return !list.isStale && !wantsSync(list.state);
}

/**
 * Syncs all lists when the connection comes up, single ones on a gap, and after a while those that did not come on.
 *
 * Long, since it is a module of short functions around the state that they share.
 */
export function syncLists(
  request: RequestSync,
  report: (error: Error | null) => void,
  codecs: Codecs | undefined,
): Syncs {
  const all: SyncedList[] = [];
  const progress = createListeners();
  let session = 0;
  let isUp = false;
  let hasGivenUp = false;
  let failures = 0;

  /** Syncs these lists; gives the error if that fails, unless the connection was lost meanwhile. */
  async function sync(lists: readonly SyncedList[], limit?: number): Promise<Error | null> {
    const current = session;
    const asked = new Map(lists.map((list) => [list, list.state]));
    const known: Record<string, Known> = {};
    for (const list of lists) {
      known[list.name] = syncKnown(list.state);
      list.isBusy = true;
    }
    const answer = await request(known, limit).catch(toError);
    if (current !== session) return null;
    const error = answer instanceof Error ? answer : takeAnswer(asked, answer);
    const failed = lists.filter(
      (list) => !isSettled(list) && list.state.part?.after === asked.get(list)?.part?.after,
    );
    for (const list of lists) list.isBusy = failed.includes(list);
    const again = (): void => {
      if (current !== session) return;
      for (const list of failed) list.isBusy = false;
      catchUp();
    };
    if (failed.length > 0) setTimeout(again, backoff(failures));
    // What all fail at is tried ever more rarely.
    failures = failed.length < lists.length ? 0 : failures + 1;
    report(error);
    progress.notify();
    catchUp();
    return error;
  }

  /** Hands each list its part of an answer; gives the error if one is missing. */
  function takeAnswer(
    asked: ReadonlyMap<SyncedList, ListState<Identified>>,
    answer: unknown,
  ): Error | null {
    let error: Error | null = null;
    for (const [list, state] of asked) {
      const said = isObject(answer) ? answer[list.name] : null;
      if (take(list, said, state)) list.isStale = false;
      else error = new RowcastProtocolError("sync", `no changes of \`${list.name}\``);
    }
    return error;
  }

  /** Takes what is said of a list, and tells whether it could be read. */
  function take(list: SyncedList, said: unknown, asked?: ListState<Identified>): boolean {
    try {
      const decode = (row: Identified): Identified =>
        (codecs?.rows(list.name, row) ?? row) as Identified;
      if (!isChanges(said)) return false;
      list.update(applyChanges(list.state, { ...said, put: said.put.map(decode) }, asked));
      return true;
    } catch {
      return false;
    }
  }

  function catchUp(): void {
    const late = all.filter((list) => !list.isBusy && !isSettled(list));
    if (isUp && late.length > 0) void sync(late);
  }

  return {
    all,
    receive: (list, payload) => {
      if (!take(list, payload)) list.isStale = true;
      catchUp();
      report(null);
      progress.notify();
    },
    giveUp: (reason) => {
      hasGivenUp = true;
      for (const { ready } of all) ready.reject(reason);
    },
    start: () => {
      isUp = true;
      for (const list of all) {
        list.isStale = true;
        if (hasGivenUp && !list.state.position) list.ready = defer();
      }
      hasGivenUp = false;
      catchUp();
    },
    stop: () => {
      isUp = false;
      session += 1;
      failures = 0;
      for (const list of all) list.isBusy = false;
    },
    catchUp,
    check: (limit, silent) => {
      // What is being loaded takes its time, and an answer would wait behind it.
      if (!isUp || all.some((list) => list.isBusy)) return;
      void sync(all, limit).then((error) => {
        if (error instanceof RowcastTimeoutError) silent();
      });
    },
    reach: (positions) =>
      new Promise((resolve) => {
        const isReached = ({ name, state }: SyncedList): boolean => {
          const goal = positions[name];
          return !isPosition(goal) || (!!state.position && isReachedBy(goal, state.position));
        };
        const end = (): void => {
          clearTimeout(timer);
          stop();
          resolve();
        };
        const check = (): void => {
          if (all.every(isReached)) end();
        };
        const timer = setTimeout(end, REACH_TIMEOUT);
        const stop = progress.subscribe(check);
        check();
      }),
  };
}

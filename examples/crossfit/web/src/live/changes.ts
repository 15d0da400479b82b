/** What others have changed in a list: told once, and marked for a moment. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { LiveList } from "../generated/index.js";

/** What became of a row. */
export interface RowChange<Row> {
  readonly kind: "added" | "changed" | "deleted";
  readonly row: Row;
}

/** What differs between two states of a list. Rows that did not change are the same objects. */
export function findChanges<Row extends { readonly id: number }>(
  before: readonly Row[],
  after: readonly Row[],
): readonly RowChange<Row>[] {
  const [old, now] = [byId(before), byId(after)];
  const put = after.filter((row) => old.get(row.id) !== row);
  return [
    ...put.map((row) => ({ kind: old.has(row.id) ? "changed" : "added", row }) as const),
    ...before.filter(({ id }) => !now.has(id)).map((row) => ({ kind: "deleted", row }) as const),
  ];
}

function byId<Row extends { readonly id: number }>(rows: readonly Row[]): ReadonlyMap<number, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** How long a change waits to be told: the answer to one's own write comes within that. */
const SETTLE = 300;
/** How long a row is marked. */
const MARKED = 2500;

/** The changes of others. */
export interface Others<Row> {
  /** The rows that somebody else has just changed. */
  readonly marked: ReadonlySet<number>;
  /** The last of their changes. */
  readonly last: RowChange<Row> | null;
  /** Says that a row is being written here, so that nobody is told what they did themselves. */
  readonly own: (id: number) => void;
}

/** Follows what others change in a list. */
export function useOthers<Row extends { readonly id: number }>(list: LiveList<Row>): Others<Row> {
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const [last, setLast] = useState<RowChange<Row> | null>(null);
  const written = useRef(new Map<number, number>());
  const own = useCallback((id: number) => written.current.set(id, Date.now()), []);
  useEffect(() => {
    let known = list.isReady ? list.rows : null;
    const timers = new Set<ReturnType<typeof setTimeout>>();

    function later(delay: number, act: () => void): void {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, delay);
      timers.add(timer);
    }

    function isForeign({ row }: RowChange<Row>): boolean {
      return Date.now() - (written.current.get(row.id) ?? 0) > MARKED;
    }

    function tell(changes: readonly RowChange<Row>[]): void {
      const foreign = changes.filter(isForeign);
      const newest = foreign.at(-1);
      if (newest === undefined) return;
      const ids = foreign.map(({ row }) => row.id);
      setLast(newest);
      setMarked((before) => new Set([...before, ...ids]));
      later(MARKED, () =>
        setMarked((before) => new Set([...before].filter((id) => !ids.includes(id)))),
      );
    }

    const stop = list.subscribe(() => {
      if (!list.isReady) return;
      const changes = known === null ? [] : findChanges(known, list.rows);
      known = list.rows;
      if (changes.length > 0) later(SETTLE, () => tell(changes));
    });
    return () => {
      stop();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [list]);
  return { marked, last, own };
}

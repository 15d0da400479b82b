import type { Changes, Known, Position } from "@rowcast/client";

/** The rows of the tests: the text says what was last written. */
export interface Note {
  id: number;
  text: string;
}

/** A list as a server keeps it, with the position of every change. */
export interface ListModel<Row extends { id: number }> {
  readonly rows: () => Row[];
  readonly position: () => Position;
  readonly put: (row: Row) => Position;
  readonly drop: (id: number) => Position;
  /** What a push or a sync answer says after `from`: states are those of now. */
  readonly changes: (from: number | null, to?: number) => Changes<Row>;
  /** Answers a sync. */
  readonly since: (position: Position | null) => Changes<Row>;
  /** Answers a sync of a client that takes lists in parts, of so many rows. */
  readonly part: (known: Known | null, size: number) => Changes<Row>;
  /** Starts again with another epoch, the rows kept. */
  readonly restart: () => void;
  /** Goes back to what there was at this position, as when a backup is restored. */
  readonly rewind: (at: number) => void;
}

export function createListModel<Row extends { id: number }>(initial: Row[] = []): ListModel<Row> {
  const byId = new Map(initial.map((row) => [row.id, row]));
  let touched: number[] = [];
  let past: Row[][] = [initial];
  let epoch = 1;

  const position = (): Position => ({ epoch: `e${epoch}`, at: touched.length });
  const rows = (): Row[] => [...byId.values()].sort((a, b) => a.id - b.id);

  function touch(id: number): Position {
    touched.push(id);
    past.push(rows());
    return position();
  }

  function changes(from: number | null, to = touched.length): Changes<Row> {
    if (from === null) return copy({ epoch: `e${epoch}`, from, to, put: rows(), dropped: [] });
    const ids = [...new Set(touched.slice(from, to))];
    const put = ids.flatMap((id) => byId.get(id) ?? []);
    return copy({ epoch: `e${epoch}`, from, to, put, dropped: ids.filter((id) => !byId.has(id)) });
  }

  return {
    rows,
    position,
    changes,
    put: (row) => {
      byId.set(row.id, row);
      return touch(row.id);
    },
    drop: (id) => {
      byId.delete(id);
      return touch(id);
    },
    since: (seen) => {
      const isKnown = seen?.epoch === `e${epoch}` && seen.at <= touched.length;
      return changes(isKnown ? seen.at : null);
    },
    part: (known, size) => {
      const isKnown = known?.epoch === `e${epoch}` && (known.at ?? 0) <= touched.length;
      const missed = isKnown && known.at !== undefined ? changes(known.at) : null;
      if (missed && typeof known?.after !== "number") return missed;
      const after = missed ? Number(known?.after) : 0;
      const rest = rows().filter(({ id }) => id > after);
      const page = copy(rest.slice(0, size));
      const begun = missed ?? { ...changes(null), put: [] };
      const other = begun.put.filter(({ id }) => !page.some((row) => row.id === id));
      const more = rest.length > size ? page.at(-1)?.id : undefined;
      return { ...begun, put: [...other, ...page], ...(more !== undefined && { more }) };
    },
    restart: () => {
      epoch += 1;
      touched = [];
      past = [rows()];
    },
    rewind: (at) => {
      touched = touched.slice(0, at);
      past = past.slice(0, at + 1);
      byId.clear();
      for (const row of past[at] ?? []) byId.set(row.id, row);
    },
  };
}

/** What travels is never the server's own object. */
export function copy<T>(value: T): T {
  return structuredClone(value);
}

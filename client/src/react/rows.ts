"use client";

/** Rows, as components read them. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { LiveList } from "../live-list.js";
import type { ConnectionStatus } from "../status.js";
import type { Identified } from "../wire.js";
import { isShallowEqual } from "./shallow-equal.js";

/** The rows of a list, as components read them. */
export interface LiveRows<Row> {
  /** All rows in the order of their ids. */
  readonly rows: readonly Row[];
  readonly status: ConnectionStatus;
  /** False until the list is there for the first time: then `rows` says nothing yet. */
  readonly isReady: boolean;
}

/** Reads a list; the component renders again when its rows or its status change. */
export function useRows<Row extends Identified>(list: LiveList<Row>): LiveRows<Row>;
/**
 * Reads what `select` makes of the rows; the component renders again only when that has changed.
 * It is compared by identity, field by field if it is a plain object or an array; another `isEqual`
 * compares in another way.
 */
export function useRows<Row extends Identified, Selected>(
  list: LiveList<Row>,
  select: Select<Row, Selected> | undefined,
  isEqual?: IsEqual<Selected>,
): Selected;
export function useRows<Row extends Identified>(
  list: LiveList<Row>,
  select: Select<Row, unknown> = allOf,
  isEqual: IsEqual<unknown> = isShallowEqual,
): unknown {
  const chosen = useRef<{ readonly value: unknown } | null>(null);
  const getSnapshot = useMemo(() => {
    let read: readonly unknown[] | null = null;
    let selected: unknown = chosen.current?.value;
    return (): unknown => {
      const now = [list.rows, list.status, list.isReady];
      if (read !== null && isShallowEqual(read, now)) return selected;
      const next = select(list.rows, list);
      const isKept = (read !== null || chosen.current !== null) && isEqual(selected, next);
      read = now;
      if (!isKept) selected = next;
      return selected;
    };
  }, [list, select, isEqual]);
  const selectNothing = useMemo(() => once(() => select(NOTHING.rows, NOTHING)), [select]);
  const value = useSyncExternalStore(list.subscribe, getSnapshot, selectNothing);
  useEffect(() => {
    chosen.current = { value };
  });
  return value;
}

/** The hook of a list: reads its rows and status, or what is selected of them. See {@link useRows}. */
export interface UseRows<Row extends Identified> {
  (): LiveRows<Row>;
  /** Renders again only when what is selected has changed. */
  <Selected>(select: Select<Row, Selected>, isEqual?: IsEqual<Selected>): Selected;
  <Selected>(select?: Select<Row, Selected>, isEqual?: IsEqual<Selected>): LiveRows<Row> | Selected;
}

type RowOf<List> = List extends LiveList<infer Row> ? Row : never;

/** Makes the hook of a list of the client. */
/* @__NO_SIDE_EFFECTS__ */
export function rowsHook<Client, Name extends keyof Client>(
  useClient: () => Client,
  name: Name,
): UseRows<RowOf<Client[Name]>> {
  type Row = RowOf<Client[Name]>;
  const useList = (select?: Select<Row, unknown>, isEqual?: IsEqual<unknown>): unknown =>
    useRows<Row, unknown>(useClient()[name] as LiveList<Row>, select, isEqual);
  return useList as UseRows<Row>;
}

/** A list as it is on a server; a page that takes over from one has to begin with the same. */
const NOTHING = { rows: [], status: "connecting", isReady: false, find: () => undefined } as const;

/** The result of the first call, for each call. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Makes something of the rows of a list, and of the list's status if that matters. */
export type Select<Row extends Identified, Selected> = (
  rows: readonly Row[],
  list: Pick<LiveList<Row>, "status" | "isReady" | "find">,
) => Selected;

/** Whether two values are shown in the same way. */
export type IsEqual<Value> = (before: Value, after: Value) => boolean;

function allOf<Row extends Identified>(
  rows: readonly Row[],
  { status, isReady }: Pick<LiveList<Row>, "status" | "isReady">,
): LiveRows<Row> {
  return { rows, status, isReady };
}

/**
 * The row with this id: null if the list has none, undefined as long as the list is not there yet or no id is given. The
 * component renders again only when that row changes.
 */
export function useRow<Row extends Identified>(
  list: LiveList<Row>,
  id: Row["id"] | null | undefined,
): Row | null | undefined {
  const getSnapshot = (): Row | null | undefined => {
    if (!hasValue(id)) return undefined;
    return list.find(id) ?? (list.isReady ? null : undefined);
  };
  return useSyncExternalStore(list.subscribe, getSnapshot, none);
}

/** The hook of a row: see {@link useRow}. */
export type UseRow<Row extends Identified> = (
  id: Row["id"] | null | undefined,
) => Row | null | undefined;

/** Makes the hook of the rows of a list of the client. */
/* @__NO_SIDE_EFFECTS__ */
export function rowHook<Client, Name extends keyof Client>(
  useClient: () => Client,
  name: Name,
): UseRow<RowOf<Client[Name]>> {
  return (id) => useRow(useClient()[name] as LiveList<RowOf<Client[Name]>>, id);
}

function none(): undefined {
  return undefined;
}

function hasValue<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

"use client";

/** The connection and its events, as components read them. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Connection } from "../connection.js";
import type { Unsubscribe } from "../listeners.js";
import type { ConnectionStatus } from "../status.js";
import { isShallowEqual } from "./shallow-equal.js";

/** The connection, as components read it. */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Why the connection is not live, where a reason is known. */
  readonly error: Error | null;
  /** How many writes have no answer yet. */
  readonly pending: number;
}

/** Reads the connection; the component renders again when something of it changes. */
export function useConnectionState(connection: Connection): ConnectionState {
  const getSnapshot = useMemo(() => {
    let known: ConnectionState | null = null;
    return (): ConnectionState => {
      const { status, error, pending } = connection;
      const next = { status, error, pending };
      if (known === null || !isShallowEqual(known, next)) known = next;
      return known;
    };
  }, [connection]);
  return useSyncExternalStore(connection.subscribe, getSnapshot, notConnected);
}

const NOT_CONNECTED: ConnectionState = { status: "connecting", error: null, pending: 0 };

function notConnected(): ConnectionState {
  return NOT_CONNECTED;
}

/** Calls the listener of the latest rendering for each event, while the component is on the page. */
export function useListener<Event, Listener extends (payload: never) => void>(
  on: (event: Event, listener: Listener) => Unsubscribe,
  event: Event,
  listener: Listener,
): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(
    () => on(event, ((payload: never) => latest.current(payload)) as Listener),
    [on, event],
  );
}

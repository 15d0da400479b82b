/** Plain sockets of `socket.io-client` that know nothing but event names. */
import { io, type Socket } from "socket.io-client";

/** An ack as any client sees it. */
export interface PlainAck {
  readonly ok: boolean;
  readonly data?: unknown;
  readonly user?: unknown;
  readonly errors: Record<string, string[]>;
  readonly code: string | null;
}

/** A row as any client sees it. */
export type Row = Record<string, unknown> & { readonly id: number };

/** A connected plain socket. */
export interface PlainClient {
  readonly socket: Socket;
  /** Sends an event and waits for its ack. */
  readonly ask: (event: string, ...payload: unknown[]) => Promise<PlainAck>;
  /** The latest whole list that came, by its event. */
  readonly lists: Map<string, Row[]>;
  /** All events that came, in order. */
  readonly log: string[];
  /** Waits until the latest whole list of a name is as wanted. */
  readonly until: (name: string, holds: (rows: Row[]) => boolean) => Promise<Row[]>;
}

/** The lists in the order in which `refresh` sends them. */
export const LISTS = ["coaches", "workout_plans", "exercise_moves", "schedules"];

const open = new Set<Socket>();

/** Connects a plain client. */
export async function connectPlain(
  url: string,
  transports: ("websocket" | "polling")[] = ["websocket"],
): Promise<PlainClient> {
  const socket = io(url, { transports, forceNew: true });
  open.add(socket);
  const lists = new Map<string, Row[]>();
  const log: string[] = [];
  const watchers = new Set<() => void>();
  socket.onAny((event: string, payload: Row[]) => {
    log.push(event);
    if (LISTS.includes(event)) lists.set(event, payload);
    for (const watch of watchers) watch();
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const ask = (event: string, ...payload: unknown[]): Promise<PlainAck> =>
    new Promise((resolve) => socket.emit(event, ...payload, resolve));
  const until = (name: string, holds: (rows: Row[]) => boolean): Promise<Row[]> =>
    new Promise((resolve) => {
      const watch = (): void => {
        const rows = lists.get(name);
        if (rows === undefined || !holds(rows)) return;
        watchers.delete(watch);
        resolve(rows);
      };
      watchers.add(watch);
      watch();
    });
  return { socket, ask, lists, log, until };
}

/** Closes every socket that was connected here. */
export function closeAll(): void {
  for (const socket of open) socket.close();
  open.clear();
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Known, Position } from "@rowcast/client";
import { Server, type ServerOptions, type Socket } from "socket.io";
import { createListModel, type ListModel } from "./list-model.js";

/** A row as this server sees it: it checks nothing but the id. */
export interface AnyRow {
  id: number;
  name?: string;
  [field: string]: unknown;
}

type Ack = (answer: unknown) => void;
type Change = (model: ListModel<AnyRow>) => Position;
type WrittenList = "coaches" | "schedules";

/** A small server that speaks the wire, with switches for what may go wrong. */
export interface TestServer {
  readonly url: string;
  readonly io: Server;
  readonly coaches: ListModel<AnyRow>;
  readonly schedules: ListModel<AnyRow>;
  /** The events that came, with their payloads, in order. */
  readonly received: [event: string, payload: unknown][];
  /** The keys that came with writes, in order. */
  readonly keys: string[];
  /** Events that are neither carried out nor answered. */
  readonly silent: Set<string>;
  /** Events that are carried out, but whose answers are lost. */
  readonly mute: Set<string>;
  /** Answers to give instead of the true ones. */
  readonly answers: Map<string, unknown>;
  /** The accounts of sockets, by the tokens that they connect with. */
  readonly accounts: Map<unknown, string>;
  /** How many rows a part of a list has at most. */
  partSize: number;
  /** Whether changes are pushed; if not, they are lost. */
  pushes: boolean;
  /** Tells all synced sockets what changed after `from`. */
  readonly push: (list: WrittenList, from: number) => void;
  /** The payloads of the syncs that came. */
  readonly syncs: () => unknown[];
  readonly stop: () => Promise<void>;
}

export async function startServer(
  options: Partial<ServerOptions> = {},
  place = 0,
): Promise<TestServer> {
  const http = createServer();
  const io = new Server(http, options);
  const [coaches, schedules] = [createListModel<AnyRow>(), createListModel<AnyRow>()];
  const empty = createListModel<AnyRow>();
  const records = new Map<string, { readonly call: string; readonly ack: unknown }>();
  const lists = { coaches, schedules, exercise_moves: empty, workout_plans: empty };
  await new Promise<void>((done) => http.listen(place, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;

  const server: TestServer = {
    url: `http://127.0.0.1:${port}`,
    io,
    coaches,
    schedules,
    received: [],
    keys: [],
    silent: new Set(),
    mute: new Set(),
    answers: new Map(),
    accounts: new Map(),
    partSize: Number.POSITIVE_INFINITY,
    pushes: true,
    push: (list, from) => {
      io.to("synced").emit(`${list}:changes`, lists[list].changes(from));
    },
    syncs: () =>
      server.received.filter(([event]) => event === "sync").map(([, payload]) => payload),
    stop: async () => {
      await io.close();
    },
  };

  function sync(socket: Socket, request: Record<string, Known | null>): object {
    socket.join("synced");
    const answers = Object.entries(lists).flatMap(([name, list]) => {
      const known = request[name];
      return known === undefined ? [] : [[name, list.part(known, server.partSize)]];
    });
    return accept(Object.fromEntries(answers));
  }

  /** Makes a change, pushes it and answers with its position. */
  function write(socket: Socket, list: WrittenList, data: unknown, change: Change): object {
    const { at } = lists[list].position();
    const position = change(lists[list]);
    if (server.pushes) server.push(list, at);
    return { ...accept(data), ...(socket.rooms.has("synced") && { position }) };
  }

  function create(socket: Socket, list: WrittenList, input: AnyRow): object {
    if (input.name === "") return refuse({ name: ["is missing"] });
    const row = { ...input, id: lists[list].rows().length + 1 };
    return write(socket, list, row, (model) => model.put(row));
  }

  function update(socket: Socket, patch: AnyRow): object {
    const row = { ...coaches.rows().find(({ id }) => id === patch.id), ...patch };
    return write(socket, "coaches", row, (model) => model.put(row));
  }

  const handlers: Record<string, (socket: Socket, payload: AnyRow) => object> = {
    new_coach: (socket, input) => create(socket, "coaches", input),
    update_coach: update,
    get_coach: (_, { id }) => accept(coaches.rows().find((row) => row.id === id) ?? { id }),
    list_coaches: () => accept({ rows: coaches.rows(), next: null }),
    new_schedule: (socket, input) => create(socket, "schedules", input),
    delete_schedule: (socket, { id }) => {
      return write(socket, "schedules", null, (model) => model.drop(id));
    },
    login: () => ({ ok: true, user: { id: 1, name: "Rose" }, errors: {}, code: null }),
    logout: () => accept(null),
  };

  /** Carries a write out once: who brings the key again gets the same answer. */
  function answerOnce(socket: Socket, event: string, payload: unknown, key: string): unknown {
    server.keys.push(key);
    if (server.answers.has(event)) return server.answers.get(event);
    const call = JSON.stringify([event, payload]);
    const stored = records.get(key) ?? { call, ack: answer(socket, event, payload) };
    if (stored.call !== call) return refuse({ _: ["this key was used"] }, "conflict");
    // What was rejected is evaluated again.
    if ((stored.ack as { ok: boolean }).ok) records.set(key, stored);
    return stored.ack;
  }

  function answer(socket: Socket, event: string, payload: unknown): unknown {
    if (server.answers.has(event)) return server.answers.get(event);
    if (event === "sync") return sync(socket, payload as Record<string, Known | null>);
    return handlers[event]?.(socket, payload as AnyRow) ?? refuse({}, "unknown_event");
  }

  io.on("connection", (socket) => {
    const account = server.accounts.get(socket.handshake.auth["token"]) ?? null;
    socket.emit("connected", { data: `id: ${socket.id} is connected`, account });
    socket.onAny((event: string, ...args: unknown[]) => {
      const payload = args.length > 1 ? args[0] : undefined;
      server.received.push([event, payload]);
      if (server.silent.has(event)) return;
      const given = args.length > 2 ? (args[1] as { key: string }) : null;
      const found = given
        ? answerOnce(socket, event, payload, given.key)
        : answer(socket, event, payload);
      if (!server.mute.has(event)) (args.at(-1) as Ack)(found);
    });
  });
  return server;
}

export function accept(data: unknown): object {
  return { ok: true, data, errors: {}, code: null };
}

export function refuse(errors: Record<string, string[]>, code = "invalid"): object {
  return { ok: false, data: null, errors, code };
}

/** Waits until something holds, for at most three seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const start = Date.now();
  while (!holds()) {
    if (Date.now() - start > 3000) throw new Error(`not within 3 s: ${holds}`);
    await pause(5);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

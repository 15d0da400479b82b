/** What comes between two steps of the client: sign-ins, late answers, listeners that act, and servers that say nonsense. Long, since its cases share one way to set the scene. */

import { defineList, type LiveList, openConnection, VERSION } from "@rowcast/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type ConnectOptions,
  connect,
  type PlannerClient,
} from "../../examples/crossfit/web/src/generated/index.js";
import { accept, pause, refuse, startServer, type TestServer, until } from "./support/server.js";

let server: TestServer;
let clients: { readonly connection: { readonly close: () => void } }[];

beforeEach(async () => {
  server = await startServer();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.connection.close();
  await server.stop();
  vi.unstubAllGlobals();
});

function open(options: ConnectOptions = {}): PlannerClient {
  const socket = { reconnectionDelay: 20, reconnectionDelayMax: 50, ...options.socket };
  const client = connect(server.url, { transports: ["websocket"], ...options, socket });
  clients.push(client);
  return client;
}

async function openLive(options: ConnectOptions = {}): Promise<PlannerClient> {
  const client = open(options);
  await until(() => client.connection.status === "live");
  return client;
}

function dropConnections(): void {
  for (const socket of server.io.sockets.sockets.values()) socket.conn.close(true);
}

/** What becomes of a call within a while. */
function outcome(call: Promise<unknown>, within: number): Promise<string> {
  return Promise.race([call.then(() => "ok", String), pause(within).then(() => "pending")]);
}

type Answer = (answer: unknown) => void;

/** Lets the test answer these events itself: gives their acks, as they come. */
function catchAcks(...events: string[]): Map<string, Answer[]> {
  const acks = new Map(events.map((event) => [event, [] as Answer[]]));
  for (const event of events) server.silent.add(event);
  server.io.on("connection", (socket) => {
    socket.onAny((event: string, ...args) => acks.get(event)?.push(args.at(-1)));
  });
  return acks;
}

/** Errors that nothing has caught. */
function uncaught(): unknown[] {
  const errors: unknown[] = [];
  const take = (error: unknown): unknown => errors.push(error);
  process.on("uncaughtException", take);
  process.on("unhandledRejection", take);
  forget.push(() => process.off("uncaughtException", take).off("unhandledRejection", take));
  return errors;
}

const forget: (() => void)[] = [];
afterEach(() => {
  for (const run of forget.splice(0)) run();
});

const busy = refuse({ _: ["busy"] }, "busy");

describe("a write goes as the account that made it", () => {
  let token: string;
  beforeEach(() => {
    server.accounts.set("rose", "1").set("dan", "2").set("eve", "3");
    token = "rose";
  });

  /** Gives the token of now, after a while if it is this one's. */
  const slowly = (slow: string) => async () => {
    const given = token;
    await pause(given === slow ? 200 : 1);
    return { token: given };
  };

  function signIn(client: PlannerClient, as: string): void {
    token = as;
    client.connection.reconnect();
  }

  /** Rose has a write under way, which keeps the connection for a while. */
  async function startDrain(client: PlannerClient): Promise<void> {
    server.silent.add("update_coach");
    client.coaches.update({ id: 1, name: "x" }).catch(() => {});
    await until(() => server.received.at(-1)?.[0] === "update_coach");
    signIn(client, "dan");
    await pause(20);
  }

  test("not as another one that signs in while `auth` is under way", async () => {
    const client = await openLive({ auth: slowly("dan") });
    signIn(client, "dan");
    await pause(20);
    const written = outcome(client.coaches.create({ name: "by Dan" }), 1500);
    signIn(client, "eve");
    expect(await written).toContain("RowcastAccountError");
    expect(server.coaches.rows()).toEqual([]);
  });

  test("not as another one that signs in while answers are waited for", async () => {
    const client = await openLive({ auth: () => ({ token }) });
    await startDrain(client);
    const written = outcome(client.coaches.create({ name: "by Dan" }), 2500);
    signIn(client, "eve");
    expect(await written).toContain("RowcastAccountError");
    expect(server.coaches.rows()).toEqual([]);
  });

  test("not as another one before the first `auth` is there", async () => {
    const client = open({ auth: slowly("rose") });
    const written = outcome(client.coaches.create({ name: "by Rose" }), 1500);
    await pause(10);
    signIn(client, "dan");
    expect(await written).toContain("RowcastAccountError");
    expect(server.coaches.rows()).toEqual([]);
  });

  test("whatever is said of the old session meanwhile", async () => {
    const socket = { reconnectionDelay: 100, reconnectionDelayMax: 100 };
    const client = await openLive({ auth: () => ({ token }), socket });
    server.io.use(({ handshake }, next) =>
      next(handshake.auth["token"] === "dan" ? new Error("try later") : undefined),
    );
    await startDrain(client);
    const written = outcome(client.coaches.create({ name: "by Dan" }), 2900);
    server.io.emit("session", { account: null, ended: true, message: "" });
    await until(() => client.connection.status === "offline");
    token = "eve";
    await written;
    expect(server.coaches.rows()).toEqual([]);
  });

  test("nor does a command, such as a sign-out", async () => {
    const socket = { reconnectionDelay: 100, reconnectionDelayMax: 100 };
    const client = await openLive({ auth: () => ({ token }), socket });
    dropConnections();
    await until(() => client.connection.status === "offline");
    const out = outcome(client.logout(), 1000);
    token = "dan";
    expect(await out).toContain("RowcastAccountError");
    expect(server.received.map(([event]) => event)).not.toContain("logout");
  });
});

describe("writes that are to be sent again", () => {
  test("are so after a late answer to one that was given up", async () => {
    const acks = catchAcks("new_coach", "update_coach");
    const client = await openLive({ writeTimeout: 1500 });
    const first = outcome(client.coaches.create({ name: "one" }), 5000);
    await pause(1000);
    client.coaches.update({ id: 1, name: "two" }).catch(() => {});
    await until(() => acks.get("update_coach")?.length === 1);
    dropConnections();
    await until(() => acks.get("new_coach")?.length === 2);
    expect(await first).toContain("RowcastTimeoutError");
    await until(() => acks.get("update_coach")?.length === 2);
    acks.get("update_coach")?.[1]?.(busy);
    acks.get("new_coach")?.[1]?.(busy);
    await until(() => acks.get("update_coach")?.length === 3);
  });

  test("wait, whatever else is answered", async () => {
    const acks = catchAcks("new_coach");
    const client = await openLive();
    client.coaches.create({ name: "x" }).catch(() => {});
    const sent = (): number => acks.get("new_coach")?.length ?? 0;
    await until(() => sent() === 1);
    dropConnections();
    await until(() => sent() === 2);
    await until(() => client.connection.status === "live");
    for (let call = 0; call < 50; call += 1) {
      acks.get("new_coach")?.at(-1)?.(busy);
      await client.coaches.get(1);
    }
    expect(sent()).toBeLessThan(6);
  });

  test("wait shortly at first, however often they were cut off before", async () => {
    const acks = catchAcks("new_coach");
    const client = await openLive();
    const created = client.coaches.create({ name: "x" });
    for (let sends = 1; sends <= 7; sends += 1) {
      await until(() => acks.get("new_coach")?.length === sends);
      dropConnections();
    }
    await until(() => acks.get("new_coach")?.length === 8);
    acks.get("new_coach")?.[7]?.(busy);
    const start = Date.now();
    await until(() => acks.get("new_coach")?.length === 9);
    expect(Date.now() - start).toBeLessThan(1000);
    acks.get("new_coach")?.[8]?.(accept({ id: 1, name: "x" }));
    await created;
  });
});

describe("lists", () => {
  test("are asked for again where only heartbeats come", async () => {
    await server.stop();
    server = await startServer({ pingInterval: 80 });
    server.silent.add("sync");
    const client = open({ timeout: 50 });
    await until(() => server.syncs().length === 1);
    server.silent.clear();
    await until(() => client.connection.status === "live");
  });

  test("go on while another one can't be had", async () => {
    const client = await openLive();
    server.pushes = false;
    server.answers.set("sync", accept({ coaches: "?" }));
    server.coaches.put({ id: 1 });
    server.coaches.put({ id: 2 });
    server.push("coaches", 1);
    // By now it is put off for seconds.
    await until(() => server.syncs().length >= 4);
    server.answers.delete("sync");
    server.schedules.put({ id: 1 });
    server.schedules.put({ id: 2 });
    server.push("schedules", 1);
    const start = Date.now();
    await until(() => client.schedules.rows.length === 2);
    expect(Date.now() - start).toBeLessThan(500);
  }, 10_000);

  test("whose parts never come on are not asked for without end", async () => {
    const part = { epoch: "e", put: [{ id: 1 }], dropped: [], to: 0, more: 1 };
    server.silent.add("sync");
    let asked = 0;
    server.io.on("connection", (socket) => {
      socket.on("sync", (known: Record<string, { at?: number }>, ack: Answer) => {
        asked += 1;
        const names = Object.keys(known);
        const answers = names.map((name) => [name, { ...part, from: known[name]?.at ?? null }]);
        ack(accept(Object.fromEntries(answers)));
      });
    });
    open();
    await pause(1000);
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(20);
  });

  test("of which nonsense is said are fetched again, and nothing is thrown", async () => {
    const errors = uncaught();
    server.answers.set("sync", { ok: true, data: null, errors: {}, code: null });
    const client = open();
    await until(() => server.syncs().length === 1);
    server.answers.delete("sync");
    await until(() => client.connection.status === "live");
    const said = { epoch: "e1", from: null, to: 1, put: { every: 1 }, dropped: [] };
    server.io.emit("coaches:changes", said);
    server.io.emit("session");
    await pause(100);
    expect(errors).toEqual([]);
  });

  test("with rows that can't be decoded are fetched again", async () => {
    const errors = uncaught();
    const same = (_: string, value: unknown): unknown => value;
    let isBroken = false;
    const rows = (_: string, row: unknown): unknown => {
      if (isBroken) throw new Error("no such form");
      return row;
    };
    const codecs = { encode: (payload: unknown) => payload, rows, answers: same, events: same };
    const connection = openConnection(server.url, {}, { runtime: VERSION, codecs });
    clients.push({ connection });
    const live = defineList<LiveList<{ id: number }>>(connection, "coaches", {});
    await until(() => connection.status === "live");
    isBroken = true;
    server.coaches.put({ id: 1 });
    server.push("coaches", 0);
    await pause(100);
    isBroken = false;
    await until(() => live.rows.length === 1);
    expect(errors).toEqual([]);
  });
});

describe("payloads", () => {
  async function sentWith(picture: unknown): Promise<unknown> {
    let sent: unknown;
    server.io.on("connection", (socket) => {
      socket.on("new_coach", (payload: { picture: unknown }) => {
        sent = payload.picture;
      });
    });
    const client = await openLive();
    await client.coaches.create({ name: "x", picture } as never);
    return sent;
  }

  test("that only look like a file do not hold up writes", async () => {
    const client = await openLive();
    const created = client.coaches.create({ name: "x", extra: { arrayBuffer: 1n } } as never);
    expect(await outcome(created, 500)).toContain("RowcastPayloadError");
    expect(client.connection.pending).toBe(0);
  });

  test("have the bytes that they had when the call was made", async () => {
    const { buffer } = new Uint8Array([1, 2, 3]);
    const sent = sentWith(buffer);
    await until(() => server.received.length > 0);
    expect(await sent).toEqual(Buffer.from([1, 2, 3]));
  });

  test("may give bytes as their JSON", async () => {
    expect(await sentWith({ toJSON: () => new Uint8Array([1, 2]) })).toEqual(Buffer.from([1, 2]));
  });

  test("just within the limit leave the connection as it is", async () => {
    await server.stop();
    server = await startServer({ maxHttpBufferSize: 10_000 });
    const client = await openLive();
    let lost = 0;
    client.connection.subscribe(() => {
      if (client.connection.status === "offline") lost += 1;
    });
    for (const size of [9880, 9890, 9900, 9910, 9920, 9930, 9940]) {
      await outcome(client.coaches.create({ name: "x".repeat(size) }), 300);
    }
    expect(lost).toBe(0);
  });
});

describe("listeners that act", () => {
  test("do not have calls sent twice", async () => {
    await server.stop();
    server = await startServer({ maxHttpBufferSize: 10_000 });
    const client = open();
    client.coaches.create({ name: "x".repeat(20_000) }).catch(() => {});
    client.login({ username: "a", password: "b" }).catch(() => {});
    let calls = 0;
    client.connection.subscribe(() => {
      if (client.connection.pending > 0 || calls > 0) return;
      calls += 1;
      client.logout().catch(() => {});
    });
    await until(() => client.connection.status === "live");
    await pause(100);
    expect(server.received.filter(([event]) => event === "login")).toHaveLength(1);
  });

  test("may close the client, which then asks nothing more", async () => {
    const errors = uncaught();
    let asked = 0;
    const auth = (): object => {
      asked += 1;
      return {};
    };
    const client = await openLive({ auth: auth as never });
    client.connection.subscribe(() => {
      if (client.connection.status === "offline") client.connection.close();
    });
    dropConnections();
    await pause(300);
    expect(errors).toEqual([]);
    expect(asked).toBe(1);
  });
});

describe("the connection", () => {
  test("of a client that keeps its token itself is signed in anew after that was refused", async () => {
    server.io.use(({ handshake }, next) =>
      next(
        handshake.auth["token"] === "old" ? new Error("unauthenticated: it is over") : undefined,
      ),
    );
    server.answers.set("login", { ...accept(null), user: { id: 1, token: "new" } });
    let token: string | undefined = "old";
    const client = open({ auth: () => (token === undefined ? {} : { token }) });
    await until(() => client.connection.status === "unauthenticated");
    token = undefined;
    client.connection.reconnect();
    const ack = await client.login({ username: "rose", password: "p" });
    if (ack.ok) token = ack.user.token;
    expect(token).toBe("new");
    await until(() => client.connection.status === "live");
  });

  test("takes calls on again when it is lost after the client was outdated", async () => {
    server.io.use((_, next) => next(new Error("outdated")));
    const client = open();
    await until(() => client.connection.status === "outdated");
    await server.stop();
    await until(() => client.connection.status === "offline");
    expect(await outcome(client.coaches.create({ name: "x" }), 50)).toBe("pending");
    server = await startServer();
  });

  test("is not opened by the network of a page that has not asked for it", async () => {
    const listeners = new Map<string, (event: object) => void>();
    const listen = (type: string, run: (event: object) => void): unknown =>
      listeners.set(type, run);
    vi.stubGlobal("addEventListener", listen);
    const client = open({ socket: { autoConnect: false } });
    listeners.get("online")?.({});
    await pause(200);
    expect(client.connection.status).toBe("connecting");
    client.connection.reconnect();
    await until(() => client.connection.status === "live");
  });
});

/** The client where networks, sessions and payloads are not as they should be, against a server that speaks the wire. Long, since its cases share one way to set the scene. */
import { createServer, request as requestOf } from "node:http";
import type { AddressInfo } from "node:net";
import { openConnection, VERSION } from "@rowcast/client";
import { Server } from "socket.io";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type ConnectOptions,
  connect,
  type PlannerClient,
  RowcastAccountError,
  type RowcastCallError,
  RowcastOutdatedError,
  RowcastPayloadError,
  RowcastRefusedError,
} from "../../examples/crossfit/web/src/generated/index.js";
import { accept, pause, startServer, type TestServer, until } from "./support/server.js";

let server: TestServer;
let clients: { readonly connection: { readonly close: () => void } }[];

beforeEach(async () => {
  server = await startServer();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.connection.close();
  await server.stop();
});

function open(options: ConnectOptions = {}, url = server.url): PlannerClient {
  const socket = { reconnectionDelay: 20, reconnectionDelayMax: 50, ...options.socket };
  const client = connect(url, { transports: ["websocket"], ...options, socket });
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

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("did not fail");
}

/** Refuses the tokens in `dead`; gives the tokens that came. */
function refuseTokens(dead: ReadonlySet<unknown>): unknown[] {
  const came: unknown[] = [];
  server.io.use((socket, next) => {
    const { token } = socket.handshake.auth;
    came.push(token);
    next(dead.has(token) ? new Error("unauthenticated: your session has expired") : undefined);
  });
  return came;
}

describe("1: a session that ends while the client is offline", () => {
  test("is noticed at the next connect: status, error and listeners; the dead token is not sent again", async () => {
    const dead = new Set<unknown>();
    const came = refuseTokens(dead);
    const client = await openLive({ auth: { token: "t" } });
    const seen: string[] = [];
    client.connection.subscribe(() => seen.push(client.connection.status));
    dead.add("t");
    dropConnections();
    await until(() => client.connection.status === "unauthenticated");
    expect(client.connection.error).toBeInstanceOf(RowcastRefusedError);
    expect(client.connection.error).toMatchObject({ auth: { token: "t" } });
    expect(seen).toEqual(["offline", "unauthenticated"]);
    await pause(300);
    expect(came).toEqual(["t", "t"]);
    client.connection.reconnect();
    await until(() => came.length === 3);
  });

  test("goes on by itself as soon as `auth` gives another token", async () => {
    const came = refuseTokens(new Set(["old"]));
    let token = "old";
    const client = open({ auth: () => ({ token }) });
    await until(() => client.connection.status === "unauthenticated");
    await pause(100);
    expect(came).toEqual(["old"]);
    token = "new";
    await until(() => client.connection.status === "live");
    expect(came).toEqual(["old", "new"]);
    expect(client.connection.error).toBeNull();
  });

  test("a change of the error alone calls the listeners too", async () => {
    const client = await openLive();
    const errors: unknown[] = [];
    client.connection.subscribe(() => errors.push(client.connection.error?.message ?? null));
    await server.stop();
    await until(() => errors.length >= 2);
    expect(errors[0]).toMatch(/the connection was lost/);
    expect(errors[1]).toMatch(/websocket error/);
    server = await startServer();
  });
});

describe("3: a list that takes long", () => {
  test("does not time out while data arrives, and appears", async () => {
    for (let id = 1; id <= 20; id += 1) server.coaches.put({ id, name: `Coach ${id}` });
    server.silent.add("sync");
    const client = open({ timeout: 100 });
    const beats = setInterval(() => server.io.emit("nothing"), 50);
    await until(() => server.syncs().length === 1);
    await pause(600);
    expect(server.syncs()).toHaveLength(1);
    clearInterval(beats);
    server.silent.clear();
    await client.coaches.ready;
    // Only when nothing came any more was it asked for again.
    expect(server.syncs()).toHaveLength(2);
    expect(client.coaches.rows).toHaveLength(20);
  });

  test("comes in parts, and what changes between them is right", async () => {
    for (let id = 1; id <= 10; id += 1) server.coaches.put({ id, name: `Coach ${id}` });
    server.partSize = 3;
    let parts = 0;
    server.io.on("connection", (socket) => {
      socket.onAny((event: string) => {
        if (event !== "sync") return;
        parts += 1;
        // Before each part: one row that has come, one that is still to come.
        const { at } = server.coaches.position();
        server.coaches.put({ id: 1, name: `first ${parts}` });
        if (parts === 2) server.coaches.drop(2);
        if (parts === 3) server.coaches.put({ id: 10, name: "last" });
        server.push("coaches", at);
      });
    });
    const client = open();
    const lengths: number[] = [];
    client.coaches.subscribe(() => lengths.push(client.coaches.rows.length));
    await client.coaches.ready;
    await until(() => client.coaches.status === "live");
    expect(client.coaches.rows).toEqual(server.coaches.rows());
    expect(parts).toBeGreaterThan(2);
    // Nothing is shown of a list that is not whole.
    expect(lengths.filter((length) => length > 0 && length < 9)).toEqual([]);
    const places = server.syncs().slice(1, 4) as { coaches: { after: number } }[];
    expect(places.map(({ coaches }) => coaches.after)).toEqual([3, 6, 9]);
  });

  test("whose parts come keeps what was shown until it is whole again", async () => {
    for (let id = 1; id <= 9; id += 1) server.coaches.put({ id, name: `Coach ${id}` });
    const client = await openLive();
    const shown: number[] = [];
    client.coaches.subscribe(() => shown.push(client.coaches.rows.length));
    server.partSize = 2;
    server.coaches.restart();
    server.coaches.put({ id: 10, name: "new" });
    server.push("coaches", 0);
    await until(() => client.coaches.rows.length === 10);
    expect(shown.filter((length) => length < 9)).toEqual([]);
  });
});

describe("4: writes queued by one account", () => {
  beforeEach(() => {
    server.accounts.set("rose", "account 1").set("rose again", "account 1").set("dan", "account 2");
  });

  async function writeOffline(token: () => string): Promise<[PlannerClient, Promise<unknown>]> {
    const client = await openLive({ auth: () => ({ token: token() }) });
    server.silent.add("new_coach");
    const written = client.coaches.create({ name: "by Rose" });
    await until(() => server.received.at(-1)?.[0] === "new_coach");
    dropConnections();
    await until(() => client.connection.status === "offline");
    server.silent.clear();
    return [client, written];
  }

  test("are not sent as another one, and say so", async () => {
    let token = "rose";
    const [client, written] = await writeOffline(() => token);
    const queued = client.coaches.create({ name: "queued" });
    token = "dan";
    const errors = await Promise.all([failureOf(written), failureOf(queued)]);
    expect(errors[0]).toBeInstanceOf(RowcastAccountError);
    expect(errors).toMatchObject([
      { event: "new_coach", sent: true },
      { event: "new_coach", sent: false },
    ]);
    expect(String(errors[1])).toContain("was made before another sign-in");
    expect(server.coaches.rows()).toEqual([]);
    expect(await client.coaches.create({ name: "by Dan" })).toMatchObject({ ok: true });
  });

  test("are sent as the same one with another token, also after it was signed out for a while", async () => {
    let token = "rose";
    const [client, written] = await writeOffline(() => token);
    token = "none";
    await until(() => client.connection.status === "live");
    await pause(100);
    expect(server.coaches.rows()).toEqual([]);
    token = "rose again";
    client.connection.reconnect();
    expect(await written).toMatchObject({ ok: true });
  });

  test("are given up when their account is not known and other credentials are sent", async () => {
    const { url } = server;
    await server.stop();
    let token = "rose";
    const client = open({ auth: () => ({ token }) }, url);
    const written = client.coaches.create({ name: "before the first connection" });
    await until(() => client.connection.status === "offline");
    token = "dan";
    expect(await failureOf(written)).toBeInstanceOf(RowcastAccountError);
    server = await startServer();
  });

  test("made without an account are sent after a sign-in", async () => {
    let token = "visitor";
    const [client, written] = await writeOffline(() => token);
    token = "rose";
    expect(await written).toMatchObject({ ok: true });
    client.connection.close();
  });
});

describe("5: `auth`", () => {
  test("may be asynchronous", async () => {
    const came = refuseTokens(new Set());
    await openLive({
      auth: async () => {
        await pause(20);
        return { token: "late" };
      },
    });
    expect(came).toEqual(["late"]);
  });

  test("that fails is reported, and asked again", async () => {
    let failures = 1;
    const client = open({
      auth: async () => {
        if (failures > 0) throw new Error("no token today");
        return {};
      },
    });
    await until(() => client.connection.status === "offline");
    expect(client.connection.error?.message).toBe("`auth` failed: no token today");
    expect(client.connection.error).toMatchObject({ cause: { message: "no token today" } });
    failures = 0;
    await until(() => client.connection.status === "live");
  });

  test("of an attempt that was given up is not sent", async () => {
    const came = refuseTokens(new Set());
    let asked = 0;
    const client = open({
      auth: async () => {
        asked += 1;
        const token = asked;
        await pause(token === 1 ? 200 : 10);
        return { token };
      },
    });
    client.connection.reconnect();
    await until(() => client.connection.status === "live");
    await pause(300);
    expect(came).toEqual([2]);
  });
});

describe("6: a payload that cannot be encoded", () => {
  test.each([
    ["a bigint", () => ({ name: "Rose", extra: { n: [1n] } }), "BigInt"],
    ["a cycle", () => Object.assign(Object.create(null), { self: cyclic() }), "circular"],
    [
      "a method that throws",
      () => ({
        name: {
          toJSON: () => {
            throw new Error("not today");
          },
        },
      }),
      "not today",
    ],
  ])("is rejected at once, and holds up nothing: %s", async (_, payload, says) => {
    const client = await openLive();
    const error = await failureOf(client.coaches.create(payload() as never));
    expect(error).toBeInstanceOf(RowcastPayloadError);
    expect(String(error)).toContain("`new_coach` cannot be sent: ");
    expect(String(error)).toContain(says);
    expect(client.connection.pending).toBe(0);
    expect(await client.coaches.create({ name: "Dan" })).toMatchObject({ ok: true });
  });

  function cyclic(): object {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    return value;
  }
});

test("7: a Node buffer is sent as its bytes, and as it was when the call was made", async () => {
  let sent: unknown;
  server.io.on("connection", (socket) => {
    socket.on("new_coach", (payload: unknown) => {
      sent = payload;
    });
  });
  const client = open();
  const shared = Buffer.from("abcdef");
  const bytes = shared.subarray(1, 4);
  const view = new DataView(new ArrayBuffer(2));
  view.setUint8(1, 7);
  const created = client.coaches.create({ name: "Rose", picture: bytes, view } as never);
  shared.fill(0);
  view.setUint8(1, 0);
  await created;
  expect(sent).toEqual({ name: "Rose", picture: Buffer.from("bcd"), view: Buffer.from([0, 7]) });
});

describe("8: a call that exceeds what the server takes", () => {
  test("is rejected at once, with both sizes, and the connection stays", async () => {
    await server.stop();
    server = await startServer({ maxHttpBufferSize: 10_000 });
    const client = await openLive();
    const error = await failureOf(client.coaches.create({ name: "ä".repeat(6000) }));
    expect(error).toBeInstanceOf(RowcastPayloadError);
    expect(String(error)).toMatch(/it has 12\d\d\d bytes, and the server takes 10000/);
    const binary = { name: "x", picture: new Uint8Array(20_000) } as never;
    expect(String(await failureOf(client.coaches.create(binary)))).toContain("it has 20000 bytes");
    const long = failureOf(client.login({ username: "x".repeat(20_000), password: "x" }));
    expect(await long).toBeInstanceOf(RowcastPayloadError);
    expect(client.connection.status).toBe("live");
    expect(await client.coaches.create({ name: "x".repeat(9000) })).toMatchObject({ ok: true });
    expect(server.received.filter(([event]) => event === "new_coach")).toHaveLength(1);
  });

  test("that was made before the first connection, too", async () => {
    await server.stop();
    server = await startServer({ maxHttpBufferSize: 10_000 });
    const client = open();
    const error = await failureOf(client.coaches.create({ name: "x".repeat(20_000) }));
    expect(error).toBeInstanceOf(RowcastPayloadError);
  });
});

describe("9: rows", () => {
  test("are frozen at every level, wherever they come from", async () => {
    server.coaches.put({ id: 1, name: "Rose", tags: ["a", { deep: [1] }] });
    const client = await openLive();
    await client.coaches.create({ name: "Dan" });
    const { rows } = client.coaches;
    const [rose, dan] = rows as unknown as { name: string; tags: [string, { deep: number[] }] }[];
    expect(() => (rows as unknown[]).sort()).toThrow(TypeError);
    expect(() => rose?.tags[1].deep.push(2)).toThrow(TypeError);
    expect(() => Object.assign(dan as object, { name: "x" })).toThrow(TypeError);
    const changed = client.coaches.update(
      { id: 1, name: "Rosa" },
      { optimistic: (row) => ({ ...row, name: "Rosa" }) },
    );
    expect(Object.isFrozen(client.coaches.find(1))).toBe(true);
    await changed;
  });

  test("are left alone in production, and where bytes can't be frozen", async () => {
    server.coaches.put({ id: 1, picture: new Uint8Array([1]) });
    const client = await openLive();
    expect(client.coaches.rows).toHaveLength(1);
    vi.stubEnv("NODE_ENV", "production");
    vi.resetModules();
    const built = await import("../../examples/crossfit/web/src/generated/index.js");
    vi.unstubAllEnvs();
    const live = built.connect(server.url, { transports: ["websocket"] });
    clients.push(live);
    await live.coaches.ready;
    expect(Object.isFrozen(live.coaches.rows) || Object.isFrozen(live.coaches.find(1))).toBe(false);
  });
});

describe("10: a server that accepts and then disconnects", () => {
  test.each([
    ["by a packet", (socket: { disconnect: () => void }) => socket.disconnect()],
    ["before it has said anything", (socket: { disconnect: () => void }) => socket.disconnect()],
    ["by the network", () => dropConnections()],
  ])("is contacted ever more rarely: %s", async (how, end) => {
    let contacts = 0;
    if (how.startsWith("before")) server.io.removeAllListeners("connection");
    server.io.on("connection", (socket) => {
      contacts += 1;
      setTimeout(() => end(socket), 5);
    });
    open({ socket: { reconnectionDelay: 500, reconnectionDelayMax: 10_000 } });
    await pause(2500);
    expect(contacts).toBeGreaterThan(1);
    expect(contacts).toBeLessThanOrEqual(4);
  });
});

describe("11: `ready`", () => {
  test("rejects when there is no server, and is another promise once there is one", async () => {
    const { url } = server;
    await server.stop();
    const client = open({ timeout: 100 }, url);
    const { ready } = client.coaches;
    expect(String(await failureOf(ready))).toContain("websocket error");
    expect(client.coaches.ready).toBe(ready);
    server = await startServer({}, Number(new URL(url).port));
    await until(() => client.coaches.isReady);
    await client.coaches.ready;
    client.connection.close();
  });

  test.each([
    ["unauthenticated: please sign in first", RowcastRefusedError],
    ["forbidden: not you", RowcastRefusedError],
    ["outdated", RowcastOutdatedError],
  ])("rejects at once when the connection is refused: %s", async (message, type) => {
    server.io.use((_, next) => next(new Error(message)));
    const client = open();
    expect(await failureOf(client.coaches.ready)).toBeInstanceOf(type);
    expect(await failureOf(client.schedules.ready)).toBeInstanceOf(type);
  });

  test("calls on an outdated client fail at once, waiting ones too", async () => {
    let isOutdated = false;
    server.io.use((_, next) => next(isOutdated ? new Error("outdated") : undefined));
    const client = await openLive();
    server.silent.add("new_coach");
    const sent = failureOf(client.coaches.create({ name: "Rose" }));
    await until(() => server.received.at(-1)?.[0] === "new_coach");
    isOutdated = true;
    dropConnections();
    expect(String(await sent)).toContain(
      "the server has changed: reload the page. It may have been",
    );
    expect(client.connection.status).toBe("outdated");
    const late = await failureOf(client.coaches.create({ name: "Dan" }));
    expect(late).toMatchObject({ name: "RowcastDisconnectedError", sent: false });
    expect((late as RowcastCallError).cause).toBeInstanceOf(RowcastOutdatedError);
    expect(String(await failureOf(client.coaches.get(1)))).toContain("reload the page.");
  });
});

test("12: a session that ends elsewhere is seen in an event, the status and the error", async () => {
  server.accounts.set("t", "account 1");
  const client = await openLive({ auth: { token: "t" } });
  const heard: unknown[] = [];
  client.on("session", (session) => heard.push(session));
  const ended = { account: null, ended: true, message: "your session has ended" };
  server.io.emit("session", ended);
  await until(() => client.connection.status === "unauthenticated");
  expect(client.coaches.status).toBe("unauthenticated");
  expect(client.connection.error).toMatchObject({
    code: "unauthenticated",
    message: "your session has ended",
    auth: { token: "t" },
  });
  // Calls go on: a sign-in is one of them.
  expect(await client.login({ username: "rose", password: "x" })).toMatchObject({ ok: true });
  server.io.emit("session", { account: "account 1", ended: false, message: "" });
  await until(() => client.connection.status === "live");
  expect(client.connection.error).toBeNull();
  expect(heard).toHaveLength(2);
});

describe("14: also", () => {
  test("a timeout that never comes does not come at once", async () => {
    const client = await openLive({ timeout: Number.POSITIVE_INFINITY });
    server.mute.add("get_coach");
    let hasFailed = false;
    client.coaches.get(1).catch(() => {
      hasFailed = true;
    });
    await pause(50);
    expect(hasFailed).toBe(false);
    expect(await client.coaches.list()).toMatchObject({ ok: true });
  });

  test("the `auth` among Socket.IO's own options is sent beside what the client says of itself", async () => {
    const came: unknown[] = [];
    server.io.use((socket, next) => {
      came.push(socket.handshake.auth);
      next();
    });
    await openLive({ socket: { auth: { token: "a" } } });
    await openLive({ socket: { auth: () => Promise.resolve({ token: "b" }) } });
    const known = { sync: true, contract: expect.any(String), client: expect.any(String) };
    expect(came).toEqual([
      { token: "a", ...known },
      { token: "b", ...known },
    ]);
  });

  test("a closed client leaves nothing in Socket.IO's cache", async () => {
    const { managers } = (await import("socket.io-client")).io as unknown as {
      managers: Record<string, unknown>;
    };
    const client = await openLive();
    client.connection.close();
    expect(Object.keys(managers ?? {})).toEqual([]);
  });

  test("a platform without `crypto` has keys, each another", async () => {
    vi.stubGlobal("crypto", undefined);
    const client = await openLive();
    await Promise.all([client.coaches.create({ name: "A" }), client.coaches.create({ name: "B" })]);
    vi.unstubAllGlobals();
    expect(new Set(server.keys).size).toBe(2);
    for (const key of server.keys) expect(key).toMatch(/^[0-9a-f]{11}(-\d+){3}$/);
  });
});

describe("16: a server behind a path", () => {
  /** A server whose paths begin with `/base`, as behind a proxy that leaves them as they are. */
  async function startBelow(path: string): Promise<{ url: string; close: () => void }> {
    const http = createServer();
    const io = new Server(http, { path: `${path}/socket.io` });
    io.on("connection", (socket) => {
      socket.emit("connected", { data: "", account: null });
      socket.on("sync", (_: unknown, ack: (answer: unknown) => void) => ack(accept({})));
      socket.on("logout", (ack: (answer: unknown) => void) => ack(accept(null)));
    });
    await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
    const { port } = http.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, close: () => void io.close() };
  }

  test("is found behind a proxy that takes the path off", async () => {
    const below = await startBelow("");
    const target = new URL(below.url).port;
    const proxy = createServer((request, answer) => {
      const { method, headers, url = "" } = request;
      const path = url.replace(/^\/gym/, "");
      const passed = requestOf({ port: target, path, method, headers }, (given) => {
        answer.writeHead(given.statusCode ?? 500, given.headers);
        given.pipe(answer);
      });
      request.pipe(passed);
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    const { port } = proxy.address() as AddressInfo;
    const connection = openConnection(
      `http://127.0.0.1:${port}/gym`,
      { transports: ["polling"] },
      { runtime: VERSION },
    );
    clients.push({ connection });
    expect(await connection.call("logout")).toMatchObject({ ok: true });
    connection.close();
    proxy.closeAllConnections();
    proxy.close();
    below.close();
  });

  test.each(["/base", "/base/", "/base/of/all?x=1"])("is found: %s", async (place) => {
    const below = await startBelow(place.replace(/\/?(\?.*)?$/, ""));
    const connection = openConnection(
      below.url + place,
      { transports: ["websocket"] },
      { runtime: VERSION },
    );
    clients.push({ connection });
    expect(await connection.call("logout")).toMatchObject({ ok: true });
    below.close();
  });
});

/** The connection of a client: how it comes up, ends and comes back. Long, since its cases share one way to set the scene. */
import { defineList, type LiveList, openConnection, VERSION } from "@rowcast/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Coach,
  type ConnectOptions,
  connect,
  type PlannerClient,
  RowcastBacklogError,
  RowcastDisconnectedError,
  RowcastError,
  RowcastProtocolError,
  RowcastRefusedError,
  RowcastTimeoutError,
} from "../../examples/crossfit/web/src/generated/index.js";
import { accept, pause, refuse, startServer, type TestServer, until } from "./support/server.js";

let server: TestServer;
let clients: PlannerClient[];

beforeEach(async () => {
  server = await startServer();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.connection.close();
  await server.stop();
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

/** Cuts the connections below Socket.IO, as a network does. */
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

describe("connecting", () => {
  test("syncs all lists in one call, before anything else is sent", async () => {
    server.coaches.put({ id: 1, name: "Rose" });
    const client = open();
    const created = client.coaches.create({ name: "Dan" });
    expect(client.connection.status).toBe("connecting");
    await client.coaches.ready;
    expect(await created).toMatchObject({ ok: true, data: { id: 2, name: "Dan" } });
    expect(server.received.map(([event]) => event)).toEqual(["sync", "new_coach"]);
    expect(server.syncs()).toEqual([
      {
        coaches: { after: null },
        exercise_moves: { after: null },
        workout_plans: { after: null },
        schedules: { after: null },
      },
    ]);
    expect(client.coaches.rows.map((coach) => coach.name)).toEqual(["Rose", "Dan"]);
    expect(client.coaches.find(2)?.name).toBe("Dan");
    expect(client.coaches.getSnapshot()).toBe(client.coaches.rows);
  });

  test("tells each change of the status once", async () => {
    const client = open();
    const seen: string[] = [];
    client.connection.subscribe(() => seen.push(client.connection.status));
    await until(() => client.connection.status === "live");
    expect(client.coaches.status).toBe("live");
    dropConnections();
    await until(() => seen.length >= 5);
    expect(seen).toEqual(["catching_up", "live", "offline", "catching_up", "live"]);
    expect(client.connection.error).toBeNull();
  });

  test("asks for the credentials at every connect", async () => {
    const tokens: unknown[] = [];
    server.io.use((socket, next) => {
      const { token } = socket.handshake.auth;
      tokens.push(token);
      next();
    });
    let count = 0;
    await openLive({
      auth: () => {
        count += 1;
        return { token: `t${count}` };
      },
    });
    dropConnections();
    await until(() => tokens.length === 2);
    expect(tokens).toEqual(["t1", "t2"]);
  });

  test("says which client it is: the same at every connect, and as hard to guess as a key", async () => {
    const told: unknown[] = [];
    server.io.use((socket, next) => {
      told.push(socket.handshake.auth["client"]);
      next();
    });
    await openLive({ auth: { token: "t" } });
    dropConnections();
    await until(() => told.length === 2);
    await openLive();
    await openLive({ auth: () => ({ client: "a name of its own" }) });
    const [first, again, other, own] = told;
    expect(first).toMatch(/^[0-9a-f]{11}(-\d+){3}$/);
    expect(again).toBe(first);
    expect(other).toMatch(/^[0-9a-f]{11}(-\d+){3}$/);
    expect(other).not.toBe(first);
    expect(own).toBe("a name of its own");
  });

  test("is tried again when refused, and says why", async () => {
    let refusals = 1;
    server.io.use((_, next) => {
      refusals -= 1;
      next(refusals < 0 ? undefined : new Error("who are you?"));
    });
    const client = open();
    await until(() => client.connection.status === "offline");
    expect(client.connection.error?.message).toBe(`no connection to ${server.url}: who are you?`);
    await until(() => client.connection.status === "live");
    expect(client.connection.error).toBeNull();
  });

  test("says with which code it was refused, and is tried again", async () => {
    let refusals = 1;
    server.io.use((_, next) => {
      refusals -= 1;
      next(refusals < 0 ? undefined : new Error("unauthenticated: your session has expired"));
    });
    const client = open();
    await until(() => client.connection.status === "unauthenticated");
    const { error } = client.connection;
    expect(error).toBeInstanceOf(RowcastRefusedError);
    expect(error).toMatchObject({ code: "unauthenticated", message: "your session has expired" });
    await until(() => client.connection.status === "live");
  });

  test("is taken up again when the server sends the client away", async () => {
    const client = await openLive();
    server.io.disconnectSockets();
    await until(() => client.connection.status === "offline");
    await until(() => client.connection.status === "live");
    expect(server.syncs()).toHaveLength(2);
  });
});

describe("calls", () => {
  test("give the answer of the server, refusals too", async () => {
    const client = await openLive();
    const ack = await client.coaches.create({ name: "" });
    expect(ack).toEqual({
      ok: false,
      data: null,
      errors: { name: ["is missing"] },
      code: "invalid",
    });
    expect(await client.login({ username: "rose", password: "x" })).toMatchObject({
      ok: true,
      user: { name: "Rose" },
    });
    expect(await client.logout()).toMatchObject({ ok: true });
    expect(server.received.at(-1)).toEqual(["logout", undefined]);
  });

  test("send what the verbs say", async () => {
    const client = await openLive();
    await client.coaches.get(1);
    await client.coaches.list();
    await client.coaches.list({ after: 3, limit: 2 });
    await client.schedules.delete(4);
    expect(server.received.slice(1)).toEqual([
      ["get_coach", { id: 1 }],
      ["list_coaches", {}],
      ["list_coaches", { after: 3, limit: 2 }],
      ["delete_schedule", { id: 4 }],
    ]);
  });

  test("that are not answered in time are rejected: the outcome is unknown", async () => {
    server.silent.add("get_coach");
    const client = await openLive({ timeout: 50 });
    const error = await failureOf(client.coaches.get(1));
    expect(error).toBeInstanceOf(RowcastTimeoutError);
    expect(error).toBeInstanceOf(RowcastError);
    expect(error).toMatchObject({ name: "RowcastTimeoutError", event: "get_coach", sent: true });
    expect(String(error)).toContain(
      "`get_coach` gave up after 50 ms: the server did not answer. It may have been carried out",
    );
  });

  test("that never left say so, and why", async () => {
    server.io.use((_, next) => next(new Error("closed today")));
    const client = open({ timeout: 200, writeTimeout: 200 });
    const failures = [client.coaches.get(1), client.coaches.create({ name: "Rose" })].map(
      failureOf,
    );
    for (const error of await Promise.all(failures)) {
      expect(error).toMatchObject({ name: "RowcastTimeoutError", sent: false });
      expect(String(error)).toContain("closed today");
      expect(String(error)).toContain("It was not sent.");
    }
    expect(server.received).toEqual([]);
  });

  test("that do not write are rejected when cut off; later ones wait for the next", async () => {
    server.silent.add("login");
    const client = await openLive();
    const lost = failureOf(client.login({ username: "rose", password: "x" }));
    await until(() => server.received.at(-1)?.[0] === "login");
    dropConnections();
    const error = await lost;
    expect(error).toBeInstanceOf(RowcastDisconnectedError);
    expect(error).toMatchObject({ event: "login", sent: true });
    expect(String(error)).toContain("may have been carried out");
    expect(client.connection.status).toBe("offline");
    expect(await client.coaches.list()).toMatchObject({ ok: true });
  });

  test("are rejected when the client is closed, before and after", async () => {
    server.silent.add("new_coach");
    const client = await openLive();
    const sent = failureOf(client.coaches.create({ name: "Rose" }));
    await until(() => server.received.at(-1)?.[0] === "new_coach");
    client.connection.close();
    expect(await sent).toMatchObject({ name: "RowcastDisconnectedError", sent: true });
    const late = await failureOf(client.coaches.create({ name: "Dan" }));
    expect(late).toMatchObject({ name: "RowcastDisconnectedError", sent: false });
    expect(client.connection.status).toBe("offline");
    expect(client.coaches.status).toBe("offline");
    await pause(100);
    expect(server.io.engine.clientsCount).toBe(0);
  });

  test("whose answer is no ack are rejected", async () => {
    const client = await openLive();
    for (const answer of [null, "ok", {}, { ok: true, data: null }, { ok: true, errors: {} }]) {
      server.answers.set("new_coach", answer);
      const error = await failureOf(client.coaches.create({ name: "Rose" }));
      expect(error).toBeInstanceOf(RowcastProtocolError);
      expect(String(error)).toContain("Regenerate the client");
    }
    server.answers.set("new_coach", accept(null));
    expect(await failureOf(client.coaches.create({ name: "Rose" }))).toBeInstanceOf(
      RowcastProtocolError,
    );
    server.answers.set("login", accept({ id: 1 }));
    const error = await failureOf(client.login({ username: "a", password: "b" }));
    expect(String(error)).toContain("no ack with `user`");
  });
});

describe("writes", () => {
  test("have keys of their own, which no other call has", async () => {
    const client = await openLive();
    await client.coaches.create({ name: "Rose" });
    await client.coaches.update({ id: 1, age: 25 });
    await client.schedules.delete(1);
    await client.coaches.get(1);
    expect(server.keys).toHaveLength(3);
    expect(new Set(server.keys).size).toBe(3);
    for (const key of server.keys) expect(key).toMatch(/^[0-9a-f]{11}(-\d+){3}$/);
  });

  test("whose answer was lost are sent again with their key, and carried out once", async () => {
    server.mute.add("new_coach");
    const client = await openLive();
    const created = client.coaches.create({ name: "Rose" });
    await until(() => server.keys.length === 1);
    dropConnections();
    await until(() => client.connection.status === "offline");
    expect(client.connection.pending).toBe(1);
    server.mute.clear();
    expect(await created).toMatchObject({ ok: true, data: { id: 1, name: "Rose" } });
    expect(server.keys[1]).toBe(server.keys[0]);
    expect(server.coaches.rows()).toHaveLength(1);
    expect(client.connection.pending).toBe(0);
  });

  test("keep their order, those made offline too, and come after the sync", async () => {
    server.silent.add("new_coach");
    const client = await openLive();
    const writes = ["a", "b"].map((name) => client.coaches.create({ name }));
    await until(() => server.received.length === 3);
    dropConnections();
    await until(() => client.connection.status === "offline");
    server.silent.clear();
    writes.push(...["c", "d"].map((name) => client.coaches.create({ name })));
    await Promise.all(writes);
    expect(server.coaches.rows().map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
    expect(server.received.map(([event]) => event).slice(3)).toEqual([
      "sync",
      ...Array.from({ length: 4 }, () => "new_coach"),
    ]);
  });

  test("send what they were given, whatever became of it since", async () => {
    server.mute.add("new_coach");
    const client = await openLive();
    const input = { name: "Rose", age: 25 };
    const created = client.coaches.create(input);
    await until(() => server.keys.length === 1);
    input.age = 26;
    dropConnections();
    server.mute.clear();
    expect(await created).toMatchObject({ ok: true, data: { age: 25 } });
  });

  test("that the server is too busy for are refused if sent once, sent again if not", async () => {
    const client = await openLive();
    server.answers.set("new_coach", refuse({ _: ["later"] }, "busy"));
    expect(await client.coaches.create({ name: "Dan" })).toMatchObject({ ok: false, code: "busy" });
    server.answers.clear();
    server.mute.add("new_coach");
    const created = client.coaches.create({ name: "Rose" });
    await until(() => server.keys.length === 2);
    server.answers.set("new_coach", refuse({ _: ["later"] }, "busy"));
    server.mute.clear();
    dropConnections();
    await until(() => server.keys.length === 3);
    const updated = client.coaches.update({ id: 1, age: 25 });
    server.answers.clear();
    expect(await created).toMatchObject({ ok: true, data: { id: 1 } });
    expect(await updated).toMatchObject({ ok: true, data: { name: "Rose", age: 25 } });
    expect(server.coaches.rows()).toHaveLength(1);
    expect(new Set(server.keys.slice(1)).size).toBe(2);
  });

  test("that were sent before wait until somebody has signed in, and go on at once then", async () => {
    const refused = refuse({ _: ["please sign in first"] }, "unauthenticated");
    const client = await openLive();
    server.answers.set("new_coach", refused);
    expect(await client.coaches.create({ name: "Dan" })).toMatchObject({ code: "unauthenticated" });
    server.answers.clear();
    server.mute.add("new_coach");
    const created = client.coaches.create({ name: "Rose" });
    await until(() => server.keys.length === 2);
    server.mute.clear();
    server.answers.set("new_coach", refused);
    dropConnections();
    await until(() => server.keys.length === 3);
    // Refused again and again, it waits longer each time.
    await until(() => server.keys.length === 6);
    expect(client.connection.pending).toBe(1);
    server.answers.clear();
    expect(await client.login({ username: "rose", password: "p" })).toMatchObject({ ok: true });
    await until(() => server.keys.length === 7);
    expect(await created).toMatchObject({ ok: true, data: { id: 1, name: "Rose" } });
    expect(server.coaches.rows()).toHaveLength(1);
    expect(new Set(server.keys.slice(1)).size).toBe(1);
  });

  test("are given up in the end, and say what is known of them", async () => {
    server.silent.add("new_coach");
    const client = await openLive({ writeTimeout: 300 });
    const error = await failureOf(client.coaches.create({ name: "Rose" }));
    expect(error).toMatchObject({ name: "RowcastTimeoutError", event: "new_coach", sent: true });
    expect(String(error)).toContain("after 300 ms: the server did not answer. It may");
    expect(client.connection.pending).toBe(0);
  });

  test("wait for each other where many are made, and calls after them too", async () => {
    server.silent.add("new_coach");
    const client = await openLive({ timeout: 100 });
    const names = Array.from({ length: 33 }, (_, index) => `coach ${index}`);
    const writes = names.map((name) => failureOf(client.coaches.create({ name })));
    const call = await failureOf(client.coaches.get(1));
    expect(call).toMatchObject({ name: "RowcastTimeoutError", sent: false });
    expect(String(call)).toContain("the server did not answer. It was not sent");
    client.connection.close();
    const errors = await Promise.all(writes);
    expect(errors[31]).toMatchObject({ name: "RowcastDisconnectedError", sent: true });
    expect(errors[32]).toMatchObject({ name: "RowcastDisconnectedError", sent: false });
  });

  test("are not taken on beyond a limit", async () => {
    server.silent.add("new_coach");
    const client = await openLive({ maxPendingWrites: 2 });
    const taken = [1, 2].map(() => failureOf(client.coaches.create({ name: "Rose" })));
    const error = await failureOf(client.coaches.create({ name: "Rose" }));
    expect(error).toBeInstanceOf(RowcastBacklogError);
    expect(error).toBeInstanceOf(RowcastError);
    expect(String(error)).toContain("`new_coach` was not taken on: 2 writes wait");
    expect(await client.coaches.list()).toMatchObject({ ok: true });
    client.connection.close();
    for (const failure of taken) expect(await failure).toMatchObject({ sent: true });
    expect(client.connection.pending).toBe(0);
  });

  test("that are pending are told to those who watch the connection", async () => {
    const client = await openLive();
    const seen: number[] = [];
    client.connection.subscribe(() => seen.push(client.connection.pending));
    await Promise.all([1, 2].map(() => client.coaches.create({ name: "Rose" })));
    expect(seen).toEqual([1, 2, 1, 0]);
  });
});

describe("optimistic writes", () => {
  /** The names that a list has shown, each time it told of a change. */
  function watchNames(client: PlannerClient): (string | null)[] {
    const seen: (string | null)[] = [];
    client.coaches.subscribe(() => seen.push(client.coaches.find(1)?.name ?? null));
    return seen;
  }

  test("are shown at once, and not a second time by their answer", async () => {
    server.coaches.put({ id: 1, name: "Rose" });
    const client = await openLive();
    const seen = watchNames(client);
    const optimistic = (row: Coach): Coach => ({ ...row, name: "Dan" });
    const updated = client.coaches.update({ id: 1, name: "Dan" }, { optimistic });
    expect(client.coaches.find(1)?.name).toBe("Dan");
    const shown = client.coaches.rows;
    expect(await updated).toMatchObject({ ok: true });
    expect(client.coaches.rows).toBe(shown);
    expect(seen).toEqual(["Dan"]);
  });

  test("are taken back when refused or given up", async () => {
    server.coaches.put({ id: 1, name: "Rose" });
    const client = await openLive({ writeTimeout: 100 });
    const seen = watchNames(client);
    const before = client.coaches.rows[0];
    const optimistic = (row: Coach): Coach => ({ ...row, name: "Dan" });
    server.answers.set("update_coach", refuse({ name: ["no"] }));
    expect(await client.coaches.update({ id: 1 }, { optimistic })).toMatchObject({ ok: false });
    server.silent.add("update_coach");
    const error = await failureOf(client.coaches.update({ id: 1 }, { optimistic }));
    expect(error).toBeInstanceOf(RowcastTimeoutError);
    expect(seen).toEqual(["Dan", "Rose", "Dan", "Rose"]);
    expect(client.coaches.rows[0]).toBe(before);
  });

  test("that fail by themselves are not sent", async () => {
    server.coaches.put({ id: 1, name: "Rose" });
    const client = await openLive();
    const move = (row: Coach): Coach => ({ ...row, id: 2 });
    const error = await failureOf(client.coaches.update({ id: 1 }, { optimistic: move }));
    expect(String(error)).toContain("must keep its id");
    expect(server.keys).toEqual([]);
    expect(client.connection.pending).toBe(0);
  });

  test("delete rows, and bring them back in their place when refused", async () => {
    for (const id of [1, 2, 3]) server.schedules.put({ id });
    const client = await openLive();
    const before = client.schedules.rows;
    server.answers.set("delete_schedule", refuse({ _: ["no"] }, "conflict"));
    const refused = client.schedules.delete(2, { optimistic: true });
    expect(client.schedules.rows.map(({ id }) => id)).toEqual([1, 3]);
    await refused;
    expect(client.schedules.rows).toEqual(before);
    expect(client.schedules.rows[1]).toBe(before[1]);
    server.answers.clear();
    await client.schedules.delete(2, { optimistic: true });
    expect(client.schedules.rows.map(({ id }) => id)).toEqual([1, 3]);
  });
});

describe("lists", () => {
  test("show what other clients write", async () => {
    const [one, two] = [await openLive(), await openLive()];
    let told = 0;
    const unsubscribe = two.coaches.subscribe(() => {
      told += 1;
    });
    await one.coaches.create({ name: "Rose" });
    await until(() => two.coaches.rows.length === 1);
    await one.coaches.update({ id: 1, name: "Rose Smith" });
    await until(() => two.coaches.find(1)?.name === "Rose Smith");
    expect(told).toBe(2);
    unsubscribe();
    await one.coaches.update({ id: 1, name: "R." });
    await until(() => two.coaches.find(1)?.name === "R.");
    expect(told).toBe(2);
  });

  test("show one's own writes at their acks, though no change was pushed", async () => {
    server.pushes = false;
    const client = await openLive();
    const times = { day: "Monday", hour: "900" } as const;
    const ack = await client.schedules.create({
      ...times,
      coach: { id: 1 },
      workout_plan: { id: 1 },
    });
    expect(client.schedules.rows).toHaveLength(1);
    if (ack.ok) expect(client.schedules.find(ack.data.id)).toBe(ack.data);
    await client.schedules.delete(1);
    expect(client.schedules.rows).toEqual([]);
    await client.coaches.create({ name: "Rose" });
    await client.coaches.update({ id: 1, age: 25 });
    expect(client.coaches.find(1)).toMatchObject({ name: "Rose", age: 25 });
    // A heartbeat: the list learns that it missed its changes and fetches them.
    server.push("coaches", server.coaches.position().at);
    await until(() => server.syncs().length === 2);
    await until(() => client.coaches.status === "live");
    expect(client.coaches.find(1)).toMatchObject({ name: "Rose", age: 25 });
  });

  test("sync alone, from where they are, when a change was lost", async () => {
    const client = await openLive();
    server.coaches.put({ id: 1, name: "lost" });
    server.coaches.put({ id: 2, name: "pushed" });
    server.push("coaches", 1);
    await until(() => client.coaches.rows.length === 2);
    expect(server.syncs()[1]).toEqual({ coaches: { epoch: "e1", at: 0, after: null } });
    expect(client.connection.status).toBe("live");
  });

  test("catch up after a lost connection, all in one call", async () => {
    const client = await openLive();
    await client.coaches.create({ name: "Rose" });
    await until(() => server.syncs().length === 1);
    dropConnections();
    server.coaches.put({ id: 2, name: "Dan" });
    await until(() => client.connection.status === "offline");
    expect(client.coaches.rows).toHaveLength(1);
    await until(() => client.connection.status === "live");
    expect(client.coaches.rows.map((coach) => coach.name)).toEqual(["Rose", "Dan"]);
    expect(server.syncs()).toHaveLength(2);
    expect(server.syncs()[1]).toMatchObject({ coaches: { epoch: "e1", at: 1 } });
  });

  test("take over what a restarted server has, keeping the rows that are the same", async () => {
    server.coaches.put({ id: 1, name: "Rose" });
    server.coaches.put({ id: 2, name: "Dan" });
    const client = await openLive();
    const [rose] = client.coaches.rows;
    server.coaches.restart();
    server.coaches.drop(2);
    server.push("coaches", 0);
    await until(() => client.coaches.rows.length === 1);
    expect(client.coaches.rows[0]).toBe(rose);
    expect(server.syncs()[1]).toEqual({ coaches: { after: null } });
  });

  test("try a failed sync again", async () => {
    server.answers.set("sync", refuse({ _: ["later"] }, "busy"));
    const client = open();
    await until(() => client.connection.error !== null);
    expect(client.connection.error?.message).toBe("`sync` failed: busy");
    expect(client.connection.status).toBe("catching_up");
    expect(client.coaches.status).toBe("catching_up");
    server.answers.delete("sync");
    await client.coaches.ready;
    expect(client.connection.status).toBe("live");
    expect(client.connection.error).toBeNull();
  });

  test("that a sync leaves out do not hold up the others", async () => {
    server.answers.set("sync", accept({ coaches: server.coaches.since(null), schedules: "?" }));
    const client = open();
    await client.coaches.ready;
    await until(() => client.coaches.status === "live");
    expect(client.schedules.status).toBe("catching_up");
    expect(client.connection.status).toBe("catching_up");
    server.answers.delete("sync");
    await client.schedules.ready;
    expect(server.syncs()[1]).toEqual({
      exercise_moves: { after: null },
      workout_plans: { after: null },
      schedules: { after: null },
    });
    expect(client.connection.status).toBe("live");
  });

  test("notify no listener of heartbeats", async () => {
    const client = await openLive();
    await client.coaches.create({ name: "Rose" });
    let told = 0;
    client.coaches.subscribe(() => {
      told += 1;
    });
    client.connection.subscribe(() => {
      told += 1;
    });
    const { rows } = client.coaches;
    server.push("coaches", server.coaches.position().at);
    server.push("coaches", server.coaches.position().at);
    // An answer that comes after them shows that they have come.
    await client.coaches.list();
    expect(told).toBe(0);
    expect(client.coaches.rows).toBe(rows);
  });

  test("start anew when the server's history went back", async () => {
    const client = await openLive();
    for (const name of ["Rose", "Dan", "Chris"]) await client.coaches.create({ name });
    server.coaches.rewind(1);
    dropConnections();
    await until(() => client.coaches.rows.length === 1);
    expect(server.syncs()[1]).toMatchObject({ coaches: { epoch: "e1", at: 3 } });
    await client.coaches.create({ name: "Dan again" });
    expect(client.coaches.rows).toEqual(server.coaches.rows());
    expect(client.connection.status).toBe("live");
  });

  test("sync again after a push that cannot be read", async () => {
    const client = await openLive();
    server.coaches.put({ id: 1, name: "Rose" });
    server.io.emit("coaches:changes", { nonsense: true });
    await until(() => client.coaches.rows.length === 1);
  });

  test("are rejected as ready when closed before", async () => {
    server.silent.add("sync");
    const client = open();
    client.connection.close();
    expect(await failureOf(client.coaches.ready)).toBeInstanceOf(RowcastError);
  });

  test("go on when a listener throws", async () => {
    const client = await openLive();
    const uncaught: unknown[] = [];
    const keep = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => uncaught.push(error));
    let told = 0;
    const unsubscribe = client.coaches.subscribe(() => {
      throw new Error("in the view");
    });
    client.coaches.subscribe(() => {
      told += 1;
    });
    await client.coaches.create({ name: "Rose" });
    await until(() => uncaught.length === 1);
    unsubscribe();
    for (const listener of keep) process.on("uncaughtException", listener);
    expect(told).toBe(1);
  });
});

test("a command is done when its list has entered the epoch in which it wrote", async () => {
  const connection = openConnection(
    server.url,
    { transports: ["websocket"] },
    { runtime: VERSION },
  );
  const live = defineList<LiveList<Coach>>(connection, "coaches", {});
  await live.ready;
  // As a command does that imports rows.
  server.coaches.restart();
  server.coaches.put({ id: 1, name: "imported" });
  const positions = { coaches: server.coaches.position() };
  server.answers.set("import", { ok: true, data: null, errors: {}, code: null, positions });
  const seen = connection.write("import").then(() => live.rows.map(({ name }) => name));
  await pause(50);
  server.io.to("synced").emit("coaches:changes", server.coaches.since(null));
  expect(await seen).toEqual(["imported"]);
  connection.close();
});

test("other server events reach their listeners until these are removed", async () => {
  const client = open();
  const seen: string[] = [];
  const stop = client.on("connected", ({ data }) => seen.push(data));
  await until(() => seen.length === 1);
  expect(seen[0]).toMatch(/^id: .+ is connected$/);
  stop();
  server.io.emit("connected", { data: "again" });
  await pause(50);
  expect(seen).toHaveLength(1);
});

test("after any number of lost connections and changes, all clients agree", async () => {
  const open = await Promise.all([openLive(), openLive(), openLive()]);
  for (let round = 0; round < 30; round += 1) {
    server.pushes = round % 3 !== 0;
    if (round % 7 === 0) dropConnections();
    const writer = open[round % open.length];
    expect(await writer?.coaches.create({ name: `coach ${round}` })).toMatchObject({ ok: true });
    if (round % 4 === 0) await writer?.coaches.update({ id: 1, age: round });
  }
  expect(server.coaches.rows()).toHaveLength(30);
  server.push("coaches", server.coaches.position().at);
  for (const client of open) {
    await until(() => client.connection.status === "live");
    await until(() => client.coaches.rows.length === server.coaches.rows().length);
    expect(client.coaches.rows).toEqual(server.coaches.rows());
  }
}, 20_000);

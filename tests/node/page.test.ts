/** A page that sleeps, as far as a client can tell: events that browsers send, and connections that died meanwhile. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type PlannerClient } from "../../examples/crossfit/web/src/generated/index.js";
import { startServer, type TestServer, until } from "./support/server.js";

/** Counts its listeners. */
class Target extends EventTarget {
  listeners = 0;

  override addEventListener(...given: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners += 1;
    super.addEventListener(...given);
  }

  override removeEventListener(...given: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners -= 1;
    super.removeEventListener(...given);
  }
}

let server: TestServer;
let window: Target;
let document: Target & { visibilityState: string };
let client: PlannerClient;

beforeEach(async () => {
  server = await startServer();
  window = new Target();
  document = Object.assign(new Target(), { visibilityState: "visible" });
  Object.assign(globalThis, {
    document,
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
  });
  // So long a pause that a test which waits for it fails.
  const socket = { reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 };
  client = connect(server.url, { transports: ["websocket"], timeout: 200, socket });
  await until(() => client.connection.status === "live");
});

afterEach(async () => {
  client.connection.close();
  for (const name of ["document", "addEventListener", "removeEventListener"]) {
    Reflect.deleteProperty(globalThis, name);
  }
  await server.stop();
});

function cut(): Promise<void> {
  for (const socket of server.io.sockets.sockets.values()) socket.conn.close(true);
  return until(() => client.connection.status === "offline");
}

function show(): void {
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
}

function hide(): void {
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
}

const signs: [string, () => void][] = [
  ["is visible again", show],
  ["is online again", () => window.dispatchEvent(new Event("online"))],
  [
    "comes from the cache",
    () => window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })),
  ],
];

test.each(signs)("a page that %s connects at once", async (_, wake) => {
  await cut();
  wake();
  await until(() => client.connection.status === "live");
  expect(server.syncs()).toHaveLength(2);
});

test("a page that was just loaded or hidden leaves the connection alone", async () => {
  hide();
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  await client.coaches.list();
  expect(server.syncs()).toHaveLength(1);
});

test("signs that come together make one connection", async () => {
  await cut();
  let connections = 0;
  server.io.on("connection", () => {
    connections += 1;
  });
  for (const [, wake] of signs) wake();
  await until(() => client.connection.status === "live");
  await client.coaches.list();
  expect(connections).toBe(1);
});

test("a page that is there again fetches what it missed, and stays live", async () => {
  server.coaches.put({ id: 1, name: "Rose" });
  const seen: string[] = [];
  client.connection.subscribe(() => seen.push(client.connection.status));
  for (const [, wake] of signs) wake();
  await until(() => client.coaches.rows.length === 1);
  await client.coaches.list();
  expect(server.syncs()).toHaveLength(2);
  expect(seen).toEqual([]);
});

test("a connection that does not answer is replaced, and its writes go on", async () => {
  server.silent.add("sync").add("new_coach");
  const created = client.coaches.create({ name: "Rose" });
  const seen: string[] = [];
  client.connection.subscribe(() => {
    seen.push(client.connection.status);
    if (client.connection.status === "offline") server.silent.clear();
  });
  show();
  expect(await created).toMatchObject({ ok: true, data: { name: "Rose" } });
  await until(() => client.connection.status === "live");
  expect(seen.slice(0, 2)).toEqual(["offline", "catching_up"]);
  expect(server.coaches.rows()).toHaveLength(1);
});

test("a closed client listens no more", () => {
  const before = [document.listeners, window.listeners];
  client.connection.close();
  expect(before).toEqual([1, 2]);
  expect([document.listeners, window.listeners]).toEqual([0, 0]);
  show();
  expect(client.connection.status).toBe("offline");
});

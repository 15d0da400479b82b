import { defineList, type LiveList, openConnection, VERSION } from "@rowcast/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { $ZodError } from "zod/v4/core";
import { connect, type PlannerClient } from "../../examples/crossfit/web/src/generated/index.js";
import { CODECS } from "../golden/files/typescript/codecs.js";
import { fieldErrors } from "../golden/quirks/typescript/zod.js";
import { type AnyRow, startServer, type TestServer, until } from "./support/server.js";

/** Names that reach the prototype of all objects where code assigns by names from the wire. */
const EVIL = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];

/** As it comes from the wire: with the names as properties of its own. */
function parsed<Value>(value: Value): Value {
  const evil = EVIL.map(
    (name) => `${JSON.stringify(name)}:{"polluted":true,"prototype":{"polluted":true}}`,
  );
  const json = JSON.stringify(value);
  return JSON.parse(`{${evil.join()}${json === "{}" ? "" : ","}${json.slice(1)}`) as Value;
}

let server: TestServer;
let client: PlannerClient;

beforeEach(async () => {
  server = await startServer();
  server.coaches.put(parsed<AnyRow>({ id: 1, name: "Rose" }));
  client = connect(server.url, { transports: ["websocket"] });
  await until(() => client.connection.status === "live");
});

afterEach(async () => {
  client.connection.close();
  await server.stop();
});

function expectClean(): void {
  const fresh: Record<string, unknown> = {};
  expect(fresh["polluted"]).toBeUndefined();
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  expect(Object.hasOwn(Function.prototype, "polluted")).toBe(false);
  expect({}.toString()).toBe("[object Object]");
}

describe("names that reach prototypes do nothing", () => {
  test("the names are really there", () => {
    for (const name of EVIL) expect(Object.hasOwn(parsed({}), name)).toBe(true);
  });

  test("in rows of a whole list and of changes", async () => {
    expect(client.coaches.rows.map(({ name }) => name)).toEqual(["Rose"]);
    const { at } = server.coaches.position();
    server.coaches.put(parsed<AnyRow>({ id: 2, name: "Dan" }));
    server.push("coaches", at);
    await until(() => client.coaches.rows.length === 2);
    expect(client.coaches.find(2)?.name).toBe("Dan");
    expectClean();
  });

  test("in what is written, at once and as it is answered", async () => {
    const patch = parsed({ id: 1, name: "Rosa" });
    const updated = client.coaches.update(patch, {
      optimistic: (coach) => ({ ...coach, ...patch }),
    });
    expect(client.coaches.find(1)?.name).toBe("Rosa");
    expect(await updated).toMatchObject({ ok: true });
    expect(client.coaches.find(1)?.name).toBe("Rosa");
    expectClean();
  });

  test("in acks: as fields with errors, as lists with positions", async () => {
    const position = { epoch: "e", at: 1 };
    const errors = parsed<Record<string, string[]>>({});
    server.answers.set("new_coach", parsed({ ok: false, data: null, errors, code: "invalid" }));
    const refused = await client.coaches.create({ name: "Dan" });
    expect(refused).toMatchObject({ ok: false, code: "invalid" });
    const positions = JSON.parse(
      `{${EVIL.map((name) => `"${name}":${JSON.stringify(position)}`).join()}}`,
    ) as object;
    server.answers.set("copy_day", { ok: true, data: [], errors: {}, code: null, positions });
    await client.copyDay({ from: "Monday", to: "Tuesday" });
    expect(client.connection.status).toBe("live");
    expectClean();
  });

  test("as names of lists, and as events", async () => {
    for (const name of EVIL) {
      server.io.emit(`${name}:changes`, parsed({ epoch: "e", from: null, to: 1, put: [] }));
      server.io.emit(name, parsed({ polluted: true }));
    }
    server.answers.set("sync", parsed({ ok: true, data: parsed({}), errors: {}, code: null }));
    for (const socket of server.io.sockets.sockets.values()) socket.conn.close(true);
    await until(() => server.syncs().length > 1);
    server.answers.delete("sync");
    await until(() => client.connection.status === "live");
    expect(client.coaches.find(1)?.name).toBe("Rose");
    expectClean();
  });
});

describe("they are names like others", () => {
  const id = (name: string): number => name as unknown as number;

  test("as ids of rows", async () => {
    for (const name of EVIL) {
      const { at } = server.coaches.position();
      server.coaches.put({ id: id(name), name });
      server.push("coaches", at);
    }
    await until(() => client.coaches.rows.length === EVIL.length + 1);
    for (const name of EVIL) expect(client.coaches.find(id(name))?.name).toBe(name);
    expect(client.coaches.find(id("valueOf"))).toBeUndefined();
    await client.coaches.update({ id: id("__proto__"), name: "Changed" });
    expect(client.coaches.find(id("__proto__"))?.name).toBe("Changed");
    const { at } = server.coaches.position();
    server.coaches.drop(id("constructor"));
    server.push("coaches", at);
    await until(() => client.coaches.rows.length === EVIL.length);
    expect(client.coaches.find(id("constructor"))).toBeUndefined();
    expectClean();
  });

  test("as names of lists", async () => {
    const whole = JSON.stringify({ epoch: "e1", from: null, to: 0, put: [], dropped: [] });
    const data = JSON.parse(`{${EVIL.map((name) => `"${name}":${whole}`).join()}}`) as object;
    server.answers.set("sync", { ok: true, data, errors: {}, code: null });
    const connection = openConnection(
      server.url,
      { transports: ["websocket"] },
      { runtime: VERSION },
    );
    const lists = EVIL.map((name) =>
      defineList<LiveList<{ id: number; list: string }>>(connection, name, {}),
    );
    await Promise.all(lists.map((list) => list.ready));
    for (const name of EVIL) {
      const put = [{ id: 1, list: name }];
      server.io.emit(`${name}:changes`, { epoch: "e1", from: 0, to: 1, put, dropped: [] });
    }
    await until(() => lists.every((list) => list.rows.length === 1));
    expect(lists.map((list) => list.find(1)?.list)).toEqual(EVIL);
    connection.close();
    expectClean();
  });

  test("in payloads, which go as they are", async () => {
    await client.coaches.create(parsed({ name: "Eve" }));
    const sent = server.received.find(([event]) => event === "new_coach")?.[1];
    expect(Object.keys(sent ?? {}).sort()).toEqual([...EVIL, "name"].sort());
  });

  test("in maps, whose values are decoded and encoded", () => {
    const entries = EVIL.map((name) => `"${name}":{"kind":"number","value":"12"}`).join();
    const file = JSON.parse(`{"id":"a","size":"3","attributes":{${entries}}}`) as object;
    const decoded = CODECS.rows("files", file) as { attributes: object };
    const values = Object.entries(decoded.attributes);
    expect(values).toEqual(EVIL.map((name) => [name, { kind: "number", value: 12n }]));
    expect(JSON.stringify(CODECS.encode(decoded.attributes))).toBe(`{${entries}}`);
    expectClean();
  });

  test("as fields of which a form is told what is wrong", () => {
    const issue = { code: "custom" as const, path: ["__proto__"], message: "is wrong", input: 1 };
    const errors = fieldErrors(new $ZodError([issue, issue]));
    expect(Object.entries(errors)).toEqual([["__proto__", ["is wrong"]]]);
    expectClean();
  });
});

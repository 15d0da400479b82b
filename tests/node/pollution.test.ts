import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect, type PlannerClient } from "../../examples/crossfit/web/src/generated/index.js";
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

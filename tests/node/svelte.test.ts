/** The neutral core in Svelte: what docs/frameworks.md shows, as a store. */
import { get, type Readable, readable } from "svelte/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  connect,
  type LiveList,
  type PlannerClient,
} from "../../examples/crossfit/web/src/generated/index.js";
import { startServer, type TestServer, until } from "./support/server.js";

let server: TestServer;
let client: PlannerClient;

beforeEach(async () => {
  server = await startServer();
  client = connect(server.url, { transports: ["websocket"] });
});

afterEach(async () => {
  client.connection.close();
  await server.stop();
});

// docs/frameworks.md has the following lines.
function live<Row extends { readonly id: number | string }>(
  list: LiveList<Row>,
): Readable<readonly Row[]> {
  return readable(list.getSnapshot(), (set) => {
    set(list.getSnapshot());
    return list.subscribe(() => set(list.getSnapshot()));
  });
}

test("a component follows the list, until it unsubscribes", async () => {
  const coaches = live(client.coaches);
  const shown: string[] = [];
  const stop = coaches.subscribe((rows) => shown.push(rows.map(({ name }) => name).join(", ")));
  await client.coaches.ready;
  await client.coaches.create({ name: "Rose" });
  await until(() => shown.at(-1) === "Rose");
  stop();
  await client.coaches.create({ name: "Jim" });
  expect(shown.at(-1)).toBe("Rose");
  expect(get(coaches)).toHaveLength(2);
});

/** The neutral core in Vue: what docs/frameworks.md shows, as a composable. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { effectScope, onScopeDispose, type ShallowRef, shallowRef, watchEffect } from "vue";
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
function useLive<Row extends { readonly id: number | string }>(
  list: LiveList<Row>,
): Readonly<ShallowRef<readonly Row[]>> {
  const rows = shallowRef(list.getSnapshot());
  onScopeDispose(
    list.subscribe(() => {
      rows.value = list.getSnapshot();
    }),
  );
  return rows;
}

test("a component follows the list, until its scope ends", async () => {
  const shown: string[] = [];
  const scope = effectScope();
  scope.run(() => {
    const coaches = useLive(client.coaches);
    watchEffect(() => shown.push(coaches.value.map(({ name }) => name).join(", ")));
  });
  await client.coaches.ready;
  await client.coaches.create({ name: "Rose" });
  await until(() => shown.at(-1) === "Rose");
  scope.stop();
  await client.coaches.create({ name: "Jim" });
  expect(client.coaches.rows).toHaveLength(2);
  expect(shown.at(-1)).toBe("Rose");
});

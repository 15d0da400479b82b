/** Lists as collections of TanStack DB: its live queries and joins, on this client's feed. */
import { createCollection, createLiveQueryCollection, eq } from "@tanstack/db";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type PlannerClient } from "../../examples/crossfit/web/src/generated/index.js";
import { collectionOptions } from "../golden/staff/typescript/tanstack.js";
import { type AnyRow, refuse, startServer, type TestServer, until } from "./support/server.js";

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

function put(list: "coaches" | "schedules", row: AnyRow): void {
  const { at } = server[list].position();
  server[list].put(row);
  server.push(list, at);
}

test("a join follows both lists", async () => {
  put("coaches", { id: 1, name: "Rose" });
  put("schedules", { id: 7, hour: "900", coach: { id: 1 } });
  const coaches = createCollection(collectionOptions("coaches", client.coaches));
  const schedules = createCollection(collectionOptions("schedules", client.schedules));
  const classes = createLiveQueryCollection((query) =>
    query
      .from({ schedule: schedules })
      .join({ coach: coaches }, ({ schedule, coach }) => eq(schedule.coach.id, coach.id), "inner")
      .select(({ schedule, coach }) => ({ hour: schedule.hour, coach: coach.name })),
  );
  await classes.preload();
  const shown = (): object[] => classes.toArray.map(({ hour, coach }) => ({ hour, coach }));
  expect(shown()).toEqual([{ hour: "900", coach: "Rose" }]);
  put("coaches", { id: 1, name: "Rosa" });
  await until(() => classes.toArray[0]?.coach === "Rosa");
  await client.schedules.delete(7);
  await until(() => classes.size === 0);
});

test("what is inserted is there at once, and gets its place by the server's row", async () => {
  put("coaches", { id: 1, name: "Rose" });
  const coaches = createCollection(collectionOptions("coaches", client.coaches));
  await coaches.preload();
  const [rose] = coaches.toArray;
  if (!rose) throw new Error("there is no coach");
  const transaction = coaches.insert({ ...rose, id: -1, name: "Jim" });
  const shown = (): object[] => coaches.toArray.map(({ id, name }) => ({ id, name }));
  expect(shown()).toContainEqual({ id: -1, name: "Jim" });
  await transaction.isPersisted.promise;
  expect(shown()).toEqual([
    { id: 1, name: "Rose" },
    { id: 2, name: "Jim" },
  ]);
});

test("what is refused is taken back, and says why", async () => {
  put("coaches", { id: 1, name: "Rose" });
  const coaches = createCollection(collectionOptions("coaches", client.coaches));
  await coaches.preload();
  server.answers.set("update_coach", refuse({ name: ["is taken"] }));
  const transaction = coaches.update(1, (draft) => {
    draft.name = "Jim";
  });
  expect(coaches.get(1)?.name).toBe("Jim");
  await expect(transaction.isPersisted.promise).rejects.toThrow("name: is taken");
  expect(coaches.get(1)?.name).toBe("Rose");
  const sent = server.received.find(([event]) => event === "update_coach");
  expect(sent?.[1]).toEqual({ id: 1, name: "Jim" });
});

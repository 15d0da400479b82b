/** Many calls at once: all are answered, in order where one socket sent them, and everybody ends with the same rows. */
import { io } from "socket.io-client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connect } from "../../../examples/crossfit/web/src/generated/index.js";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain } from "../support/sockets.js";
import { untilShown } from "../support/until.js";

let planner: Planner;

beforeAll(async () => {
  planner = await startPlanner();
});

afterEach(closeAll);

afterAll(() => planner.remove());

test("of two updates sent back to back, the second always wins", async () => {
  const client = await connectPlain(planner.url);
  const answered: string[] = [];
  for (let round = 0; round < 1000; round += 1) {
    const sent = [`first ${round}`, `second ${round}`].map((name) =>
      client.ask("update_coach", { id: 1, name }).then(() => answered.push(name)),
    );
    const stored = client.ask("get_coach", 1);
    await Promise.all(sent);
    expect(answered.splice(0)).toEqual([`first ${round}`, `second ${round}`]);
    expect((await stored).data).toMatchObject({ name: `second ${round}` });
  }
});

test("1,000 creates from 20 sockets: 1,000 acks, 1,000 rows, the same for every listener", async () => {
  const plain = await connectPlain(planner.url);
  const generated = connect(planner.url);
  await generated.coaches.ready;
  await plain.ask("refresh");
  const before = plain.lists.get("coaches")?.length ?? 0;
  const clients = await Promise.all(Array.from({ length: 20 }, () => connectPlain(planner.url)));
  const acks = await Promise.all(
    Array.from({ length: 1000 }, (_, index) =>
      clients[index % clients.length]?.ask("new_coach", { name: `Coach ${index}` }),
    ),
  );
  expect(acks.filter((ack) => ack?.ok)).toHaveLength(1000);
  const all = before + 1000;
  const rows = await plain.until("coaches", (list) => list.length === all);
  expect(rows.map((row) => row.id)).toEqual(Array.from({ length: all }, (_, index) => index + 1));
  for (const client of clients) {
    expect(await client.until("coaches", (list) => list.length === all)).toEqual(rows);
  }
  await untilShown(generated.coaches, () => generated.coaches.rows.length === all);
  expect(generated.coaches.rows).toEqual(rows);
  generated.connection.close();
});

test("3,000 clients call in the line after they connect: 3,000 acks", async () => {
  const small = await startPlanner();
  const once = (index: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = io(small.url, { transports: ["websocket"], forceNew: true });
      socket.emit(
        "new_exercise_moves",
        { name: `Move ${index}`, focus: "All" },
        (ack: { ok: boolean }) => {
          socket.close();
          resolve(ack.ok);
        },
      );
    });
  let acks = 0;
  for (let batch = 0; batch < 60; batch += 1) {
    const done = await Promise.all(
      Array.from({ length: 50 }, (_, index) => once(batch * 50 + index)),
    );
    acks += done.filter(Boolean).length;
  }
  expect(acks).toBe(3000);
  await small.remove();
});

/** Errors with codes, for clients that translate. */
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../examples/crossfit/web/src/generated/index.js";
import { fieldCodes, newCoachSchema } from "../../../examples/crossfit/web/src/generated/zod.js";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain } from "../support/sockets.js";

let planner: Planner;

beforeAll(async () => {
  planner = await startPlanner();
});

afterAll(async () => {
  closeAll();
  await planner.remove();
});

test("acks have the codes of errors for a client that asks for them, and zod has the same", async () => {
  const client = connect(planner.url, { codes: true });
  const wrong = { name: "", age: 7, username: null, picture: null };
  const ack = await client.coaches.create(wrong);
  expect(ack).toMatchObject({ ok: false, code: "invalid" });
  expect(ack.ok ? {} : ack.codes?.age).toEqual([{ code: "range_min", min: 18 }]);
  const { error } = newCoachSchema.safeParse(wrong);
  expect(error === undefined ? {} : fieldCodes(error)).toEqual(ack.ok ? {} : ack.codes);

  const taken = await client.coaches.create({ name: "Rose", username: "rosesmith" });
  expect(taken).toMatchObject({
    errors: { username: ["is already taken"] },
    codes: { username: [{ code: "taken" }] },
  });
  const gone = await client.coaches.update({ id: 999, name: "Rose" });
  expect(gone).toMatchObject({ codes: { id: [{ code: "no_such_row", what: "coach" }] } });
  const done = await client.coaches.update({ id: 4, name: "Rose" });
  expect(done).not.toHaveProperty("codes");
  client.connection.close();
});

test("plain sockets get them too, if they ask, and four keys if they do not", async () => {
  const plain = await connectPlain(planner.url);
  const four = ["ok", "data", "errors", "code"];
  expect(Object.keys(await plain.ask("new_coach", { age: 7 }))).toEqual(four);
  expect(Object.keys(await plain.ask("no_such_event"))).toEqual(four);

  const socket = io(planner.url, { auth: { codes: true }, forceNew: true });
  const ask = (event: string, payload: unknown): Promise<unknown> =>
    socket.timeout(10_000).emitWithAck(event, payload);
  expect(await ask("new_coach", { name: 7, age: "x" })).toMatchObject({
    errors: { age: ["must be a whole number from 18 to 120"] },
    codes: { age: [{ code: "integer", min: 18, max: 120 }] },
  });
  expect(await ask("no_such_event", {})).toMatchObject({
    code: "unknown_event",
    codes: { _: [{ code: "custom" }] },
  });
  socket.disconnect();
});

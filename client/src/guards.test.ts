import { expect, test } from "vitest";
import { isAck, isChanges } from "./guards.js";

const changes = { epoch: "e", from: null, to: 3, put: [{ id: 1 }], dropped: ["a"] };

test("changes have positions, rows with ids, and ids", () => {
  expect(isChanges(changes)).toBe(true);
  expect(isChanges({ ...changes, from: 2, more: 7 })).toBe(true);
  const wrong = [
    null,
    [],
    { ...changes, epoch: 1 },
    { ...changes, to: undefined },
    { ...changes, from: undefined },
    { ...changes, put: [{ name: "no id" }] },
    { ...changes, put: { 0: { id: 1 } } },
    { ...changes, dropped: [null] },
    { ...changes, more: null },
  ];
  for (const value of wrong) expect(isChanges(value), JSON.stringify(value)).toBe(false);
});

test("an ack has its data under the name that is expected", () => {
  const ack = { ok: true, data: null, errors: {}, code: null };
  expect(isAck(ack, "data")).toBe(true);
  expect(isAck(ack, "coach")).toBe(false);
  for (const value of [null, "ok", { ...ack, ok: 1 }, { ...ack, errors: null }]) {
    expect(isAck(value, "data"), JSON.stringify(value)).toBe(false);
  }
});

import { expect, test } from "vitest";
import { RowcastPayloadError } from "./errors.js";
import { snapshot } from "./payload.js";

test("a payload is copied, with its bytes, as it is when the call is made", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const given = { name: "a", parts: [bytes.subarray(1, 3)], buffer: bytes.buffer, none: undefined };
  const { payload } = snapshot("new_file", given, undefined);
  given.name = "b";
  bytes.fill(9);
  expect(payload).toEqual({
    name: "a",
    parts: [new Uint8Array([2, 3])],
    buffer: new Uint8Array([1, 2, 3, 4]).buffer,
  });
});

test("without a payload, null is sent", () => {
  expect(snapshot("refresh", undefined, undefined).payload).toBeNull();
});

test("the size is that of the largest message: the text in bytes, or one of the binary parts", () => {
  const small = snapshot("a", "", undefined).size;
  expect(snapshot("a", "é", undefined).size).toBe(small + 2);
  expect(snapshot("a", new Uint8Array(5000), undefined).size).toBe(5000);
});

test("what JSON does not have fails with the event and the cause", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  for (const payload of [1n, circular]) {
    const make = () => snapshot("new_coach", { payload }, undefined);
    expect(make).toThrow(RowcastPayloadError);
    expect(make).toThrow(/^`new_coach` cannot be sent: .+/);
  }
});

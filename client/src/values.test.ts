import { expect, test } from "vitest";
import { isEqual } from "./values.js";

const EQUAL: readonly (readonly [unknown, unknown])[] = [
  [null, null],
  [Number.NaN, Number.NaN],
  [
    { a: 1, b: [2, { c: "x" }] },
    { b: [2, { c: "x" }], a: 1 },
  ],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
];

const DIFFERENT: readonly (readonly [unknown, unknown])[] = [
  [null, {}],
  [[], {}],
  [{ a: undefined }, {}],
  [{ a: undefined }, { b: undefined }],
  [[1], [1, 2]],
  [new Uint8Array([1]), new Uint8Array([2])],
  [JSON.parse('{"__proto__": {}}'), { a: {} }],
];

test("values are equal if nothing in them differs, whatever the order of their keys", () => {
  for (const [a, b] of EQUAL) expect(isEqual(a, b), JSON.stringify([a, b])).toBe(true);
});

test("an absent field differs from an undefined one, and an inherited one is none", () => {
  for (const [a, b] of DIFFERENT) {
    expect(isEqual(a, b), JSON.stringify([a, b])).toBe(false);
    expect(isEqual(b, a), JSON.stringify([b, a])).toBe(false);
  }
});

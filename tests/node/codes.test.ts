/** Codes of zod's errors. The same against the server: `e2e/codes.test.ts`. */

import * as is from "@rowcast/client/zod";
import { expect, test } from "vitest";
import { fieldCodes, fieldErrors, newBoxSchema } from "../golden/quirks/typescript/zod.js";

test("choices with commas in them stay the choices that they are", () => {
  const { error } = newBoxSchema.safeParse({ result: "a third" });
  const options = ["very-first", "the-second", 'a third, or "last" one'];
  const message = `must be one of: "very-first", "the-second", "a third, or \\"last\\" one"`;
  expect(error && fieldErrors(error)).toMatchObject({ result: [message] });
  expect(error && fieldCodes(error)).toMatchObject({ result: [{ code: "choice", options }] });
});

test("limits beyond what every client holds are text, as the server sends them", () => {
  const weight = is.checked(is.number(), is.atMost(1e16));
  const { error } = weight.safeParse(1e17);
  expect(error && fieldCodes(error)).toEqual({
    _: [{ code: "range_max", max: "10000000000000000" }],
  });
});

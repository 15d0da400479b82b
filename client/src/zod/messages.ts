/** The texts of the server, and their codes. */
import type * as z from "zod";
import type { ExpectedType, FieldCode } from "../field-errors.js";

/** The codes of all texts that schemas have been made with: zod's issues of wrong types have room for a text only. */
export const CODES: Map<string, FieldCode> = /* @__PURE__ */ new Map();

/** A text with its code. */
export function says(message: string, code: FieldCode): string {
  CODES.set(message, code);
  return message;
}

/** The text of a value that is missing. */
export const REQUIRED = "is required";

/** The text of a value that is wrong in a way without a text of its own. */
export const INVALID = "is not valid";

/** The text of a value that is no whole number. */
export const WHOLE = "must be a whole number";

/** The error of a value that can't be read. */
export function must(message: string): z.core.$ZodErrorMap {
  return (issue) => (issue.input === undefined ? REQUIRED : message);
}

/** The error of a value of the wrong type. */
export function mustBe(expected: ExpectedType): z.core.$ZodErrorMap {
  return must(says(TYPES[expected], { code: "type", expected }));
}

/** The texts of values of the wrong type. */
export const TYPES: Record<ExpectedType, string> = {
  text: "must be text",
  digits: 'must be a whole number as text, such as "7"',
  character: "must be one character",
  number: "must be a number",
  boolean: "must be true or false",
  list: "must be a list",
  tuple: "must be a list of the right length",
  object: "must be an object",
  binary: "must be binary data",
};

/** Text, and bytes. */
import * as z from "zod";
import type { TextFormat } from "../field-errors.js";
import { typed } from "./checks.js";
import { INVALID, must, mustBe, says, TYPES } from "./messages.js";
import { type Type, untyped } from "./types.js";

/** Text. */
/* @__NO_SIDE_EFFECTS__ */
export function text(): Type<string> {
  return untyped(z.string({ error: mustBe("text") }).check(typed(isWellFormed, INVALID)));
}

/** Half of a character, as texts of JavaScript may have, is nothing that can be sent. */
function isWellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}

/** A text in a format. */
export function formatted(
  format: TextFormat,
  is: (value: string) => boolean,
  message: string,
): Type<string> {
  says(message, { code: "format", format });
  const isOfFormat = (value: string) => isWellFormed(value) && is(value);
  return untyped(z.string({ error: must(message) }).check(typed(isOfFormat, message)));
}

/** One character. */
/* @__NO_SIDE_EFFECTS__ */
export function character(): Type<string> {
  const isOne = typed<string>((value) => characterCount(value) === 1, TYPES.character);
  const schema = z.string({ error: mustBe("character") });
  return untyped(schema.check(typed(isWellFormed, INVALID), isOne));
}

/** How many characters (Unicode scalar values) a text has. */
export function characterCount(value: string): number {
  return [...value].length;
}

/** Bytes. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(): Type<Uint8Array> {
  const check = z.check<unknown>(({ value, issues }) => {
    if (value instanceof Uint8Array) return;
    const message = mustBe("binary")({ input: value } as z.core.$ZodRawIssue);
    issues.push({ code: "custom", message: String(message), input: value });
  });
  return untyped(z.unknown().check(check));
}

/** Bytes, as base64. */
/* @__NO_SIDE_EFFECTS__ */
export function base64(): Type<string> {
  const expression = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;
  const is = (value: string) => expression.test(value) && !value.includes("_");
  return formatted("base64", is, "must be bytes as base64");
}

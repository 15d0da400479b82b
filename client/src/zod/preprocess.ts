/** Values that are converted before they are checked. */
import * as z from "zod";
import { isDigits } from "./numbers.js";
import { toBigint } from "./platform.js";
import { type AnyPart, type Untyped, untyped } from "./types.js";

/** Forms send text where a number is meant, and the other way round: takes both. */
/* @__NO_SIDE_EFFECTS__ */
export function form(value: AnyPart): Untyped {
  const isBigint: boolean = value instanceof z.ZodBigInt;
  if (isBigint) {
    return preprocessed((given) => {
      const text = typeof given === "number" ? String(given) : given;
      return isDigits(text) ? toBigint(text) : given;
    }, value);
  }
  const number = value instanceof z.ZodNumber ? value : undefined;
  if (number === undefined) {
    return preprocessed((given) => (typeof given === "number" ? String(given) : given), value);
  }
  const digits = number.isInt
    ? /^\s*(0|-?[1-9]\d*)\s*$/
    : /^\s*-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\s*$/;
  const isNumber = (given: unknown) => typeof given === "string" && digits.test(given);
  return preprocessed((given) => (isNumber(given) ? Number(given) : given), value);
}

/** What is given may be of another type, but what a program gives is of the type that comes out. */
export function preprocessed(process: (given: unknown) => unknown, value: AnyPart): Untyped {
  return untyped(z.preprocess(process, untyped(value)));
}

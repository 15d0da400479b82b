/** How rules are attached to schemas. */
import * as z from "zod";
import type { FieldCode } from "../field-errors.js";
import { says } from "./messages.js";
import { type AnyPart, type Rule, type Untyped, untyped } from "./types.js";

/** What is part of the type: no rule is checked of a value that fails it. */
export function typed<Value>(is: (value: Value) => boolean, message: string): Rule<Value> {
  return z.check<Value>(({ value, issues }) => {
    // The issue does not say that checks may continue, and one is enough.
    if (issues.length === 0 && !is(value)) issues.push({ code: "custom", message, input: value });
  });
}

/** A value that obeys rules besides. */
/* @__NO_SIDE_EFFECTS__ */
export function checked(value: AnyPart, ...rules: readonly Rule[]): Untyped {
  return untyped(value).check(...rules);
}

/** A rule that a test decides. */
export function rule<Value>(
  holds: (value: Value) => boolean,
  message: string,
  code: FieldCode,
): Rule<Value> {
  return z.refine<Value>(holds, says(message, code));
}

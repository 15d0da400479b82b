/** Values that are one of several, of several types, or may be absent. */
import * as z from "zod";
import { typed } from "./checks.js";
import { INVALID, must, mustBe, REQUIRED, says } from "./messages.js";
import { preprocessed } from "./preprocess.js";
import { type AnyPart, type Type, type Untyped, untyped } from "./types.js";

/** One of several texts. */
/* @__NO_SIDE_EFFECTS__ */
export function choice<const Texts extends readonly string[]>(texts: Texts): Type<Texts[number]> {
  return untyped(z.enum(texts, { error: must(mustBeOneOf(texts)) }));
}

function mustBeOneOf(texts: readonly string[]): string {
  // In quotes where commas in them would make others of them.
  const hasMarks = texts.some((text) => /[,"]/.test(text));
  const listed = hasMarks ? texts.map((text) => JSON.stringify(text)) : texts;
  return says(`must be one of: ${listed.join(", ")}`, { code: "choice", options: texts });
}

/** Keys of an object that are some of several texts: of a {@link choice}, zod would miss all others. */
/* @__NO_SIDE_EFFECTS__ */
export function keyOf(texts: readonly string[]): Type<string> {
  return untyped(z.string().check(typed((key) => texts.includes(key), mustBeOneOf(texts))));
}

/** One value only. */
/* @__NO_SIDE_EFFECTS__ */
export function literal<const Value extends string | number | boolean>(value: Value): Type<Value> {
  return untyped(z.literal(value, { error: must(INVALID) }));
}

/** A value of one of several types. */
/* @__NO_SIDE_EFFECTS__ */
export function either(options: readonly AnyPart[]): Untyped {
  return untyped(z.union(options as readonly Untyped[], { error: must(INVALID) }));
}

/** A value of both types. */
/* @__NO_SIDE_EFFECTS__ */
export function both(left: AnyPart, right: AnyPart): Untyped {
  return untyped(z.intersection(untyped(left), untyped(right)));
}

/** A key that may be absent, but not `undefined`. */
/* @__NO_SIDE_EFFECTS__ */
export function optional(value: AnyPart): Untyped {
  return untyped(z.exactOptional(untyped(value)));
}

/** A value that may be null. */
/* @__NO_SIDE_EFFECTS__ */
export function nullable(value: AnyPart): Untyped {
  return untyped(z.nullable(untyped(value)));
}

/** A value of a type that is still to be declared. */
/* @__NO_SIDE_EFFECTS__ */
export function lazy(value: () => AnyPart): Untyped {
  return untyped(z.lazy(value as () => Untyped));
}

/** A value that must be there although its type allows null. */
/* @__NO_SIDE_EFFECTS__ */
export function present(value: AnyPart): Untyped {
  return preprocessed((given) => given ?? undefined, value);
}

/** Anything that JSON can say. */
/* @__NO_SIDE_EFFECTS__ */
export function anything(): Type<unknown> {
  return untyped(z.unknown().refine((value) => value !== undefined, REQUIRED));
}

/** `null`. */
/* @__NO_SIDE_EFFECTS__ */
export function nothing(): Type<null> {
  return untyped(z.null({ error: must(INVALID) }));
}

/** `true` or `false`. */
/* @__NO_SIDE_EFFECTS__ */
export function boolean(): Type<boolean> {
  return untyped(z.boolean({ error: mustBe("boolean") }));
}

/** An id, whose type has a mark that is there for compilers only. */
/* @__NO_SIDE_EFFECTS__ */
export function branded(value: AnyPart): Untyped {
  return untyped(value);
}

/** Values that are one of several, of several types, or may be absent. */
import * as z from "zod";
import { typed } from "./checks.js";
import { INVALID, must, mustBe, REQUIRED, says } from "./messages.js";
import { preprocessed } from "./preprocess.js";
import type { OptionalPart, Part, Type } from "./types.js";

/** One of several texts. */
/* @__NO_SIDE_EFFECTS__ */
export function choice<const Texts extends readonly string[]>(texts: Texts): Type<Texts[number]> {
  return z.enum(texts, { error: must(mustBeOneOf(texts)) });
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
  return z.string().check(typed((key) => texts.includes(key), mustBeOneOf(texts)));
}

/** One value only. */
/* @__NO_SIDE_EFFECTS__ */
export function literal<const Value extends string | number | boolean>(value: Value): Type<Value> {
  return z.literal(value, { error: must(INVALID) });
}

/** A value of one of several types. */
/* @__NO_SIDE_EFFECTS__ */
export function either<const Options extends readonly Part<unknown>[]>(
  options: Options,
): Type<z.output<Options[number]>> {
  const schema = z.union(options, { error: must(INVALID) });
  return schema as unknown as Type<z.output<Options[number]>>;
}

/** A value of both types. */
/* @__NO_SIDE_EFFECTS__ */
export function both<Left, Right>(left: Part<Left>, right: Part<Right>): Type<Left & Right> {
  return z.intersection(left, right);
}

/** A key that may be absent, but not `undefined`. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<Value>(value: Part<Value>): OptionalPart<Value> {
  return z.exactOptional(value);
}

/** A value that may be null. */
/* @__NO_SIDE_EFFECTS__ */
export function nullable<Value>(value: Part<Value>): Type<Value | null> {
  return z.nullable(value);
}

/** A value of a type that is still to be declared. */
/* @__NO_SIDE_EFFECTS__ */
export function lazy<Value>(value: () => Part<Value>): Type<Value> {
  return z.lazy(value);
}

/** A value that must be there although its type allows null. */
/* @__NO_SIDE_EFFECTS__ */
export function present<Value>(value: Part<Value>): Type<Value> {
  return preprocessed((given) => given ?? undefined, value);
}

/** Anything that JSON can say. */
/* @__NO_SIDE_EFFECTS__ */
export function anything(): Type<unknown> {
  return z.unknown().refine((value) => value !== undefined, REQUIRED);
}

/** `null`. */
/* @__NO_SIDE_EFFECTS__ */
export function nothing(): Type<null> {
  return z.null({ error: must(INVALID) });
}

/** `true` or `false`. */
/* @__NO_SIDE_EFFECTS__ */
export function boolean(): Type<boolean> {
  return z.boolean({ error: mustBe("boolean") });
}

/** An id, whose type has a mark that is there for compilers only. */
/* @__NO_SIDE_EFFECTS__ */
export function branded<Id extends string | number>(value: Type<Unmarked<Id>>): Type<Id> {
  return value as unknown as Type<Id>;
}

type Unmarked<Id> = Id extends string ? string : number;

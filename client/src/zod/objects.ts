/** Objects, maps and lists. */
import * as z from "zod";
import { typed } from "./checks.js";
import { keyOf } from "./choices.js";
import { INVALID, mustBe } from "./messages.js";
import { text } from "./texts.js";
import { type AnyPart, type ObjectType, type Type, type Untyped, untyped } from "./types.js";

/** The fields of an object, as zod takes them. */
type Shape = Readonly<Record<string, Untyped>>;

/** A payload: an object whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function input<Value>(fields: object): ObjectType<Value> {
  return objectType(fields, ({ input }) =>
    input === null || input === undefined
      ? "nothing was sent; an object with the fields is expected"
      : "an object with the fields is expected",
  );
}

/** An object of a named type, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function objectOf<Value>(fields: object): ObjectType<Value> {
  return objectType(fields, mustBe("object"));
}

function objectType<Value>(fields: object, error: z.core.$ZodErrorMap): ObjectType<Value> {
  return z.object(fields as Shape, { error }) as object as ObjectType<Value>;
}

/** An object of a type without a name, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function object(fields: object): Untyped {
  return untyped(z.object(fields as Shape, { error: mustBe("object") }));
}

/** An object without other keys. */
/* @__NO_SIDE_EFFECTS__ */
export function closed(fields: object): Untyped {
  const error: z.core.$ZodErrorMap = (issue) =>
    issue.code === "unrecognized_keys" ? INVALID : mustBe("object")(issue);
  return untyped(z.strictObject(fields as Shape, { error }));
}

/** An object whose other keys have values of one type. */
/* @__NO_SIDE_EFFECTS__ */
export function open(fields: object, rest: AnyPart): Untyped {
  const known = z.object(fields as Shape, { error: mustBe("object") });
  return untyped(known.catchall(untyped(rest)));
}

/** An object with any keys, or with those that a schema takes. */
/* @__NO_SIDE_EFFECTS__ */
export function map(value: AnyPart, key: AnyPart = text()): Untyped {
  const other = mustBe("object");
  // What is wrong with the key.
  const error: z.core.$ZodErrorMap = (issue) =>
    issue.code === "invalid_key" ? issue["issues"]?.[0]?.message : other(issue);
  return untyped(z.record(untyped(key), untyped(value), { error }));
}

/** An object whose keys are some of several texts, with values of one type. */
/* @__NO_SIDE_EFFECTS__ */
export function entriesOf(names: readonly string[], value: AnyPart): Untyped {
  return map(value, keyOf(names));
}

/** The keys of an object that have a form. */
/* @__NO_SIDE_EFFECTS__ */
export function keyLike(form: RegExp): Type<string> {
  return untyped(text().check(typed((key) => form.test(key), INVALID)));
}

/** A list. */
/* @__NO_SIDE_EFFECTS__ */
export function list(item: AnyPart): Untyped {
  return untyped(z.array(untyped(item), { error: mustBe("list") }));
}

/** A list with a type for each place. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple(places: readonly [AnyPart, ...AnyPart[]]): Untyped {
  return untyped(z.tuple(places as [Untyped, ...Untyped[]], { error: mustBe("tuple") }));
}

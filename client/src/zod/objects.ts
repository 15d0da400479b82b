/** Objects, maps and lists. */
import * as z from "zod";
import { typed } from "./checks.js";
import { INVALID, mustBe } from "./messages.js";
import { text } from "./texts.js";
import type { Fields, ObjectType, Part, Type } from "./types.js";

/** A payload: an object whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function input<Value>(fields: Fields<Value>): ObjectType<Value> {
  return typedObject(fields, ({ input }) =>
    input === null || input === undefined
      ? "nothing was sent; an object with the fields is expected"
      : "an object with the fields is expected",
  );
}

/** An object of a named type, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function objectOf<Value>(fields: Fields<Value>): ObjectType<Value> {
  return typedObject(fields, mustBe("object"));
}

/** What zod would find out of the fields is what they were made for, which takes compilers long to see. */
function typedObject<Value>(fields: Fields<Value>, error: z.core.$ZodErrorMap): ObjectType<Value> {
  return z.object(fields as z.core.$ZodLooseShape, { error }) as unknown as ObjectType<Value>;
}

/** An object of a type without a name, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape, { error: mustBe("object") });
}

/** An object without other keys. */
/* @__NO_SIDE_EFFECTS__ */
export function closed<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): Type<z.output<z.ZodObject<Shape>>> {
  const schema = z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? INVALID : mustBe("object")(issue)),
  });
  return schema as unknown as Type<z.output<z.ZodObject<Shape>>>;
}

/** An object whose other keys have values of one type. */
/* @__NO_SIDE_EFFECTS__ */
export function open<Shape extends z.core.$ZodLooseShape, Rest>(
  shape: Shape,
  rest: Part<Rest>,
): Type<z.output<z.ZodObject<Shape>> & Record<string, Rest>> {
  const schema = object(shape).catchall(rest);
  return schema as unknown as Type<z.output<z.ZodObject<Shape>> & Record<string, Rest>>;
}

/** An object with any keys, or with those that a schema takes. */
/* @__NO_SIDE_EFFECTS__ */
export function map<Value>(
  value: Part<Value>,
  key: Part<string> = text(),
): Type<Record<string, Value>> {
  const other = mustBe("object");
  return z.record(key as z.ZodType<string, string>, value, {
    // What is wrong with the key.
    error: (issue) => (issue.code === "invalid_key" ? issue["issues"]?.[0]?.message : other(issue)),
  });
}

/** The keys of an object that have a form. */
/* @__NO_SIDE_EFFECTS__ */
export function keyLike(form: RegExp): Type<string> {
  return text().check(typed((key) => form.test(key), INVALID));
}

/** A list. */
/* @__NO_SIDE_EFFECTS__ */
export function list<Item>(item: Part<Item>): Type<Item[]> {
  return z.array(item, { error: mustBe("list") });
}

/** A list with a type for each place. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple<const Places extends readonly [Part<unknown>, ...Part<unknown>[]]>(
  places: Places,
): Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }> {
  const schema = z.tuple(places, { error: mustBe("tuple") });
  return schema as unknown as Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }>;
}

/** Objects, maps and lists. */
import * as z from "zod";
import { INVALID, mustBe, WHOLE } from "./messages.js";
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

/** An object with any keys, or with keys of a form. */
/* @__NO_SIDE_EFFECTS__ */
export function map<Value>(value: Part<Value>, keys?: RegExp): Type<Record<string, Value>> {
  return mapOf(value, keys, INVALID);
}

/** An object whose keys are whole numbers; their size is for the server alone. */
/* @__NO_SIDE_EFFECTS__ */
export function integerMap<Value>(value: Part<Value>): Type<Record<string, Value>> {
  return mapOf(value, /^(0|-?[1-9][0-9]*)$/, WHOLE);
}

/** An object whose keys are whole numbers that are not negative; their size is for the server alone. */
/* @__NO_SIDE_EFFECTS__ */
export function naturalMap<Value>(value: Part<Value>): Type<Record<string, Value>> {
  return mapOf(value, /^(0|[1-9][0-9]*)$/, WHOLE);
}

function mapOf<Value>(
  value: Part<Value>,
  keys: RegExp | undefined,
  message: string,
): Type<Record<string, Value>> {
  const key = keys === undefined ? z.string() : z.string().regex(keys);
  const other = mustBe("object");
  return z.record(key, value, {
    error: (issue) => (issue.code === "invalid_key" ? message : other(issue)),
  });
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

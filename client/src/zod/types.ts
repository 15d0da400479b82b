/** The types of schemas. */
import type * as z from "zod";

/** A schema whose values are the same before and after it has checked them. */
export type Type<Value> = z.ZodType<Value, Value>;

/** The same as other schemas are made of it: without methods, which compilers take long to compare. */
export type Part<Value> = z.core.$ZodType<Value, Value>;

/**
 * What other schemas are made of, and what is made of them. Emitted declarations name their types, so nothing is inferred
 * from the parts: that takes compilers longer than all other emitted code. `tests/golden/checked-zod.ts` has the types by which the
 * emitted schemas are checked.
 */
export type AnyPart = object;

/** A schema that is given to a declaration of its type. */
export type Untyped = Type<never> & { readonly shape: never };

/** A schema without the type that zod has inferred for it. */
export function untyped(schema: AnyPart): Untyped {
  return schema as Untyped;
}

/** A key that may be absent, in an object type. */
export type OptionalPart<Value> = z.core.$ZodExactOptional<Part<Value>>;

/** The schemas of an object type's fields. */
export type Fields<Value> = {
  [Key in keyof Value]-?: Record<never, never> extends Pick<Value, Key>
    ? OptionalPart<Exclude<Value[Key], undefined>>
    : Part<Value[Key]>;
};

/**
 * The schema of an object type, with those of its fields in `shape`.
 *
 * @example
 * const signUp = z.object({ ...newCoachSchema.shape, agreed: z.literal(true) });
 */
export interface ObjectType<Value> extends Type<Value> {
  readonly shape: Fields<Value>;
}

/** A rule for values of a schema. */
export type Rule<Value = never> = z.core.$ZodCheck<Value>;

/** Limits of a length; both are allowed values themselves. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
}

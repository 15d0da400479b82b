/** The types of schemas. */
import type * as z from "zod";

/** A schema whose values are the same before and after it has checked them. */
export type Type<Value> = z.ZodType<Value, Value>;

/** The same as other schemas are made of it: without methods, which compilers take long to compare. */
export type Part<Value> = z.core.$ZodType<Value, Value>;

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
export type Rule<Value> = z.core.$ZodCheck<Value>;

/** Limits of a length; both are allowed values themselves. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
}

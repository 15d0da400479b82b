/** Checks what was entered by the rules of the schema. */
import { formErrors } from "../generated/react.js";
import { fieldErrors } from "../generated/zod.js";

type Checked = Parameters<typeof fieldErrors>[0];

interface Checkable {
  readonly safeParse: (
    input: unknown,
  ) => { readonly success: true } | { readonly success: false; readonly error: Checked };
}

/** The messages by field; none if all is well. */
export function checkBy(schema: Checkable, input: unknown): Record<string, string> {
  const checked = schema.safeParse(input);
  return checked.success ? {} : formErrors(fieldErrors(checked.error));
}

/** The fields of these names. */
export function pick<Value extends object>(
  value: Value,
  names: readonly PropertyKey[],
): Partial<Value> {
  const entries = Object.entries(value).filter(([name]) => names.includes(name));
  return Object.fromEntries(entries) as Partial<Value>;
}

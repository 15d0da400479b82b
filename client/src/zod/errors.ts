/** What a form shows of an error: messages or codes, by field. */
import type * as z from "zod";
import type { FieldCode } from "../field-errors.js";
import { CODES, INVALID, REQUIRED, WHOLE } from "./messages.js";

/** What a form shows: for each field path its messages, in the form of a refused ack's `errors`. */
/* @__NO_SIDE_EFFECTS__ */
export function fieldErrors(error: z.core.$ZodError): Record<string, string[]> {
  return byField(error, (message) => message);
}

/**
 * The codes of the same messages, in the same order, for programs that translate them: in the form of a refused ack's
 * `codes`. Messages of schemas that are not generated have the code `custom`.
 *
 * @example
 * function labels(error: z.ZodError): string[] {
 *   return (fieldCodes(error)["name"] ?? []).map(({ code }) => `errors.${code}`);
 * }
 */
/* @__NO_SIDE_EFFECTS__ */
export function fieldCodes(error: z.core.$ZodError): Record<string, FieldCode[]> {
  return byField(error, (message): FieldCode => {
    if (message === REQUIRED) return { code: "required" };
    if (message === INVALID) return { code: "invalid" };
    if (message === WHOLE) return { code: "integer" };
    return CODES.get(message) ?? { code: "custom" };
  });
}

function byField<Found>(
  error: z.core.$ZodError,
  of: (message: string) => Found,
): Record<string, Found[]> {
  // Not objects: of `constructor`, one would know something already.
  const messages = new Map<string, Set<string>>();
  for (const { path, message } of error.issues) {
    const name = pathName(path);
    messages.set(name, (messages.get(name) ?? new Set()).add(message));
  }
  const found: Record<string, Found[]> = {};
  for (const [name, texts] of messages) {
    // A plain assignment to `__proto__` would set what the object inherits from.
    const own = { value: [...texts].map(of), configurable: true, enumerable: true, writable: true };
    Object.defineProperty(found, name, own);
  }
  return found;
}

function pathName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "_";
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    return name === "" ? String(part) : `${name}.${String(part)}`;
  }, "");
}

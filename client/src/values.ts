/** Values of unknown type: how they get one, and how two of them are compared. */

/**
 * Gives a value from the wire the type that the schema promises: callers check what the client relies on; the rest of a
 * row or payload the server made from the same schema.
 */
export function trusted<T>(value: unknown): T {
  return value as T;
}

/** Whether a value has fields, of which nothing is known. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Compares two values that came from the wire. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return String(a) === String(b);
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = Object.entries(b);
  if (left.size !== right.length) return false;
  return right.every(([key, value]) => left.has(key) && isEqual(left.get(key), value));
}

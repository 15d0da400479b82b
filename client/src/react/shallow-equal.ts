"use client";

/** How selected values are compared. */

/** Whether two values are the same, or plain objects or arrays of the same fields. */
export function isShallowEqual(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true;
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.length === after.length && before.every((item, at) => Object.is(item, after[at]));
  }
  if (!isPlain(before) || !isPlain(after)) return false;
  const [left, right] = [Object.entries(before), new Map(Object.entries(after))];
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && Object.is(value, right.get(key)))
  );
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

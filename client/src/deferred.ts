/** Promises that are settled from outside. */
import { trusted } from "./values.js";

/** A promise, and what settles it. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** A promise with what settles it. A rejection that nothing awaits is no unhandled one. */
export function defer<Value>(): Deferred<Value> {
  const made: Partial<Record<keyof Deferred<Value>, unknown>> = {};
  const promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  promise.catch(() => {});
  return trusted(Object.assign(made, { promise }));
}

/** Rows that are shown are frozen during development. */
import { isObject, trusted } from "./values.js";

// Written out, as projects differ in the types that they know.
declare const process: { readonly env: { readonly NODE_ENV?: string } };

/** Freezes what is shown, at every level, so that code that changes it fails where it does so. */
function deepFreeze<Value>(value: Value): Value {
  if (isObject(value) && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner);
  }
  return value;
}

/** In development only. Found out once: in Node, each look at the environment is a call of the system. */
export const frozen: <Value>(value: Value) => Value = /* @__PURE__ */ chooseFreeze();

/** Bundlers write in what `process.env.NODE_ENV` is, and drop what is not used then; a browser without one has no `process`. */
function chooseFreeze(): <Value>(value: Value) => Value {
  try {
    if (process.env.NODE_ENV !== "production") return deepFreeze;
  } catch {
    // As in production.
  }
  return trusted;
}

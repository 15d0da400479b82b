/** Checks of what arrives: as far as this client relies on it, as the server made it from the same schema. */
import { isPosition } from "./positions.js";
import { isObject } from "./values.js";
import type { Changes, Id, Identified } from "./wire.js";

function isId(value: unknown): value is Id {
  return typeof value === "number" || typeof value === "string";
}

/** Whether a value is a row, as far as the client relies on it. */
export function isIdentified(value: unknown): value is Identified {
  return isObject(value) && isId(value["id"]);
}

/** Whether a value is the changes of a list. */
export function isChanges(value: unknown): value is Changes<Identified> {
  if (!isObject(value)) return false;
  const { epoch, from, to, put, dropped, more } = value;
  return (
    isPosition({ epoch, at: to }) &&
    (more === undefined || isId(more)) &&
    (from === null || typeof from === "number") &&
    Array.isArray(put) &&
    Array.isArray(dropped) &&
    put.every(isIdentified) &&
    dropped.every(isId)
  );
}

/** Whether an answer is an ack with its data under this name. */
export function isAck(answer: unknown, key: string): answer is Readonly<Record<string, unknown>> {
  return (
    isObject(answer) &&
    typeof answer["ok"] === "boolean" &&
    isObject(answer["errors"]) &&
    key in answer
  );
}

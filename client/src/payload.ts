/** Payloads, as they are sent. */
import type { Codecs } from "./encoding.js";
import { RowcastPayloadError, toError } from "./errors.js";
import { createKey } from "./keys.js";

/** A payload as it is now: what is sent again must be the same, whatever becomes of the object. */
export interface Snapshot {
  readonly payload: unknown;
  /** As in a {@link Request}. */
  readonly size: number;
}

/** A payload as it is to be sent: encoded, and copied. */
export function snapshot(event: string, payload: unknown, codecs: Codecs | undefined): Snapshot {
  try {
    return copy(event, codecs ? codecs.encode(payload) : payload);
  } catch (error) {
    throw payloadError(event, error);
  }
}

/** Fails on what JSON does not have. Bytes travel beside the text; for them, it has a mark. */
function copy(event: string, payload: unknown): Snapshot {
  const mark = createKey();
  const binary: unknown[] = [];
  let size = 0;
  function replace(this: Record<string, unknown>, key: string, json: unknown): unknown {
    // Before `toJSON`, which Node's buffers have.
    const bytes = bytesOf(this[key]) ?? bytesOf(json);
    if (bytes === null) return json;
    size = Math.max(size, bytes.byteLength);
    return mark + (binary.push(bytes) - 1);
  }
  const text = JSON.stringify(payload ?? null, replace);
  const restore = (_: string, value: unknown): unknown =>
    typeof value === "string" && value.startsWith(mark)
      ? binary[Number(value.slice(mark.length))]
      : value;
  return {
    payload: JSON.parse(text, restore),
    // Beside the payload and the event: the key, and the kind of the packet.
    size: Math.max(size, 99 + encodeURI(event + text).replace(/%../g, "-").length),
  };
}

/** What travels as bytes, as it is now; null for anything else. */
function bytesOf(value: unknown): Uint8Array | ArrayBuffer | null {
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  return null;
}

/** The error of a payload that can't be sent. */
export function payloadError(event: string, error: unknown): RowcastPayloadError {
  const cause = toError(error);
  return new RowcastPayloadError(event, `cannot be sent: ${cause.message}`, false, cause, "");
}

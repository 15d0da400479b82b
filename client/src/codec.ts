/**
 * What `codecs.ts` is made of: what arrives becomes what the types say, where the two differ.
 *
 * The same for every schema. Objects and lists are changed in place: they have just arrived. A value that has another
 * form than expected stays as it is.
 */
import type { Decode, NamedDecode } from "./encoding.js";

/** What every platform has that the client runs on. Written out, as not every platform's types have it. */
interface Platform {
  readonly BigInt: (digits: string) => bigint;
  readonly atob: (base64: string) => string;
}

const DIGITS = /^(0|-?[1-9][0-9]*)$/;

/** Digits become a `bigint`. */
export const bigint: Decode = (value) =>
  typeof value === "string" && DIGITS.test(value) ? platform().BigInt(value) : value;

/** What the platform has for bytes, or their base64, becomes a `Uint8Array`. */
export const bytes: Decode = (value) => {
  if (isRecord(value) && typeof value["base64"] === "string") {
    return fromBase64(value["base64"]) ?? value;
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return value;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
};

/** A value that is what its type says already. */
export const same: Decode = (value) => value;

/** What of several things has a name. */
export function named(decoders: Readonly<Record<string, Decode>>): NamedDecode {
  // Not the object itself: of `constructor`, it would know something already.
  const known = new Map(Object.entries(decoders));
  return (name, value) => (known.get(name) ?? same)(value);
}

/** The items of a list. */
export function list(item: Decode): Decode {
  return (value) => {
    if (Array.isArray(value))
      for (const [index, given] of value.entries()) value[index] = item(given);
    return value;
  };
}

/** The places of a list. */
export function tuple(places: readonly Decode[]): Decode {
  return (value) => {
    if (Array.isArray(value)) {
      for (const [index, place] of places.entries()) {
        if (index < value.length) value[index] = place(value[index]);
      }
    }
    return value;
  };
}

/** Some fields of an object, and its other ones, where they differ too. */
export function object(fields: Readonly<Record<string, Decode>>, others?: Decode): Decode {
  // Not the object itself: of `constructor`, it would know something already.
  const known = new Map(Object.entries(fields));
  return (value) => {
    if (!isRecord(value)) return value;
    for (const key of Object.keys(value)) {
      const decode = known.get(key) ?? others;
      if (decode !== undefined) value[key] = decode(value[key]);
    }
    return value;
  };
}

/** The values of a map. */
export function map(values: Decode): Decode {
  return object({}, values);
}

/** What only objects with these values are. */
export function when(tags: Readonly<Record<string, unknown>>, decode: Decode): Decode {
  return (value) => {
    const isIt = isRecord(value) && Object.entries(tags).every(([key, tag]) => value[key] === tag);
    return isIt ? decode(value) : value;
  };
}

/** What each of several parts or choices says. */
export function each(decoders: readonly Decode[]): Decode {
  return (value) => decoders.reduce((given, decode) => decode(given), value);
}

/** What is still to be declared. */
export function lazy(decode: () => Decode): Decode {
  return (value) => decode()(value);
}

/** A payload as it travels: a `bigint` as its digits, all else as it is. */
export function encode(payload: unknown): unknown {
  if (typeof payload === "bigint") return String(payload);
  if (Array.isArray(payload)) return payload.map(encode);
  if (!isPlain(payload)) return payload;
  return fromEntries(Object.entries(payload).map(([key, value]) => [key, encode(value)]));
}

/** An object of these entries; `__proto__` is a key like any other. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const given = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(made, key, given);
  }
  return made;
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(platform().atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function platform(): Platform {
  return globalThis as unknown as Platform;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an object is but its entries: bytes are not. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

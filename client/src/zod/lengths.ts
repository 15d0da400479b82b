/** Rules about lengths. */
import * as z from "zod";
import { says } from "./messages.js";
import { platform } from "./platform.js";
import { characterCount } from "./texts.js";
import type { Limits, Rule } from "./types.js";

/** A rule about a length. The minimum is checked with `leastOf`, where that counts in another way. */
export function length<Value>(
  count: (value: Value) => number,
  { min = 0, max = Infinity }: Limits,
  leastOf: (value: Value) => number = count,
): Rule<Value> {
  const tooShort = min === 1 ? "must not be empty" : `is too short, the minimum is ${min}`;
  const tooLong = `is too long, the maximum is ${max}`;
  says(tooShort, { code: "length_min", min });
  says(tooLong, { code: "length_max", max });
  return z.check<Value>(({ value, issues }) => {
    const isTooLong = count(value) > max;
    if (!isTooLong && leastOf(value) >= min) return;
    const message = isTooLong ? tooLong : tooShort;
    issues.push({ code: "custom", message, input: value, continue: true });
  });
}

/** How many characters (Unicode scalar values) a text has. */
/* @__NO_SIDE_EFFECTS__ */
export function characters(limits: Limits): Rule<string> {
  return length<string>(characterCount, limits);
}

/** How many bytes there are, of a text as UTF-8. */
/* @__NO_SIDE_EFFECTS__ */
export function bytes(limits: Limits): Rule<string | Uint8Array> {
  return length<string | Uint8Array>(byteCount, limits);
}

function byteCount(value: string | Uint8Array): number {
  const bytes = typeof value === "string" ? new (platform().TextEncoder)().encode(value) : value;
  return bytes.length;
}

/** How many units of UTF-16 a text has. */
/* @__NO_SIDE_EFFECTS__ */
export function utf16(limits: Limits): Rule<string> {
  return length<string>((value) => value.length, limits);
}

/** How many characters a text has as people see them; the server alone checks it for platforms that can't see them. */
/* @__NO_SIDE_EFFECTS__ */
export function graphemes(limits: Limits): Rule<string> {
  return length<string>(graphemeCount(), limits, graphemeCount(Infinity));
}

/** How to count them; where that can't be done, it gives `otherwise`. */
function graphemeCount(otherwise = 0): (value: string) => number {
  const { Segmenter } = platform().Intl;
  if (Segmenter === undefined) return () => otherwise;
  const segmenter = new Segmenter();
  return (value) => [...segmenter.segment(value)].length;
}

/**
 * How long a text is, where only the server knows what is counted: bytes, characters, or these as people see them. What
 * is too short or too long by all of these is refused here.
 */
/* @__NO_SIDE_EFFECTS__ */
export function textLength(limits: Limits): Rule<string> {
  return length<string>(graphemeCount(), limits, byteCount);
}

/** How many items a list has. */
/* @__NO_SIDE_EFFECTS__ */
export function items(limits: Limits): Rule<readonly unknown[]> {
  return length<readonly unknown[]>((value) => value.length, limits);
}

/** How many entries a map has. */
/* @__NO_SIDE_EFFECTS__ */
export function entries(limits: Limits): Rule<Record<string, unknown>> {
  return length<Record<string, unknown>>((value) => Object.keys(value).length, limits);
}

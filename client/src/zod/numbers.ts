/** Numbers: whole ones with their limits, and others. */
import * as z from "zod";
import { typed } from "./checks.js";
import { must, mustBe, says, TYPES, WHOLE } from "./messages.js";
import { toBigint } from "./platform.js";
import { type Rule, type Type, untyped } from "./types.js";

/** A whole number, from `min` to `max` if they are given. Rules may narrow these to `least` and `most`. */
/* @__NO_SIDE_EFFECTS__ */
export function integer(
  min?: number,
  max?: number,
  least: number | undefined = min,
  most: number | undefined = max,
): Type<number> {
  if (min === undefined || max === undefined || least === undefined || most === undefined) {
    return untyped(z.int({ error: must(WHOLE) }));
  }
  const number = whole(min, max, wholeMessage(least, most));
  return number.check(...narrowing<number>([min, max], [least, most]));
}

/** What a whole number must be, with its limits as far as there are some. */
function wholeMessage(min: number | string | undefined, max: number | string | undefined): string {
  // With one of them, the text might be true of a number that is beyond the other one.
  if (min === undefined || max === undefined) return WHOLE;
  const code = { code: "integer", min: limitOf(min), max: limitOf(max) } as const;
  return says(`${WHOLE} from ${min} to ${max}`, code);
}

/** A limit as the server sends it: whole numbers that not every client holds exactly are text. */
export function limitOf(limit: number | string): number | string {
  const number = Number(limit);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? String(limit) : number;
}

/** The rules that allow less than the type. */
function narrowing<Value extends bigint | number | string>(
  [min, max]: Bounds,
  [least, most]: Bounds,
): Rule<Value>[] {
  const rules: Rule<Value>[] = [];
  if (least !== undefined && least !== min) {
    const message = says(`must be at least ${least}`, { code: "range_min", min: limitOf(least) });
    rules.push(typed((value) => isWithin(value, [least, undefined]), message));
  }
  if (most !== undefined && most !== max) {
    const message = says(`must be at most ${most}`, { code: "range_max", max: limitOf(most) });
    rules.push(typed((value) => isWithin(value, [undefined, most]), message));
  }
  return rules;
}

/** The least and the greatest value. */
type Bounds = readonly [number | string | undefined, number | string | undefined];

function isWithin(value: bigint | number | string, [min, max]: Bounds): boolean {
  // Digits without limits may be more than a bigint can hold.
  if (min === undefined && max === undefined) return true;
  const whole = wholeOf(value);
  return (
    (min === undefined || whole >= wholeOf(min)) && (max === undefined || whole <= wholeOf(max))
  );
}

function wholeOf(value: bigint | number | string): bigint | number {
  return typeof value === "number" ? value : toBigint(value);
}

/** A whole number that is not negative. */
/* @__NO_SIDE_EFFECTS__ */
export function natural(): Type<number> {
  return whole(0, Infinity, WHOLE);
}

/** A whole number with limits. */
export function whole(min: number, max: number, message: string): Type<number> {
  const schema = z.int({ error: must(message) });
  return untyped(schema.check(typed((value) => value >= min && value <= max, message)));
}

/** A number. */
/* @__NO_SIDE_EFFECTS__ */
export function number(): Type<number> {
  return untyped(z.number({ error: mustBe("number") }));
}

/** A number that 32 bits hold. */
/* @__NO_SIDE_EFFECTS__ */
export function single(): Type<number> {
  return number().check(typed((value) => Number.isFinite(Math.fround(value)), TYPES.number));
}

/** A whole number of any length, in decimal digits, as are its limits: see {@link integer}. */
/* @__NO_SIDE_EFFECTS__ */
export function digits(
  min?: string,
  max?: string,
  least: string | undefined = min,
  most: string | undefined = max,
): Type<string> {
  const message = wholeMessage(least, most);
  const other = must(message);
  const number = mustBe("digits");
  const error: z.core.$ZodErrorMap = (issue) =>
    (typeof issue.input === "number" ? number : other)(issue);
  const isAllowed = typed<string>(
    (value) => isDigits(value) && isWithin(value, [min, max]),
    message,
  );
  const rules = [isAllowed, ...narrowing<string>([min, max], [least, most])];
  return untyped(z.string({ error }).check(...rules));
}

/** Whether a value is a whole number in decimal digits. */
export function isDigits(value: unknown): value is string {
  return typeof value === "string" && /^(0|-?[1-9][0-9]*)$/.test(value);
}

/** A whole number of any length, with limits in digits: see {@link integer}. */
/* @__NO_SIDE_EFFECTS__ */
export function bigint(
  min?: string,
  max?: string,
  least: string | undefined = min,
  most: string | undefined = max,
): Type<bigint> {
  const message = wholeMessage(least, most);
  const isAllowed = typed<bigint>((value) => isWithin(value, [min, max]), message);
  const rules = [isAllowed, ...narrowing<bigint>([min, max], [least, most])];
  return untyped(z.bigint({ error: must(message) }).check(...rules));
}

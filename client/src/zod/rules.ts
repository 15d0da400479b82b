/** Rules about values. */
import * as z from "zod";
import { isEmail, isUrl } from "./addresses.js";
import { rule } from "./checks.js";
import { says } from "./messages.js";
import { limitOf } from "./numbers.js";
import type { Rule } from "./types.js";

/** The least number. */
/* @__NO_SIDE_EFFECTS__ */
export function atLeast(min: number): Rule<number> {
  const code = { code: "range_min", min: limitOf(min) } as const;
  return rule<number>((value) => value >= min, `must be at least ${min}`, code);
}

/** The greatest number. */
/* @__NO_SIDE_EFFECTS__ */
export function atMost(max: number): Rule<number> {
  const code = { code: "range_max", max: limitOf(max) } as const;
  return rule<number>((value) => value <= max, `must be at most ${max}`, code);
}

/** A number that is not 0. */
/* @__NO_SIDE_EFFECTS__ */
export function notZero(): Rule<bigint | number | string> {
  return rule((value) => Number(value) !== 0, "must not be 0", { code: "not_zero" });
}

/** A regular expression that is found in the text. */
/* @__NO_SIDE_EFFECTS__ */
export function pattern(expression: RegExp): Rule<string> {
  const message = "does not have the right form";
  return rule<string>((value) => expression.test(value), message, { code: "pattern" });
}

/** Anything but white space, which `expression` finds in the text. */
/* @__NO_SIDE_EFFECTS__ */
export function notBlank(expression: RegExp): Rule<string> {
  return rule<string>((value) => expression.test(value), "must not be blank", { code: "blank" });
}

/** A text that is found in the text. */
/* @__NO_SIDE_EFFECTS__ */
export function contains(text: string): Rule<string> {
  const code = { code: "contains", text } as const;
  return rule<string>((value) => value.includes(text), `must contain "${text}"`, code);
}

/** What the text begins with. */
/* @__NO_SIDE_EFFECTS__ */
export function prefix(text: string): Rule<string> {
  const code = { code: "prefix", text } as const;
  return rule<string>((value) => value.startsWith(text), `must begin with "${text}"`, code);
}

/** What the text ends with. */
/* @__NO_SIDE_EFFECTS__ */
export function suffix(text: string): Rule<string> {
  const code = { code: "suffix", text } as const;
  return rule<string>((value) => value.endsWith(text), `must end with "${text}"`, code);
}

/** Plain letters, digits and signs. */
/* @__NO_SIDE_EFFECTS__ */
export function ascii(): Rule<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  const ascii = /^[\x00-\x7f]*$/;
  return rule<string>(
    (value) => ascii.test(value),
    "may only have plain letters, digits and signs (ASCII)",
    { code: "ascii" },
  );
}

/** Letters and digits of any script. */
/* @__NO_SIDE_EFFECTS__ */
export function alphanumeric(): Rule<string> {
  return rule<string>(
    (value) => /^[\p{Alphabetic}\p{N}]*$/u.test(value),
    "may only have letters and digits",
    { code: "alphanumeric" },
  );
}

/** An email address. */
/* @__NO_SIDE_EFFECTS__ */
export function email(): Rule<string> {
  return rule(isEmail, "is not a valid email address", { code: "email" });
}

/** A web address. */
/* @__NO_SIDE_EFFECTS__ */
export function webAddress(): Rule<string> {
  return rule(isUrl, "is not a valid web address", { code: "url" });
}

/** A field that repeats another one. */
/* @__NO_SIDE_EFFECTS__ */
export function same<Value extends object>(
  field: keyof Value & string,
  other: keyof Value & string,
): Rule<Value> {
  const message = says(`must be the same as ${other}`, { code: "same", field: other });
  const check = z.check<Value>(({ value, issues }) => {
    const unread = issues.some(
      ({ continue: read, path = [] }) =>
        read !== true && (path.length === 0 || path[0] === field || path[0] === other),
    );
    if (unread || value[field] === undefined || value[field] === value[other]) return;
    issues.push({ code: "custom", message, input: value, path: [field], continue: true });
  });
  // What is wrong elsewhere does not matter here.
  check._zod.def.when = () => true;
  return check;
}

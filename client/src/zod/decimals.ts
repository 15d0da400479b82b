/** Decimal numbers. */
import * as z from "zod";
import { typed } from "./checks.js";
import { must, says } from "./messages.js";
import { formatted } from "./texts.js";
import { type Type, untyped } from "./types.js";

const GREATEST_DECIMAL = "79228162514264337593543950335";

const DECIMAL = "must be a decimal number of up to 28 digits, such as 12.50";

/** A decimal number that 96 bits hold exactly, with at most 28 digits behind the point: `12.50`. */
/* @__NO_SIDE_EFFECTS__ */
export function decimal(): Type<string> {
  return formatted("decimal", isDecimal, DECIMAL);
}

function isDecimal(value: string): boolean {
  const [, whole, places = ""] = /^-?(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  if (whole === undefined || places.length > 28) return false;
  const digits = `${whole}${places}`.replace(/^0+/, "");
  const { length } = GREATEST_DECIMAL;
  return digits.length < length || (digits.length === length && digits <= GREATEST_DECIMAL);
}

/** A decimal number, as text or as a number. */
/* @__NO_SIDE_EFFECTS__ */
export function decimalOrNumber(): Type<string | number> {
  const message = says(DECIMAL, { code: "format", format: "decimal" });
  const is = (value: string | number) =>
    typeof value === "number" ? isDecimalNumber(value) : isDecimal(value);
  const schema = z.union([z.string(), z.number()], { error: must(message) });
  return untyped(schema.check(typed<string | number>(is, message)));
}

/** A number that is a decimal when its exponent is written out. */
function isDecimalNumber(value: number): boolean {
  const [, whole = "", places = "", exponent = "0"] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const shift = Number(exponent);
  if (whole === "" || Math.abs(shift) > 30) return false;
  if (shift === 0) return isDecimal(`${whole}.${places || "0"}`);
  return shift < 0
    ? isDecimal(`0.${"0".repeat(-shift - 1)}${whole}${places}`)
    : isDecimal(`${whole}${places.padEnd(shift, "0")}`);
}

/** A decimal that is a number. */
/* @__NO_SIDE_EFFECTS__ */
export function decimalNumber(): Type<number> {
  const message = says(DECIMAL, { code: "format", format: "decimal" });
  return untyped(z.number({ error: must(message) }).check(typed(isDecimalNumber, message)));
}

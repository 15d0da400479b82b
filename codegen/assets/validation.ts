/**
 * What `zod.ts` is made of: the values of the wire and the rules of the server, with its texts.
 *
 * The same for every schema. A value is refused here if and only if the server refuses it; only rules written as Rust
 * code run on the server alone.
 */
import * as z from "zod";
import type { ExpectedType, FieldCode, TextFormat } from "./rowcast.js";

/** A schema whose values are the same before and after it has checked them. */
export type Type<Value> = z.ZodType<Value, Value>;

/** The same as other schemas are made of it: without methods, which compilers take long to compare. */
export type Part<Value> = z.core.$ZodType<Value, Value>;

/** A key that may be absent, in an object type. */
export type OptionalPart<Value> = z.core.$ZodExactOptional<Part<Value>>;

/** The schemas of an object type's fields. */
export type Fields<Value> = {
  [Key in keyof Value]-?: Record<never, never> extends Pick<Value, Key>
    ? OptionalPart<Exclude<Value[Key], undefined>>
    : Part<Value[Key]>;
};

/**
 * The schema of an object type, with those of its fields in `shape`.
 *
 * @example
 * const signUp = z.object({ ...newCoachSchema.shape, agreed: z.literal(true) });
 */
export interface ObjectType<Value> extends Type<Value> {
  readonly shape: Fields<Value>;
}

/** A rule for values of a schema. */
export type Rule<Value> = z.core.$ZodCheck<Value>;

/** Limits of a length; both are allowed values themselves. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
}

/** What platforms have that this needs. Written out, as not every platform's types have it. */
interface Platform {
  readonly BigInt: (digits: string | bigint) => bigint;
  readonly TextEncoder: new () => { readonly encode: (text: string) => Uint8Array };
  readonly URL: new (url: string) => object;
  readonly Intl: {
    readonly Segmenter?: new () => { readonly segment: (text: string) => Iterable<unknown> };
  };
}

function platform(): Platform {
  return globalThis as unknown as Platform;
}

/** The codes of all texts that schemas have been made with: zod's issues of wrong types have room for a text only. */
const CODES = new Map<string, FieldCode>();

/** A text with its code. */
function says(message: string, code: FieldCode): string {
  CODES.set(message, code);
  return message;
}

const REQUIRED = "is required";
const INVALID = "is not valid";
const WHOLE = "must be a whole number";

/** The error of a value that can't be read. */
function must(message: string): z.core.$ZodErrorMap {
  return (issue) => (issue.input === undefined ? REQUIRED : message);
}

/** The error of a value of the wrong type. */
function mustBe(expected: ExpectedType): z.core.$ZodErrorMap {
  return must(says(TYPES[expected], { code: "type", expected }));
}

const TYPES: Record<ExpectedType, string> = {
  text: "must be text",
  digits: 'must be a whole number as text, such as "7"',
  character: "must be one character",
  number: "must be a number",
  boolean: "must be true or false",
  list: "must be a list",
  tuple: "must be a list of the right length",
  object: "must be an object",
  binary: "must be binary data",
};

/** What a form shows: for each field path its messages, in the form of a refused ack's `errors`. */
/* @__NO_SIDE_EFFECTS__ */
export function fieldErrors(error: z.core.$ZodError): Record<string, string[]> {
  return byField(error, (message) => message);
}

/**
 * The codes of the same messages, in the same order, for programs that translate them: in the form of a refused ack's
 * `codes`. Messages of schemas that are not generated have the code `custom`.
 *
 * @example
 * function labels(error: z.ZodError): string[] {
 *   return (fieldCodes(error)["name"] ?? []).map(({ code }) => `errors.${code}`);
 * }
 */
/* @__NO_SIDE_EFFECTS__ */
export function fieldCodes(error: z.core.$ZodError): Record<string, FieldCode[]> {
  return byField(error, (message): FieldCode => {
    if (message === REQUIRED) return { code: "required" };
    if (message === INVALID) return { code: "invalid" };
    if (message === WHOLE) return { code: "integer" };
    return CODES.get(message) ?? { code: "custom" };
  });
}

function byField<Found>(
  error: z.core.$ZodError,
  of: (message: string) => Found,
): Record<string, Found[]> {
  // Not objects: of `constructor`, one would know something already.
  const messages = new Map<string, Set<string>>();
  for (const { path, message } of error.issues) {
    const name = pathName(path);
    messages.set(name, (messages.get(name) ?? new Set()).add(message));
  }
  const found: Record<string, Found[]> = {};
  for (const [name, texts] of messages) {
    // A plain assignment to `__proto__` would set what the object inherits from.
    const own = { value: [...texts].map(of), configurable: true, enumerable: true, writable: true };
    Object.defineProperty(found, name, own);
  }
  return found;
}

function pathName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "_";
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    return name === "" ? String(part) : `${name}.${String(part)}`;
  }, "");
}

// Values

/** A payload: an object whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function input<Value>(fields: Fields<Value>): ObjectType<Value> {
  return typedObject(fields, ({ input }) =>
    input === null || input === undefined
      ? "nothing was sent; an object with the fields is expected"
      : "an object with the fields is expected",
  );
}

/** An object of a named type, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function objectOf<Value>(fields: Fields<Value>): ObjectType<Value> {
  return typedObject(fields, mustBe("object"));
}

/** What zod would find out of the fields is what they were made for, which takes compilers long to see. */
function typedObject<Value>(fields: Fields<Value>, error: z.core.$ZodErrorMap): ObjectType<Value> {
  return z.object(fields as z.core.$ZodLooseShape, { error }) as unknown as ObjectType<Value>;
}

/** An object of a type without a name, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape, { error: mustBe("object") });
}

/** An object without other keys. */
/* @__NO_SIDE_EFFECTS__ */
export function closed<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): Type<z.output<z.ZodObject<Shape>>> {
  const schema = z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? INVALID : mustBe("object")(issue)),
  });
  return schema as unknown as Type<z.output<z.ZodObject<Shape>>>;
}

/** An object whose other keys have values of one type. */
/* @__NO_SIDE_EFFECTS__ */
export function open<Shape extends z.core.$ZodLooseShape, Rest>(
  shape: Shape,
  rest: Part<Rest>,
): Type<z.output<z.ZodObject<Shape>> & Record<string, Rest>> {
  const schema = object(shape).catchall(rest);
  return schema as unknown as Type<z.output<z.ZodObject<Shape>> & Record<string, Rest>>;
}

/** An object with any keys, or with keys of a form. */
/* @__NO_SIDE_EFFECTS__ */
export function map<Value>(value: Part<Value>, keys?: RegExp): Type<Record<string, Value>> {
  return mapOf(value, keys, INVALID);
}

/** An object whose keys are whole numbers; their size is for the server alone. */
/* @__NO_SIDE_EFFECTS__ */
export function integerMap<Value>(value: Part<Value>): Type<Record<string, Value>> {
  return mapOf(value, /^(0|-?[1-9][0-9]*)$/, WHOLE);
}

/** An object whose keys are whole numbers that are not negative; their size is for the server alone. */
/* @__NO_SIDE_EFFECTS__ */
export function naturalMap<Value>(value: Part<Value>): Type<Record<string, Value>> {
  return mapOf(value, /^(0|[1-9][0-9]*)$/, WHOLE);
}

function mapOf<Value>(
  value: Part<Value>,
  keys: RegExp | undefined,
  message: string,
): Type<Record<string, Value>> {
  const key = keys === undefined ? z.string() : z.string().regex(keys);
  const other = mustBe("object");
  return z.record(key, value, {
    error: (issue) => (issue.code === "invalid_key" ? message : other(issue)),
  });
}

/** A list. */
/* @__NO_SIDE_EFFECTS__ */
export function list<Item>(item: Part<Item>): Type<Item[]> {
  return z.array(item, { error: mustBe("list") });
}

/** A list with a type for each place. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple<const Places extends readonly [Part<unknown>, ...Part<unknown>[]]>(
  places: Places,
): Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }> {
  const schema = z.tuple(places, { error: mustBe("tuple") });
  return schema as unknown as Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }>;
}

/** One of several texts. */
/* @__NO_SIDE_EFFECTS__ */
export function choice<const Texts extends readonly string[]>(texts: Texts): Type<Texts[number]> {
  // In quotes where commas in them would make others of them.
  const hasMarks = texts.some((text) => /[,"]/.test(text));
  const listed = hasMarks ? texts.map((text) => JSON.stringify(text)) : texts;
  const message = `must be one of: ${listed.join(", ")}`;
  return z.enum(texts, { error: must(says(message, { code: "choice", options: texts })) });
}

/** One value only. */
/* @__NO_SIDE_EFFECTS__ */
export function literal<const Value extends string | number | boolean>(value: Value): Type<Value> {
  return z.literal(value, { error: must(INVALID) });
}

/** A value of one of several types. */
/* @__NO_SIDE_EFFECTS__ */
export function either<const Options extends readonly Part<unknown>[]>(
  options: Options,
): Type<z.output<Options[number]>> {
  const schema = z.union(options, { error: must(INVALID) });
  return schema as unknown as Type<z.output<Options[number]>>;
}

/** A value of both types. */
/* @__NO_SIDE_EFFECTS__ */
export function both<Left, Right>(left: Part<Left>, right: Part<Right>): Type<Left & Right> {
  return z.intersection(left, right);
}

/** A key that may be absent, but not `undefined`. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<Value>(value: Part<Value>): OptionalPart<Value> {
  return z.exactOptional(value);
}

/** A value that may be null. */
/* @__NO_SIDE_EFFECTS__ */
export function nullable<Value>(value: Part<Value>): Type<Value | null> {
  return z.nullable(value);
}

/** A value of a type that is still to be declared. */
/* @__NO_SIDE_EFFECTS__ */
export function lazy<Value>(value: () => Part<Value>): Type<Value> {
  return z.lazy(value);
}

/** A value that must be there although its type allows null. */
/* @__NO_SIDE_EFFECTS__ */
export function present<Value>(value: Part<Value>): Type<Value> {
  return preprocessed((given) => given ?? undefined, value);
}

/** Anything that JSON can say. */
/* @__NO_SIDE_EFFECTS__ */
export function anything(): Type<unknown> {
  return z.unknown().refine((value) => value !== undefined, REQUIRED);
}

/** `null`. */
/* @__NO_SIDE_EFFECTS__ */
export function nothing(): Type<null> {
  return z.null({ error: must(INVALID) });
}

/** `true` or `false`. */
/* @__NO_SIDE_EFFECTS__ */
export function boolean(): Type<boolean> {
  return z.boolean({ error: mustBe("boolean") });
}

/** A whole number, from `min` to `max` if they are given. Rules may narrow these to `least` and `most`. */
/* @__NO_SIDE_EFFECTS__ */
export function integer(
  min?: number,
  max?: number,
  least: number | undefined = min,
  most: number | undefined = max,
): Type<number> {
  if (min === undefined || max === undefined || least === undefined || most === undefined) {
    return z.int({ error: must(WHOLE) });
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
function limitOf(limit: number | string): number | string {
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

function whole(min: number, max: number, message: string): Type<number> {
  return z
    .int({ error: must(message) })
    .check(typed((value) => value >= min && value <= max, message));
}

/** A number. */
/* @__NO_SIDE_EFFECTS__ */
export function number(): Type<number> {
  return z.number({ error: mustBe("number") });
}

/** A number that 32 bits hold. */
/* @__NO_SIDE_EFFECTS__ */
export function single(): Type<number> {
  return number().check(typed((value) => Number.isFinite(Math.fround(value)), TYPES.number));
}

/** Text. */
/* @__NO_SIDE_EFFECTS__ */
export function text(): Type<string> {
  return z.string({ error: mustBe("text") }).check(typed(isWellFormed, INVALID));
}

/** Half of a character, as texts of JavaScript may have, is nothing that can be sent. */
function isWellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}

function formatted(
  format: TextFormat,
  is: (value: string) => boolean,
  message: string,
): Type<string> {
  says(message, { code: "format", format });
  const isOfFormat = (value: string) => isWellFormed(value) && is(value);
  return z.string({ error: must(message) }).check(typed(isOfFormat, message));
}

/** What is part of the type: no rule is checked of a value that fails it. */
function typed<Value>(is: (value: Value) => boolean, message: string): Rule<Value> {
  return z.check<Value>(({ value, issues }) => {
    // The issue does not say that checks may continue, and one is enough.
    if (issues.length === 0 && !is(value)) issues.push({ code: "custom", message, input: value });
  });
}

/** One character. */
/* @__NO_SIDE_EFFECTS__ */
export function character(): Type<string> {
  const isOne = typed<string>((value) => characterCount(value) === 1, TYPES.character);
  return z.string({ error: mustBe("character") }).check(typed(isWellFormed, INVALID), isOne);
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
  return z
    .string({ error: (issue) => (typeof issue.input === "number" ? number : other)(issue) })
    .check(
      typed((value) => isDigits(value) && isWithin(value, [min, max]), message),
      ...narrowing<string>([min, max], [least, most]),
    );
}

function isDigits(value: unknown): value is string {
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
  return z.bigint({ error: must(message) }).check(
    typed((value) => isWithin(value, [min, max]), message),
    ...narrowing<bigint>([min, max], [least, most]),
  );
}

/** Bytes. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(): Type<Uint8Array> {
  const check = z.check<unknown>(({ value, issues }) => {
    if (value instanceof Uint8Array) return;
    const message = mustBe("binary")({ input: value } as z.core.$ZodRawIssue);
    issues.push({ code: "custom", message: String(message), input: value });
  });
  return z.unknown().check(check) as unknown as Type<Uint8Array>;
}

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
  return z
    .union([z.string(), z.number()], { error: must(message) })
    .check(typed<string | number>(is, message));
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
  return z.number({ error: must(message) }).check(typed(isDecimalNumber, message));
}

/** Bytes, as base64. */
/* @__NO_SIDE_EFFECTS__ */
export function base64(): Type<string> {
  const expression = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;
  const is = (value: string) => expression.test(value) && !value.includes("_");
  return formatted("base64", is, "must be bytes as base64");
}

// The server's rules of dates and times are the same: docs/types.md has them.
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?$/;

/** The year of a date, if it is one. */
function yearOf(value: string): number | undefined {
  const [, sign = "", digits, month, day] =
    /^(?:([+-])(?=\d{4,6}-)|(?=\d{4}-))(\d+)-(\d\d)-(\d\d)$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const [year, monthNumber, dayNumber] = [Number(sign + digits), Number(month), Number(day)];
  // Leap years repeat after 400 years.
  const days = new Date(Date.UTC(2000 + (year % 400), monthNumber, 0)).getUTCDate();
  const isDay = monthNumber >= 1 && monthNumber <= 12 && dayNumber >= 1 && dayNumber <= days;
  return isDay && year >= FIRST_YEAR && year <= LAST_YEAR ? year : undefined;
}

const FIRST_YEAR = -262143;
const LAST_YEAR = 262142;

/** The year of a date with a time of day. */
function yearOfDateTime(value: string): number | undefined {
  const [date = "", time = "", ...rest] = value.split(/[Tt ]/);
  return rest.length === 0 && TIME.test(time) ? yearOf(date) : undefined;
}

/** A date: `2026-05-01`. */
/* @__NO_SIDE_EFFECTS__ */
export function date(): Type<string> {
  const is = (value: string) => yearOf(value) !== undefined;
  return formatted("date", is, "must be a date, such as 2026-05-01");
}

/** A time of day: `09:00`. */
/* @__NO_SIDE_EFFECTS__ */
export function time(): Type<string> {
  const is = (value: string) => TIME.test(value);
  return formatted("time", is, "must be a time of day, such as 09:00");
}

/** A date and a time of day: `2026-05-01T09:00`. */
/* @__NO_SIDE_EFFECTS__ */
export function localDateTime(): Type<string> {
  const is = (value: string) => yearOfDateTime(value) !== undefined;
  const message = "must be a date and a time, such as 2026-05-01T09:00";
  return formatted("local_date_time", is, message);
}

/** A moment: `2026-05-01T09:00:00Z`. */
/* @__NO_SIDE_EFFECTS__ */
export function dateTime(): Type<string> {
  const message = "must be a moment with its offset, such as 2026-05-01T09:00:00Z";
  return formatted("date_time", isMoment, message);
}

function isMoment(value: string): boolean {
  const offset = /(?:[Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/.exec(value)?.[0];
  if (offset === undefined) return false;
  const year = yearOfDateTime(value.slice(0, -offset.length));
  const isAtEdge = year === FIRST_YEAR || year === LAST_YEAR;
  return year !== undefined && (!isAtEdge || offset.length === 1);
}

/** A UUID. */
/* @__NO_SIDE_EFFECTS__ */
export function uuid(): Type<string> {
  const expression = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const message = "must be a UUID, such as 67e55044-10b1-426f-9247-bb680e5fe0c8";
  return formatted("uuid", (value) => expression.test(value), message);
}

/** A URL with its scheme. */
/* @__NO_SIDE_EFFECTS__ */
export function url(): Type<string> {
  return formatted("uri", isUrl, "must be a URL with its scheme, such as https://example.org");
}

// `URL.canParse` would be shorter, but some releases of Node 20 answer wrongly once it is optimised.
function isUrl(value: string): boolean {
  try {
    const { URL } = platform();
    return new URL(value) !== undefined;
  } catch {
    return false;
  }
}

/** An IP address. */
/* @__NO_SIDE_EFFECTS__ */
export function ip(): Type<string> {
  const is = (value: string) => isIpv4(value) || isIpv6(value);
  return formatted("ip", is, "must be an IP address");
}

/** An IP address of version 4. */
/* @__NO_SIDE_EFFECTS__ */
export function ipv4(): Type<string> {
  return formatted("ipv4", isIpv4, "must be an IP address of version 4, such as 192.0.2.1");
}

/** An IP address of version 6. */
/* @__NO_SIDE_EFFECTS__ */
export function ipv6(): Type<string> {
  return formatted("ipv6", isIpv6, "must be an IP address of version 6, such as 2001:db8::1");
}

function isIpv4(value: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(value);
}

function isIpv6(value: string): boolean {
  // A URL has an address of version 6 in brackets, and takes exactly the addresses that there are.
  return /^[0-9a-f:.]+$/i.test(value) && value.includes(":") && isUrl(`http://[${value}]`);
}

/** Forms send text where a number is meant, and the other way round: takes both. */
/* @__NO_SIDE_EFFECTS__ */
export function form<Value extends number | bigint | string>(value: Type<Value>): Type<Value> {
  const isBigint: boolean = value instanceof z.ZodBigInt;
  if (isBigint) {
    return preprocessed((given) => {
      const text = typeof given === "number" ? String(given) : given;
      return isDigits(text) ? toBigint(text) : given;
    }, value);
  }
  const number = value instanceof z.ZodNumber ? value : undefined;
  if (number === undefined) {
    return preprocessed((given) => (typeof given === "number" ? String(given) : given), value);
  }
  const digits = number.isInt
    ? /^\s*(0|-?[1-9]\d*)\s*$/
    : /^\s*-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\s*$/;
  const isNumber = (given: unknown) => typeof given === "string" && digits.test(given);
  return preprocessed((given) => (isNumber(given) ? Number(given) : given), value);
}

/** What is given may be of another type, but what a program gives is of the type that comes out. */
function preprocessed<Value>(
  process: (given: unknown) => unknown,
  value: Part<Value>,
): Type<Value> {
  return z.preprocess(process, value) as unknown as Type<Value>;
}

/** An id, whose type has a mark that is there for compilers only. */
/* @__NO_SIDE_EFFECTS__ */
export function branded<Id extends string | number>(value: Type<Unmarked<Id>>): Type<Id> {
  return value as unknown as Type<Id>;
}

type Unmarked<Id> = Id extends string ? string : number;

// Rules

/** A value that obeys rules besides. */
/* @__NO_SIDE_EFFECTS__ */
export function checked<Schema extends Type<unknown>>(
  value: Schema,
  ...rules: readonly Rule<z.output<Schema>>[]
): Schema {
  return value.check(...(rules as readonly Rule<unknown>[]));
}

function rule<Value>(
  holds: (value: Value) => boolean,
  message: string,
  code: FieldCode,
): Rule<Value> {
  return z.refine<Value>(holds, says(message, code));
}

function length<Value>(
  count: (value: Value) => number,
  { min = 0, max = Infinity }: Limits,
  leastOf = count,
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

function characterCount(value: string): number {
  return [...value].length;
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

function toBigint(value: bigint | string): bigint {
  return platform().BigInt(value);
}

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
export function notZero(): Rule<number> {
  return rule<number>((value) => value !== 0, "must not be 0", { code: "not_zero" });
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

const USER = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/i;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

function isEmail(value: string): boolean {
  const at = value.indexOf("@");
  const [user, domain] = [value.slice(0, at), value.slice(at + 1)];
  const address = /^\[(.*)\]$/.exec(domain)?.[1];
  const isDomain = domain.length <= 255 && DOMAIN.test(domain);
  return (
    at >= 0 &&
    USER.test(user) &&
    (isDomain || (address !== undefined && (isIpv4(address) || isIpv6(address))))
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

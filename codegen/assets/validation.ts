/**
 * What `zod.ts` is made of: the values of the wire and the rules of the server, with its texts.
 *
 * The same for every schema. A value is refused here if and only if the server refuses it; only rules written as Rust
 * code run on the server alone.
 */
import * as z from "zod";

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

/** The error of a value of the wrong type. */
function must(message: string): z.core.$ZodErrorMap {
  return (issue) => (issue.input === undefined ? "is required" : message);
}

/** What a form shows: for each field path its messages, in the form of a refused ack's `errors`. */
/* @__NO_SIDE_EFFECTS__ */
export function fieldErrors(error: z.core.$ZodError): Record<string, string[]> {
  // Not an object: of `constructor`, it would know something already.
  const errors = new Map<string, string[]>();
  for (const { path, message } of error.issues) {
    const name = pathName(path);
    const known = errors.get(name) ?? [];
    if (!known.includes(message)) errors.set(name, [...known, message]);
  }
  const found: Record<string, string[]> = {};
  for (const [name, value] of errors) {
    // A plain assignment to `__proto__` would set what the object inherits from.
    const own = { value, configurable: true, enumerable: true, writable: true };
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
  return typedObject(fields, must("must be an object"));
}

/** What zod would find out of the fields is what they were made for, which takes compilers long to see. */
function typedObject<Value>(fields: Fields<Value>, error: z.core.$ZodErrorMap): ObjectType<Value> {
  return z.object(fields as z.core.$ZodLooseShape, { error }) as unknown as ObjectType<Value>;
}

/** An object of a type without a name, whose other keys are ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape, { error: must("must be an object") });
}

/** An object without other keys. */
/* @__NO_SIDE_EFFECTS__ */
export function closed<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): Type<z.output<z.ZodObject<Shape>>> {
  const schema = z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? "is not valid" : must("must be an object")(issue),
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

/** An object with any keys. */
/* @__NO_SIDE_EFFECTS__ */
export function map<Value>(value: Part<Value>, keys?: RegExp): Type<Record<string, Value>> {
  const key = keys === undefined ? z.string() : z.string().regex(keys, "is not valid");
  return z.record(key, value, { error: must("must be an object") });
}

/** A list. */
/* @__NO_SIDE_EFFECTS__ */
export function list<Item>(item: Part<Item>): Type<Item[]> {
  return z.array(item, { error: must("must be a list") });
}

/** A list with a type for each place. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple<const Places extends readonly [Part<unknown>, ...Part<unknown>[]]>(
  places: Places,
): Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }> {
  const schema = z.tuple(places, { error: must("must be a list of the right length") });
  return schema as unknown as Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }>;
}

/** One of several texts. */
/* @__NO_SIDE_EFFECTS__ */
export function choice<const Texts extends readonly string[]>(texts: Texts): Type<Texts[number]> {
  return z.enum(texts, { error: must(`must be one of: ${texts.join(", ")}`) });
}

/** One value only. */
/* @__NO_SIDE_EFFECTS__ */
export function literal<const Value extends string | number | boolean>(value: Value): Type<Value> {
  return z.literal(value, { error: must("is not valid") });
}

/** A value of one of several types. */
/* @__NO_SIDE_EFFECTS__ */
export function either<const Options extends readonly Part<unknown>[]>(
  options: Options,
): Type<z.output<Options[number]>> {
  const schema = z.union(options, { error: must("is not valid") });
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
  return z.unknown().refine((value) => value !== undefined, "is required");
}

/** `null`. */
/* @__NO_SIDE_EFFECTS__ */
export function nothing(): Type<null> {
  return z.null({ error: must("is not valid") });
}

/** `true` or `false`. */
/* @__NO_SIDE_EFFECTS__ */
export function boolean(): Type<boolean> {
  return z.boolean({ error: must("must be true or false") });
}

/** A whole number, from `min` to `max` if they are given. */
/* @__NO_SIDE_EFFECTS__ */
export function integer(min?: number, max?: number): Type<number> {
  if (min === undefined || max === undefined) {
    return z.int({ error: must("must be a whole number") });
  }
  return whole(min, max, `must be a whole number from ${min} to ${max}`);
}

/** A whole number that is not negative. */
/* @__NO_SIDE_EFFECTS__ */
export function natural(): Type<number> {
  return whole(0, Infinity, "must be a whole number");
}

function whole(min: number, max: number, message: string): Type<number> {
  return z
    .int({ error: must(message) })
    .check(typed((value) => value >= min && value <= max, message));
}

/** A number. */
/* @__NO_SIDE_EFFECTS__ */
export function number(): Type<number> {
  return z.number({ error: must("must be a number") });
}

/** A number that 32 bits hold. */
/* @__NO_SIDE_EFFECTS__ */
export function single(): Type<number> {
  return number().check(typed((value) => Number.isFinite(Math.fround(value)), "must be a number"));
}

/** Text. */
/* @__NO_SIDE_EFFECTS__ */
export function text(): Type<string> {
  return z.string({ error: must("must be text") });
}

function formatted(is: (value: string) => boolean, message = "is not valid"): Type<string> {
  return text().check(typed(is, message));
}

/** What is part of the type: no rule is checked of a value that fails it. */
function typed<Value>(is: (value: Value) => boolean, message: string): Rule<Value> {
  return z.check<Value>(({ value, issues }) => {
    // The issue does not say that checks may continue.
    if (!is(value)) issues.push({ code: "custom", message, input: value });
  });
}

/** One character. */
/* @__NO_SIDE_EFFECTS__ */
export function character(): Type<string> {
  return formatted((value) => characterCount(value) === 1, "must be one character");
}

const WHOLE = "must be a whole number";

/** A whole number of any length, in decimal digits. */
/* @__NO_SIDE_EFFECTS__ */
export function digits(): Type<string> {
  return z.string({ error: must(WHOLE) }).check(typed(isDigits, WHOLE));
}

function isDigits(value: unknown): value is string {
  return typeof value === "string" && /^(0|-?[1-9][0-9]*)$/.test(value);
}

/** A whole number of any length. */
/* @__NO_SIDE_EFFECTS__ */
export function bigint(): Type<bigint> {
  return z.bigint({ error: must(WHOLE) });
}

/** Bytes. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(): Type<Uint8Array> {
  const check = z.check<unknown>(({ value, issues }) => {
    if (value instanceof Uint8Array) return;
    const message = value === undefined ? "is required" : "must be binary data";
    issues.push({ code: "custom", message, input: value });
  });
  return z.unknown().check(check) as unknown as Type<Uint8Array>;
}

/** A decimal number, exact, with at most 28 digits behind the point. */
/* @__NO_SIDE_EFFECTS__ */
export function decimal(): Type<string> {
  return formatted((value) => {
    const exponent = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e([+-]?\d+))?$/i.exec(value);
    const small = Math.abs(Number(exponent?.[1] ?? 0)) <= 28;
    return exponent !== null && small && Math.abs(Number(value)) < 7.922816251426434e28;
  });
}

/** Bytes, as base64. */
/* @__NO_SIDE_EFFECTS__ */
export function base64(): Type<string> {
  return formatted(
    (value) => /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(value) && !value.includes("_"),
  );
}

const DATE = /^[+-]?(\d{4,})-(\d\d)-(\d\d)$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?$/;

function isDate(value: string): boolean {
  const [, year, month, day] = DATE.exec(value) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), monthNumber, 0)).getUTCDate();
  return monthNumber >= 1 && monthNumber <= 12 && dayNumber >= 1 && dayNumber <= days;
}

function isLocalDateTime(value: string): boolean {
  const [day, time, ...rest] = value.split(/[Tt ]/);
  return (
    rest.length === 0 && day !== undefined && time !== undefined && isDate(day) && TIME.test(time)
  );
}

/** A date: `2026-05-01`. */
/* @__NO_SIDE_EFFECTS__ */
export function date(): Type<string> {
  return formatted(isDate);
}

/** A time of day: `09:00:00`. */
/* @__NO_SIDE_EFFECTS__ */
export function time(): Type<string> {
  return formatted((value) => TIME.test(value));
}

/** A date and a time of day: `2026-05-01T09:00:00`. */
/* @__NO_SIDE_EFFECTS__ */
export function localDateTime(): Type<string> {
  return formatted(isLocalDateTime);
}

/** A moment: `2026-05-01T09:00:00Z`. */
/* @__NO_SIDE_EFFECTS__ */
export function dateTime(): Type<string> {
  const offset = /(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
  return formatted((value) => offset.test(value) && isLocalDateTime(value.replace(offset, "")));
}

/** A UUID. */
/* @__NO_SIDE_EFFECTS__ */
export function uuid(): Type<string> {
  return formatted((value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value));
}

/** A URL with its scheme. */
/* @__NO_SIDE_EFFECTS__ */
export function url(): Type<string> {
  return formatted(isUrl);
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
  return formatted((value) => isIpv4(value) || isIpv6(value));
}

/** An IP address of version 4. */
/* @__NO_SIDE_EFFECTS__ */
export function ipv4(): Type<string> {
  return formatted(isIpv4);
}

/** An IP address of version 6. */
/* @__NO_SIDE_EFFECTS__ */
export function ipv6(): Type<string> {
  return formatted(isIpv6);
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

function rule<Value>(holds: (value: Value) => boolean, message: string): Rule<Value> {
  return z.refine<Value>(holds, message);
}

function length<Value>(
  count: (value: Value) => number,
  { min = 0, max = Infinity }: Limits,
): Rule<Value> {
  return z.check<Value>((context) => {
    const found = count(context.value);
    const message =
      found > max
        ? `is too long, the maximum is ${max}`
        : min === 1
          ? "must not be empty"
          : `is too short, the minimum is ${min}`;
    if (found < min || found > max) {
      context.issues.push({ code: "custom", message, input: context.value, continue: true });
    }
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
  const counted = (value: string | Uint8Array) =>
    typeof value === "string" ? new (platform().TextEncoder)().encode(value) : value;
  return length<string | Uint8Array>((value) => counted(value).length, limits);
}

/** How many units of UTF-16 a text has. */
/* @__NO_SIDE_EFFECTS__ */
export function utf16(limits: Limits): Rule<string> {
  return length<string>((value) => value.length, limits);
}

/** How many characters a text has as people see them; the server alone checks it for platforms that can't see them. */
/* @__NO_SIDE_EFFECTS__ */
export function graphemes(limits: Limits): Rule<string> {
  const { Segmenter } = platform().Intl;
  if (Segmenter === undefined) return rule<string>(() => true, "");
  const segmenter = new Segmenter();
  return length<string>((value) => [...segmenter.segment(value)].length, limits);
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

/** The limits of the type of a whole number, which may be in digits; beyond them it is as if it were none. */
/* @__NO_SIDE_EFFECTS__ */
export function wholeWithin(min: string, max?: string): Rule<bigint | string> {
  return typed(
    (value) => isAtLeast(value, min) && (max === undefined || isAtMost(value, max)),
    WHOLE,
  );
}

/** The least whole number, which may be in digits. */
/* @__NO_SIDE_EFFECTS__ */
export function wholeAtLeast(min: string): Rule<bigint | string> {
  return rule((value) => isAtLeast(value, min), `must be at least ${min}`);
}

/** The greatest whole number, which may be in digits. */
/* @__NO_SIDE_EFFECTS__ */
export function wholeAtMost(max: string): Rule<bigint | string> {
  return rule((value) => isAtMost(value, max), `must be at most ${max}`);
}

function isAtLeast(value: bigint | string, min: string): boolean {
  return toBigint(value) >= toBigint(min);
}

function isAtMost(value: bigint | string, max: string): boolean {
  return toBigint(value) <= toBigint(max);
}

function toBigint(value: bigint | string): bigint {
  return platform().BigInt(value);
}

/** The least number. */
/* @__NO_SIDE_EFFECTS__ */
export function atLeast(min: number): Rule<number> {
  return rule<number>((value) => value >= min, `must be at least ${min}`);
}

/** The greatest number. */
/* @__NO_SIDE_EFFECTS__ */
export function atMost(max: number): Rule<number> {
  return rule<number>((value) => value <= max, `must be at most ${max}`);
}

/** A regular expression that is found in the text. */
/* @__NO_SIDE_EFFECTS__ */
export function pattern(
  expression: RegExp,
  message = "does not have the right form",
): Rule<string> {
  return rule<string>((value) => expression.test(value), message);
}

/** A text that is found in the text. */
/* @__NO_SIDE_EFFECTS__ */
export function contains(part: string): Rule<string> {
  return rule<string>((value) => value.includes(part), `must contain "${part}"`);
}

/** What the text begins with. */
/* @__NO_SIDE_EFFECTS__ */
export function prefix(part: string): Rule<string> {
  return rule<string>((value) => value.startsWith(part), `must begin with "${part}"`);
}

/** What the text ends with. */
/* @__NO_SIDE_EFFECTS__ */
export function suffix(part: string): Rule<string> {
  return rule<string>((value) => value.endsWith(part), `must end with "${part}"`);
}

/** Plain letters, digits and signs. */
/* @__NO_SIDE_EFFECTS__ */
export function ascii(): Rule<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  const ascii = /^[\x00-\x7f]*$/;
  return rule<string>(
    (value) => ascii.test(value),
    "may only have plain letters, digits and signs (ASCII)",
  );
}

/** Letters and digits of any script. */
/* @__NO_SIDE_EFFECTS__ */
export function alphanumeric(): Rule<string> {
  return rule<string>(
    (value) => /^[\p{Alphabetic}\p{N}]*$/u.test(value),
    "may only have letters and digits",
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
  return rule(isEmail, "is not a valid email address");
}

/** A web address. */
/* @__NO_SIDE_EFFECTS__ */
export function webAddress(): Rule<string> {
  return rule(isUrl, "is not a valid web address");
}

/** An IP address of any version, or of one. */
/* @__NO_SIDE_EFFECTS__ */
export function ipAddress(version?: 4 | 6): Rule<string> {
  const is = (value: string) =>
    (version !== 6 && isIpv4(value)) || (version !== 4 && isIpv6(value));
  return rule(is, "is not a valid IP address");
}

/** A field that repeats another one. */
/* @__NO_SIDE_EFFECTS__ */
export function same<Value extends object>(
  field: keyof Value & string,
  other: keyof Value & string,
): Rule<Value> {
  const message = `must be the same as ${other}`;
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
